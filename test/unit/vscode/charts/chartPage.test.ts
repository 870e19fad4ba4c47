import { doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { buildChart, type ChartRow } from '../../../../src/chart/chartModel.ts';
import type { ChartSpec } from '../../../../src/chart/chartFile.ts';
import { renderSvg } from '../../../../src/chart/svg.ts';
import { chartBody, sentenceBody } from '../../../../src/vscode/charts/chartPage.ts';

const texts = { cut: (shown: number, all: number): string => `${shown} of ${all}` };

function body(spec: Partial<ChartSpec>, rows: readonly ChartRow[]): string {
  const model = buildChart(
    {
      title: 'Orders',
      source: { table: 'gold/x' },
      mark: 'bar',
      x: { field: 'branch' },
      y: { field: 'n' },
      ...spec,
    },
    rows,
  );
  return chartBody(model, renderSvg(model, { theme: 'highContrast' }), 'file:///x.chart.json', texts).text;
}

describe("A chart's page", () => {
  it('shows the picture and the same as a table', () => {
    const page = body({}, [
      { branch: 'Harbour', n: 3 },
      { branch: 'Lakeview', n: 5 },
    ]);
    match(page, /<svg role="img"/);
    match(page, /<th scope="row" class="">Harbour<\/th>\s*<td class="number">3<\/td>/);
    match(
      page,
      /<caption>\s*Bar chart of n by branch, 2 values: highest Lakeview \(5\), lowest Harbour \(3\)\./,
    );
    match(page, /data-chart="file:\/\/\/x\.chart\.json"/);
  });

  it('lets no data become markup, in the picture neither', () => {
    const evil = '<img src=x onerror=alert(1)>';
    const page = body({ title: evil, x: { field: evil } }, [{ [evil]: `"${evil}`, n: 1 }]);
    doesNotMatch(page, /<img/);
    ok(page.includes('&#60;img'));
  });

  it('cuts a long table and says so', () => {
    const rows = Array.from({ length: 1_200 }, (_, i) => ({ branch: `b${i}`, n: i }));
    const page = body({}, rows);
    equal(page.match(/<th scope="row"/g)?.length, 1_000);
    match(page, /1000 of 1200/);
  });

  it('draws an empty table', () => {
    match(body({}, []), /<tbody>\s*<\/tbody>/);
  });

  it('says in a sentence why there is no chart', () => {
    const page = sentenceBody('x', ['There is no <table>.'], 'file:///x', {
      href: 'command:medallion.openChart?%5B%22a%22%5D',
      text: 'Draw Again',
    }).text;
    match(page, /<p role="status">There is no &#60;table&#62;\.<\/p>/);
    match(page, /<a href="command:medallion\.openChart\?%5B%22a%22%5D">Draw Again<\/a>/);
  });
});
