import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { XMLParser } from 'fast-xml-parser';
import { loadChart, type ChartSpec } from '../../../src/chart/chartFile.ts';
import { drawChart } from '../../../src/chart/drawChart.ts';

const averages = [
  { branch: 'Riverside', deliveries: 30n, avg_hours: 9.125 },
  { branch: 'Old Town', deliveries: 20n, avg_hours: 11.4 },
  { branch: 'Harbour', deliveries: 10n, avg_hours: 7.25 },
];
const base: ChartSpec = {
  title: 'Deliveries',
  source: { table: 'gold/t' },
  mark: 'bar',
  x: { field: 'branch' },
  y: { field: 'deliveries', unit: 'orders' },
};
const marks = ['bar', 'horizontalBar', 'line', 'area', 'scatter', 'pie'] as const;

/** Compares with a file of test/fixtures/chart; UPDATE_SNAPSHOTS=1 writes it. Look at it before you commit it. */
function matchesSnapshot(name: string, text: string): void {
  const file = new URL(`../../fixtures/chart/${name}`, import.meta.url);
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

/** Throws where the text is not well-formed. */
function assertXml(text: string): void {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- its successor is one more package, for tests alone
  new XMLParser().parse(text, true);
}

describe('drawChart', () => {
  for (const name of ['deliveriescount', 'deliveriesavg']) {
    it(`draws the retail chart ${name} as its snapshot`, async () => {
      const spec = await loadChart(`pyspark/retail/charts/${name}.chart.json`);
      matchesSnapshot(`${name}.svg`, drawChart(spec, averages, { format: 'svg' }));
      matchesSnapshot(`${name}.html`, drawChart(spec, averages, { format: 'html', theme: 'dark' }));
    });
  }

  for (const mark of marks) {
    it(`draws ${mark} as XML with title, summary and role, the same each time`, () => {
      const svg = drawChart({ ...base, mark }, averages, { format: 'svg' });
      assertXml(svg);
      assert.match(svg, /^<svg role="img" width="860"/);
      assert.match(
        svg,
        /<title>Deliveries<\/title><desc>\w+ chart of deliveries \(orders\) by branch, 3 values/,
      );
      assert.equal(drawChart({ ...base, mark }, averages, { format: 'svg' }), svg);
    });

    it(`lets nothing of hostile data through as markup in ${mark}`, () => {
      const hostile = [
        '<script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        '</text></svg><script>',
        '{a|rich} {b} {c}',
        '\u001b[31mred\u0007\u0000\u009b2J',
        '\ud800 \u202e ]]> <!-- &amp;',
        'x'.repeat(5000),
      ].map((branch, i) => ({ branch, deliveries: i + 1 }));
      const spec = { ...base, mark, title: '<b>T</b>' + hostile[0]!.branch, description: hostile[1]!.branch };
      const svg = drawChart(spec, hostile, { format: 'svg' });
      assertXml(svg);
      const html = drawChart(spec, hostile, { format: 'html' });
      for (const text of [svg, html]) {
        assert.doesNotMatch(text, /<script|<img|<b>|<!--|javascript:/i);
        // eslint-disable-next-line no-control-regex -- they are what must not be there
        assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
      }
      assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
    });
  }

  it('takes its size', () => {
    assert.match(
      drawChart(base, averages, { format: 'svg', width: 400, height: 300 }),
      /width="400" height="300"/,
    );
  });

  it('draws an empty table', () => {
    for (const mark of marks) {
      assertXml(drawChart({ ...base, mark }, [], { format: 'svg' }));
    }
  });
});
