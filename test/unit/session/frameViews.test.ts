import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { viewCases } from '../../support/viewCases.ts';

const file = new URL('../../fixtures/session/views.json', import.meta.url);

describe('views of a table, which page and session must show alike', () => {
  /** test/pyspark/test_rows.py holds the session against the file; UPDATE_SNAPSHOTS=1 writes it. */
  it('are those that the page makes', function () {
    this.timeout(60_000);
    const { columns, rows, views } = viewCases();
    const lines = (parts: readonly unknown[]): string =>
      parts.map((part) => `\n${JSON.stringify(part)}`).join(',');
    const text = `{"columns":[${lines(columns)}],"rows":[${lines(rows)}],"views":[${lines(views)}]}\n`;
    if (process.env.UPDATE_SNAPSHOTS) writeFileSync(file, text);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(text));
    // Else they would say nothing.
    const telling = views.filter((view) => view.rows.length > 0 && view.rows.length < rows.length);
    assert.ok(telling.length > 30, `${telling.length} views show some of the rows`);
  });
});
