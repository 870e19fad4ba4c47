import { deepEqual, equal } from 'node:assert/strict';
import { tableMime } from '../../../../src/session/sessionTypes.ts';
import {
  CellMemory,
  digestOf,
  findCell,
  type CellEntry,
} from '../../../../src/vscode/session/notebooks/cellMemory.ts';
import { partsOf } from '../../../../src/vscode/session/notebooks/cellParts.ts';
import { cellStack } from '../../../../src/vscode/session/notebooks/cellStack.ts';

function texts(bundle: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    partsOf(bundle).map(({ mime, data }) => [mime, Buffer.from(data).toString('utf8')]),
  );
}

describe('An output in a notebook', () => {
  it('has each representation as bytes: text as it is, pictures decoded, JSON as JSON', () => {
    const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
    const [part] = partsOf({ 'image/png': `${png.toString('base64')}\n` });
    deepEqual(Buffer.from(part!.data), png);
    deepEqual(
      texts({
        'text/plain': 'ä',
        'text/html': ['<b>', 'x</b>'],
        'image/svg+xml': '<svg/>',
        'application/json': { a: [1] },
        'application/vnd.vega.v5+json': 'x',
        'application/x-other': 7,
      }),
      {
        'text/plain': 'ä',
        'text/html': '<b>x</b>',
        'image/svg+xml': '<svg/>',
        'application/json': '{"a":[1]}',
        'application/vnd.vega.v5+json': '"x"',
        'application/x-other': '7',
      },
    );
  });

  it('leaves our own table out, which has HTML beside it', () => {
    deepEqual(texts({ [tableMime]: { rows: [] }, 'text/html': '<table></table>' }), {
      'text/html': '<table></table>',
    });
  });
});

describe('A traceback in a notebook', () => {
  const countOf = (runId: string): number | undefined => (runId === 'a_1-b' ? 3 : undefined);

  it('calls cells as the editor links them, plain or coloured', () => {
    equal(
      cellStack(['  File "cell://a_1-b", line 2, in f', '    1 / 0'], countOf),
      '  Cell In[3], line 2, in f\n    1 / 0',
    );
    equal(
      cellStack(['File \u001b[32mcell://a_1-b:2\u001b[39m, in \u001b[36mf\u001b[39m()'], countOf),
      'Cell In[3], line 2\u001b[39m, in \u001b[36mf\u001b[39m()',
    );
  });

  it('does not name runs that nobody knows', () => {
    equal(cellStack(['File "cell://zz", line 1', 'see cell://zz'], countOf), 'a cell, line 1\nsee a cell');
  });
});

describe('The cell of a run', () => {
  const entry = (given: Partial<CellEntry>): CellEntry => ({
    ...{ runId: 'r', notebook: 'file:///a.ipynb', index: 1, digest: digestOf('b') },
    ...given,
  });

  it('is found where it was, or by its text where it was moved', () => {
    equal(findCell(entry({}), ['a', 'b', 'b']), 1);
    equal(findCell(entry({}), ['b', 'a', 'c']), 0);
  });

  it('is not found where it was changed, or where several have its text', () => {
    equal(findCell(entry({}), ['a', 'c']), undefined);
    equal(findCell(entry({ index: 9 }), ['b', 'b']), undefined);
  });

  it('is remembered over a reload, until it has ended', () => {
    const kept = new Map<string, unknown>();
    const memento = {
      get: (key: string): unknown => kept.get(key),
      update: (key: string, value: unknown): Promise<void> => {
        kept.set(key, JSON.parse(JSON.stringify(value ?? null)));
        return Promise.resolve();
      },
    };
    new CellMemory(memento).add(entry({}), entry({ runId: 's', notebook: 'file:///b.ipynb' }));
    const memory = new CellMemory(memento);
    deepEqual(memory.find('r'), entry({}));
    deepEqual(
      memory.ofNotebook('file:///b.ipynb').map(({ runId }) => runId),
      ['s'],
    );
    memory.remove('r');
    equal(new CellMemory(memento).find('r'), undefined);
  });

  it('is not known where what was kept is damaged', () => {
    const memory = new CellMemory({ get: () => [{ runId: 1 }], update: () => Promise.resolve() });
    equal(memory.find('r'), undefined);
  });
});
