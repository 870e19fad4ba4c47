import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { chartName, loadChart, parseChart } from '../../../src/chart/chartFile.ts';

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
      assert.equal(spec.source.table, `gold/${name}`);
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
      'c.chart.json:6:11: "mark" must be one of bar, horizontalBar, line, area, scatter, pie.',
    );
  });

  it('names an unknown key and those that are known', () => {
    const text = JSON.stringify({ ...good, x: { field: 'a', titel: 'A' } }, null, 2);
    assert.equal(
      refusal(text),
      'c.chart.json:9:14: There is no "titel" here. Known are field, title, unit, format.',
    );
  });

  it('names what is missing', () => {
    assert.match(refusal(JSON.stringify({ ...good, x: {} })), /"x" has no "field"/);
    assert.match(refusal(JSON.stringify({ ...good, y: {} })), /"y" needs a "field", or the aggregate count/);
  });

  it('refuses by name what is to come', () => {
    assert.match(refusal(JSON.stringify({ ...good, mark: 'histogram' })), /"histogram" is not supported yet/);
    assert.match(refusal(JSON.stringify({ ...good, source: { sql: 'x' } })), /"sql" is not supported yet/);
  });

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

  it('gives a chart its name', () => {
    assert.equal(chartName('/a/b/deliveriescount.chart.json'), 'deliveriescount');
  });
});
