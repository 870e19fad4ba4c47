import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { loadChart, parseChart } from '../../../src/chart/chartFile.ts';

const good = {
  title: 'T',
  source: { table: 'gold/t' },
  mark: 'bar',
  x: { field: 'a' },
  y: { field: 'b' },
};

function refusal(text: string): string {
  try {
    parseChart(text, 'c.chart.json');
  } catch (error) {
    assert.ok(isWorkbenchError(error, 'invalid', 'unsupported'), String(error));
    return error.message;
  }
  throw new Error('It was accepted.');
}

describe('Chart files', () => {
  for (const name of ['deliveriescount', 'deliveriesavg']) {
    it(`reads the retail chart ${name}`, async () => {
      const spec = await loadChart(`pyspark/retail/charts/${name}.chart.json`);
      assert.deepEqual(spec.source, { table: `gold/${name}` });
    });
  }

  it('says where a file is not JSON', () => {
    assert.match(refusal('{\n  "title": "T",\n  "mark": \n}'), /^c\.chart\.json:\d+:\d+: /);
    assert.match(refusal('{\n  "title": "T",,\n}'), /^c\.chart\.json:2:\d+: /);
    assert.match(refusal(''), /^c\.chart\.json:1:1: /);
  });

  it('says where a value is wrong, and what would be right', () => {
    const text = JSON.stringify({ ...good, mark: 'bars' }, null, 2);
    assert.equal(
      refusal(text),
      'c.chart.json:6:11: "mark" must be one of bar, horizontalBar, line, area, scatter, pie, histogram, box, heatMap.',
    );
  });

  it('names an unknown key and those that are known', () => {
    const text = JSON.stringify({ ...good, x: { field: 'a', titel: 'A' } }, null, 2);
    assert.equal(
      refusal(text),
      'c.chart.json:9:14: There is no "titel" here. Known are field, title, unit, format, grain, bins.',
    );
  });

  it('names what is missing', () => {
    assert.match(refusal(JSON.stringify({ ...good, x: {} })), /"x" has no "field"/);
    assert.match(refusal(JSON.stringify({ ...good, y: {} })), /"y" needs a "field", or the aggregate count/);
  });

  it('takes a table, a CSV file or a SQL text, and one of them', () => {
    for (const source of [{ table: 't', version: 3 }, { csv: 'a.csv' }, { sql: 'select 1' }]) {
      assert.deepEqual(parseChart(JSON.stringify({ ...good, source })).source, source);
    }
    assert.match(
      refusal(JSON.stringify({ ...good, source: {} })),
      /"source" must name one of table, csv and sql/,
    );
    assert.match(
      refusal(JSON.stringify({ ...good, source: { table: 't', sql: 'x' } })),
      /"source" must name one of table, csv and sql/,
    );
    assert.match(
      refusal(JSON.stringify({ ...good, source: { csv: 't', version: 1 } })),
      /^c\.chart\.json:1:\d+: "source\.version" is a version of a table/,
    );
  });

  it('lets a histogram leave out y', () => {
    const { title, source, x } = good;
    const rest = { title, source, x, mark: 'bar' };
    assert.deepEqual(parseChart(JSON.stringify({ ...rest, mark: 'histogram' })).y, {});
    assert.match(refusal(JSON.stringify(rest)), /"y" needs a "field", or the aggregate count/);
  });

  const rules: [name: string, spec: object, sentence: RegExp][] = [
    ['a histogram of a value', { mark: 'histogram' }, /"y\.field" does not go with a histogram/],
    [
      ...(['a histogram with an aggregate', { mark: 'histogram', y: { aggregate: 'sum' } }] as const),
      /"y\.aggregate" does not go with a histogram/,
    ],
    [
      ...(['a histogram of times', { mark: 'histogram', x: { field: 'a', grain: 'day' }, y: {} }] as const),
      /"x\.grain" does not go with a histogram: use a bar/,
    ],
    ['bins of bars', { x: { field: 'a', bins: 3 } }, /"x\.bins" goes with a histogram only/],
    ['a box without a value', { mark: 'box', y: {} }, /"y" needs a "field": a box/],
    [
      ...(['a box with an aggregate', { mark: 'box', y: { field: 'b', aggregate: 'sum' } }] as const),
      /"y\.aggregate" does not go with a box/,
    ],
    ['a heat map without a colour', { mark: 'heatMap' }, /A heat map needs a "value"/],
    [
      'a heat map without a second category',
      { mark: 'heatMap', y: {} },
      /"y" needs a "field": it is the second/,
    ],
    [
      ...([
        'a heat map whose colour has no field',
        { mark: 'heatMap', value: { aggregate: 'sum' } },
      ] as const),
      /"value" needs a "field", or the aggregate count/,
    ],
    [
      ...([
        'a heat map with a colour of bars',
        { mark: 'heatMap', value: { field: 'c' }, color: { field: 'c' } },
      ] as const),
      /"color" does not go with a heat map/,
    ],
    ['a value of bars', { value: { field: 'c' } }, /"value" goes with a heat map only/],
    ['a grain of a value', { y: { field: 'b', grain: 'day' } }, /"y\.grain" goes with a heat map only/],
    ['a coloured pie', { mark: 'pie', color: { field: 'c' } }, /"color" does not go with a pie/],
    [
      'Other without an aggregate',
      { top: { count: 1, other: true } },
      /"top\.other" puts the rest together: say in y by which aggregate/,
    ],
  ];
  for (const [name, spec, sentence] of rules) {
    it(`refuses ${name}, and says where`, () => {
      const message = refusal(JSON.stringify({ ...good, ...spec }, null, 2));
      assert.match(message, /^c\.chart\.json:\d+:\d+: /);
      assert.match(message, sentence);
    });
  }

  it('refuses duplicate keys and aliases', () => {
    assert.match(refusal('{"title": "a", "title": "b"}'), /unique/i);
    refusal('{"title": &a x, "source": *a}');
  });

  it('names a file that is not there', async () => {
    await assert.rejects(loadChart('no/such.chart.json'), (e) => isWorkbenchError(e, 'not-found'));
  });

  it('never throws anything but its own errors', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"mark": ${json}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        assert.match(refusal(text), /^c\.chart\.json:\d+:\d+: /);
      }),
    );
  });
});
