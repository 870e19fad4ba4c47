import { deepEqual, equal } from 'node:assert/strict';
import type { PipelineRun } from '../../../../src/pipeline/history.ts';
import { stepsOf } from '../../../../src/vscode/jobs/stepFacts.ts';

const record: PipelineRun = {
  format: 1,
  pipeline: 'retail',
  runId: '20261121T090000-aaaaaa-retail',
  root: '/data',
  state: 'RUNNING',
  startedAt: '2026-11-21T09:00:00Z',
  steps: [
    { name: 'bronze', script: 'bronze.py', state: 'FINISHED', rowsIn: 10, rowsOut: 10, durationMs: 4000 },
    { name: 'silver', script: 'silver.py', state: 'PENDING' },
    { name: 'gold', script: 'gold.py', state: 'PENDING' },
  ],
};

describe('Steps of a pipeline’s run', () => {
  it('are the record’s, with what the events told since', () => {
    const steps = stepsOf(record, [
      { event: 'step-start', step: 'bronze' },
      { event: 'step-start', step: 'silver' },
    ]);
    deepEqual(
      steps.map(({ name, state }) => `${name} ${state}`),
      ['bronze FINISHED', 'silver RUNNING', 'gold PENDING'],
    );
  });

  it('are known from events alone, with rows, time and error', () => {
    const error = { type: 'ValueError', message: 'no', line: 3, traceback: 'long' };
    const [bronze, silver] = stepsOf(undefined, [
      { event: 'step-start', step: 'bronze' },
      { event: 'step-end', step: 'bronze', state: 'FINISHED', rowsIn: 5, rowsOut: 4, durationMs: 1200 },
      { event: 'step-start', step: 'silver' },
      { event: 'step-end', step: 'silver', state: 'FAILED', error },
    ]);
    equal(bronze!.rowsIn, 5);
    equal(bronze!.rowsOut, 4);
    equal(bronze!.durationMs, 1200);
    equal(silver!.state, 'FAILED');
    deepEqual(silver!.error, { type: 'ValueError', message: 'no', line: 3 });
  });

  it('do not take what a script prints for more than it is', () => {
    const steps = stepsOf(undefined, [
      { event: 'step-start', step: 7 },
      { event: 'step-end', step: 'x', state: 'EXPLODED', rowsIn: 'many', error: 'text' },
      { event: 'other', step: 'y' },
    ]);
    deepEqual(
      steps.map(({ name, state, rowsIn, error }) => ({ name, state, rowsIn, error })),
      [{ name: 'x', state: 'FINISHED', rowsIn: undefined, error: undefined }],
    );
  });
});
