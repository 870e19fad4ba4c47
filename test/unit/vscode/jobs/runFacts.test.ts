import { deepEqual, equal } from 'node:assert/strict';
import type { RunRecord } from '../../../../src/spark/job.ts';
import type { JobRun } from '../../../../src/vscode/jobs/jobRuns.ts';
import { contextWords, factsOfRecord, factsOfRun, inOrder } from '../../../../src/vscode/jobs/runFacts.ts';

const record: RunRecord = {
  format: 1,
  runId: '20261121T090000-aaaaaa-silver',
  name: 'silver.py',
  kind: 'job',
  script: '/home/me/shop/silver.py',
  args: ['2026'],
  submissionId: 'driver-1',
  state: 'RUNNING',
  startedAt: '2026-11-21T09:00:00.000Z',
  sources: {},
};
const failure = { type: 'ValueError', message: 'no', file: '/a.py', line: 3, frames: [], causes: [] };

/** As a run of this window is; only what is read. */
function run(fields: Partial<JobRun>): JobRun {
  return {
    runId: record.runId,
    name: 'silver.py',
    kind: 'job',
    args: [],
    properties: {},
    startedAt: new Date(record.startedAt),
    events: [],
    ...fields,
  } as JobRun;
}

describe('Facts of a run', () => {
  it('are the record’s where the record knows the end, else what the cluster says', () => {
    equal(factsOfRecord(record, undefined).state, 'RUNNING');
    equal(factsOfRecord(record, 'LOST').state, 'LOST');
    equal(factsOfRecord({ ...record, state: 'FINISHED' }, 'LOST').state, 'FINISHED');
  });

  it('tell a run that was never submitted from one that was lost sight of', () => {
    equal(factsOfRun(run({}), 'No way.').state, 'UNSENT');
    const state = { phase: 'running' as const, message: '', runId: record.runId, submissionId: 'driver-1' };
    const lost = factsOfRun(run({ state }), 'The cluster does not answer.');
    equal(lost.state, 'LOST');
    equal(lost.message, 'The cluster does not answer.');
    equal(lost.isFollowed, false);
  });

  it('name the step that a pipeline is at, and none between two', () => {
    const started = { event: 'step-start', step: 'bronze' };
    equal(factsOfRun(run({ events: [started] })).step, 'bronze');
    equal(
      factsOfRun(run({ events: [started, { event: 'step-end', step: 'bronze', state: 'FINISHED' }] })).step,
      undefined,
    );
  });

  it('come in order: those that this window follows, then the latest; a run once', () => {
    const old = { ...factsOfRecord(record, undefined), runId: '20261120T090000-a-x' };
    const later = { ...old, runId: '20261121T100000-a-x' };
    const followed = { ...old, runId: '20261119T090000-a-x', isFollowed: true };
    deepEqual(
      inOrder([followed, old, later, { ...followed, isFollowed: false }]).map(({ runId }) => runId),
      [followed.runId, later.runId, old.runId],
    );
  });

  it('become the words that menus look for', () => {
    const facts = factsOfRecord(record, undefined);
    equal(contextWords(facts, true), ';run;job;running;script;');
    equal(contextWords({ ...facts, applicationId: 'app-1' }, true), ';run;job;running;script;driverUi;');
    const failed = { ...facts, state: 'FAILED' as const, failure, applicationId: 'app-1' };
    equal(contextWords(failed, true), ';run;job;ended;failed;script;historyUi;');
    equal(contextWords(failed, false), ';run;job;ended;failed;script;');
  });
});
