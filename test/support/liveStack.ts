import { readFile } from 'node:fs/promises';
import type { WholeConnection } from '../../src/stack/connection.ts';

/**
 * The one real stack of a test run, started by `npm test`, which says in MEDALLION_TEST_STACK where its connection is
 * written. A suite that needs it fails without it: a skipped suite would look like a passed one.
 */
export async function liveStack(): Promise<WholeConnection> {
  const file = process.env.MEDALLION_TEST_STACK;
  if (!file) throw new Error('No stack: run these tests with `npm test`, or set MEDALLION_TEST_STACK.');
  const raw = JSON.parse(await readFile(file, 'utf8')) as WholeConnection;
  return {
    ...raw,
    lake: { ...raw.lake, url: new URL(raw.lake.url) },
    spark: {
      ...raw.spark,
      rest: new URL(raw.spark.rest),
      ui: new URL(raw.spark.ui),
      history: new URL(raw.spark.history),
    },
    session: { ...raw.session, url: new URL(raw.session.url) },
  };
}
