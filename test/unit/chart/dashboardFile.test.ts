import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { parseDashboard } from '../../../src/chart/dashboardFile.ts';

const charts = [{ chart: 'a.chart.json' }, { chart: '../b.chart.json', width: 2 }];

function fault(value: unknown): string {
  try {
    parseDashboard(JSON.stringify(value, undefined, 2), 'x.dashboard.json');
  } catch (error) {
    assert.ok(isWorkbenchError(error, 'invalid'), String(error));
    return error.message;
  }
  return '';
}

describe('A dashboard file', () => {
  it('lays charts out', () => {
    const dashboard = { title: 'Retail', columns: 2, charts };
    assert.deepEqual(parseDashboard(JSON.stringify(dashboard)), dashboard);
  });

  it('of the retail project can be read', async () => {
    const path = 'pyspark/retail/charts/retail.dashboard.json';
    assert.equal(parseDashboard(await readFile(path, 'utf8'), path).charts.length, 4);
  });

  it('is told where it is wrong', () => {
    assert.match(fault({ title: 'a' }), /^x\.dashboard\.json:1:1: The dashboard has no "charts"\.$/);
    assert.match(fault({ title: 'a', charts: [] }), /"charts" must NOT have fewer than 1 items/);
    assert.match(
      fault({ title: 'a', charts: [{ chart: 'a.json' }] }),
      /:5:16: "charts\.0\.chart" must match/,
    );
    assert.match(
      fault({ title: 'a', charts: [{ chart: 'a.chart.json', with: 2 }] }),
      /There is no "charts\.0\.with" here|There is no "with" here\. Known are chart, width\./,
    );
    assert.match(
      fault({ title: 'a', columns: 1, charts }),
      /:10:\d+: "charts\.1\.width" is more than the 1 columns/,
    );
  });
});
