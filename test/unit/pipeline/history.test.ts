import assert from 'node:assert/strict';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { parseRun } from '../../../src/pipeline/history.ts';

const record = {
  format: 1,
  pipeline: 'retail',
  runId: 'r1',
  root: '/data',
  state: 'FAILED',
  startedAt: '2026-01-01T00:00:00.000Z',
  steps: [
    {
      name: 'bronze',
      script: 'bronze.py',
      state: 'FINISHED',
      rowsIn: 3,
      rowsOut: 3,
      bookmark: { lo: 1, hi: 9 },
    },
    { name: 'silver', script: 'silver.py', state: 'FAILED', error: { type: 'ValueError', message: 'no' } },
  ],
};

describe('the record of a run', () => {
  it('is read as the driver wrote it', () => {
    const run = parseRun(JSON.stringify({ ...record, later: 'added' }));
    assert.equal(run.steps[0]?.rowsOut, 3);
    assert.equal(run.steps[1]?.error?.type, 'ValueError');
  });

  it('that is none is refused with its place', () => {
    const refuse = (text: string, words: RegExp): void =>
      assert.throws(
        () => parseRun(text, '/jobs/x'),
        (error) => isWorkbenchError(error, 'protocol') && words.test(error.message),
      );
    refuse('{', /\/jobs\/x: the record is not JSON/);
    refuse(
      JSON.stringify({ ...record, steps: [{ name: 'a', script: 'a', state: 'BURNT' }] }),
      /steps\.0\.state/,
    );
    refuse(JSON.stringify({ ...record, format: 2 }), /format/);
  });
});
