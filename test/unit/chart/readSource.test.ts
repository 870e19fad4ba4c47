import assert from 'node:assert/strict';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import type { ChartSpec } from '../../../src/chart/chartSpec.ts';
import { readSource, type ChartPlaces, type QueryRows } from '../../../src/chart/readSource.ts';

const spec: ChartSpec = {
  ...{ title: 'Orders', source: { sql: 'SELECT branch, n FROM gold.x' }, mark: 'bar' },
  ...{ x: { field: 'branch' }, y: { field: 'n' } },
};

function places(query?: ChartPlaces['query']): ChartPlaces {
  const nothing = (): never => assert.fail('Nothing of the lake is read.');
  return { tablePath: nothing, lake: nothing, beside: nothing, query };
}

describe('the source of a chart that is SQL', () => {
  const answer: QueryRows = {
    rows: [{ branch: 'Bern', n: 1 }],
    columns: [
      { name: 'branch', type: 'string' },
      { name: 'n', type: 'bigint' },
      { name: 'other', type: 'date' },
    ],
    hasMore: false,
  };

  it('is run with the columns that are drawn', async () => {
    const asked: unknown[] = [];
    const data = await readSource(
      spec,
      places((sql, { limit, fields }) => {
        asked.push(sql, limit, fields);
        return Promise.resolve(answer);
      }),
      { maxRows: 200_000 },
    );
    assert.deepEqual(asked, ['SELECT branch, n FROM gold.x', 200_000, ['branch', 'n']]);
    assert.deepEqual([data.rows, data.columns, data.source], [answer.rows, answer.columns, 'SQL']);
    assert.deepEqual([data.isQuery, data.table, data.version], [true, undefined, undefined]);
  });

  it('is refused where it gives too many rows, and says what to do without a session', async () => {
    await assert.rejects(
      readSource(
        spec,
        places(() => Promise.resolve({ ...answer, hasMore: true })),
        { maxRows: 200_000 },
      ),
      (error) => isWorkbenchError(error, 'invalid') && error.message.includes('more than 200,000 rows'),
    );
    await assert.rejects(
      readSource(spec, places(), { maxRows: 5 }),
      (error) => isWorkbenchError(error, 'not-found') && error.message.includes('Start Session'),
    );
  });
});
