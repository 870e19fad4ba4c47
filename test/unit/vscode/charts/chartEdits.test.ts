import assert from 'node:assert/strict';
import fc from 'fast-check';
import { changeText } from '../../../../src/vscode/charts/chartEdits.ts';
import type { ChartChange, Json } from '../../../../src/vscode/charts/chartProtocol.ts';

const text = `{
  "title": "Deliveries", // ours
  "mark": "bar",
  "x": { "field": "branch", "title": "Branch" },
  "sort": { "by": "y", "order": "descending" }
}
`;

function changed(changes: ChartChange[], before = text): string {
  const change = changeText(before, changes);
  return change ? before.slice(0, change.start) + change.text + before.slice(change.end) : before;
}

describe('The controls of a chart', () => {
  it('change one value and leave all else as it was', () => {
    assert.equal(changed([{ path: ['mark'], value: 'line' }]), text.replace('"bar"', '"line"'));
    assert.equal(changeText(text, [{ path: ['mark'], value: 'bar' }]), undefined);
  });

  it('replace no more of the text than differs', () => {
    const change = changeText(text, [{ path: ['mark'], value: 'bat' }]);
    assert.deepEqual(change, { start: text.indexOf('bar"') + 2, end: text.indexOf('bar"') + 3, text: 't' });
  });

  it('add and take out, and leave no empty object behind', () => {
    assert.match(
      changed([{ path: ['x', 'grain'], value: 'day' }]),
      /"title": "Branch",\s+"grain": "day"\s+\}/,
    );
    assert.match(changed([{ path: ['top', 'count'], value: 5 }]), /"top": \{\s+"count": 5\s+\}/);
    const unsorted = changed([{ path: ['sort', 'by'] }, { path: ['sort', 'order'] }]);
    assert.ok(!unsorted.includes('sort'), unsorted);
    assert.ok(unsorted.includes('// ours'));
  });

  it('keep the ends of lines', () => {
    const windows = text.replaceAll('\n', '\r\n');
    const change = changeText(windows, [{ path: ['top'], value: { count: 5 } }], '\r\n');
    assert.ok(change);
    assert.ok(!/[^\r]\n/.test(change.text), JSON.stringify(change.text));
  });

  it('write any value so that it reads back as it was', () => {
    fc.assert(
      fc.property(fc.constantFrom('title', 'x', '__proto__', 'a"b'), fc.jsonValue(), (key, value) => {
        const after = changed([{ path: [key], value: value as Json }], '{"title":"a","x":{"field":"b"}}');
        const read = JSON.parse(after) as Record<string, unknown>;
        const got = Object.getOwnPropertyDescriptor(read, key)?.value as unknown;
        assert.deepEqual(got, JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
