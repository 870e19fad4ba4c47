import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { XMLParser } from 'fast-xml-parser';
import { loadChart } from '../../../src/chart/chartFile.ts';
import type { ChartSpec, Mark } from '../../../src/chart/chartSpec.ts';
import { themes, type ThemeName } from '../../../src/chart/chartTheme.ts';
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
/** A chart of each mark, over the same rows. */
const marks: [mark: Mark, parts: Partial<ChartSpec>][] = [
  ...(['bar', 'horizontalBar', 'line', 'area', 'scatter', 'pie'] as const).map(
    (mark) => [mark, {}] as [Mark, Partial<ChartSpec>],
  ),
  ['histogram', { x: { field: 'deliveries' }, y: { unit: 'orders' } }],
  ['box', {}],
  [
    ...(['heatMap', { y: { field: 'branch' }, value: { field: 'deliveries', unit: 'orders' } }] as [
      Mark,
      Partial<ChartSpec>,
    ]),
  ],
];
const themeNames = Object.keys(themes) as ThemeName[];

/** Orders of two weeks, made by a rule: three branches, three states. */
const orders = Array.from({ length: 120 }, (_, i) => ({
  at: new Date(Date.UTC(2026, 0, 1 + ((i * 5) % 14), (i * 7) % 24)),
  branch: ['Riverside', 'Old Town', 'Harbour'][i % 3]!,
  state: ['open', 'sent', 'delivered'][Math.floor(i / 3) % 3]!,
  hours: 2 + ((i * 37) % 101) / 10 + (i % 40 === 7 ? 30 : 0),
}));
const hours = { field: 'hours', title: 'Time to deliver', unit: 'hours' };
const ofBranch = { x: { field: 'branch', title: 'Branch' }, color: { field: 'state' } };
const pictures: Record<Mark, Pick<ChartSpec, 'x' | 'y'> & Partial<ChartSpec>> = {
  bar: { ...ofBranch, y: { ...hours, aggregate: 'mean' } },
  horizontalBar: { ...ofBranch, y: { ...hours, aggregate: 'median' } },
  line: {
    ...{ x: { field: 'at', title: 'Ordered', grain: 'day' }, y: { aggregate: 'count', title: 'Orders' } },
    color: { field: 'branch' },
  },
  area: { x: { field: 'at', title: 'Ordered', grain: 'day' }, y: { aggregate: 'count', title: 'Orders' } },
  scatter: { x: { field: 'at', title: 'Ordered' }, y: hours, color: { field: 'branch' } },
  pie: { x: { field: 'state' }, y: { aggregate: 'count', title: 'Orders' } },
  histogram: { x: { ...hours, bins: 10 }, y: { title: 'Orders' }, color: { field: 'branch' } },
  box: { ...ofBranch, y: hours },
  heatMap: {
    x: { field: 'at', title: 'Ordered', grain: 'day' },
    y: { field: 'branch', title: 'Branch' },
    value: { aggregate: 'count', title: 'Orders' },
  },
};

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

  for (const [mark, picture] of Object.entries(pictures) as [Mark, Partial<ChartSpec>][]) {
    for (const theme of themeNames) {
      it(`draws ${mark} in ${theme} as its snapshot`, () => {
        const spec = { ...base, mark, title: `Orders as ${mark}`, ...picture };
        matchesSnapshot(`${mark}.${theme}.svg`, drawChart(spec, orders, { format: 'svg', theme }));
      });
    }
  }

  for (const [mark, parts] of marks) {
    it(`draws ${mark} as XML with title, summary and role, the same each time`, () => {
      const svg = drawChart({ ...base, mark, ...parts }, averages, { format: 'svg' });
      assertXml(svg);
      assert.match(svg, /^<svg role="img" width="860"/);
      assert.match(
        svg,
        /<title>Deliveries<\/title><desc>\w+ (chart of|of|plot of|map of) .*deliveries.*, 3 values/,
      );
      assert.equal(drawChart({ ...base, mark, ...parts }, averages, { format: 'svg' }), svg);
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
      const spec = {
        ...base,
        mark,
        ...parts,
        title: '<b>T</b>' + hostile[0]!.branch,
        description: hostile[1]!.branch,
      };
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
    for (const [mark, parts] of marks) {
      assertXml(drawChart({ ...base, mark, ...parts }, [], { format: 'svg' }));
    }
  });
});
