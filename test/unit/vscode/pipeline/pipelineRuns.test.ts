import assert from 'node:assert/strict';
import { parseRun, type PipelineRun } from '../../../../src/pipeline/history.ts';
import type { JobRun } from '../../../../src/vscode/jobs/jobRuns.ts';
import { courseOf } from '../../../../src/vscode/pipeline/pipelineRuns.ts';

function record(runId: string, state: string, steps: Record<string, string>): PipelineRun {
  return parseRun(
    JSON.stringify({
      format: 1,
      pipeline: 'shop',
      runId,
      root: '/data',
      state,
      startedAt: '2026-01-01T00:00:00Z',
      durationMs: 1000,
      steps: Object.entries(steps).map(([name, stepState]) => ({
        name,
        script: `${name}.py`,
        state: stepState,
      })),
    }),
  );
}

function own(runId: string, parts: Partial<JobRun> = {}): JobRun {
  const startedAt = new Date('2026-01-02T00:00:00Z');
  return {
    runId,
    name: 'shop',
    kind: 'pipeline',
    events: [],
    startedAt,
    error: undefined,
    ...parts,
  } as JobRun;
}

const states = (course: ReturnType<typeof courseOf>): Record<string, string> =>
  Object.fromEntries([...course.steps].map(([name, { state }]) => [name, state]));

describe('the course of a pipeline', () => {
  it('is nothing without a run', () => {
    assert.deepEqual(courseOf([], []), { latest: undefined, steps: new Map() });
  });

  it('tells for each step the last run that did it', () => {
    const course = courseOf(
      [],
      [
        record('20260102T000000-b-shop', 'FINISHED', { bronze: 'SKIPPED', silver: 'FINISHED' }),
        record('20260101T000000-a-shop', 'FAILED', { bronze: 'FINISHED', silver: 'FAILED' }),
      ],
    );
    assert.deepEqual(states(course), { silver: 'FINISHED', bronze: 'FINISHED' });
    assert.equal(course.latest?.state, 'FINISHED');
    assert.equal(course.steps.get('bronze')?.runId, '20260101T000000-a-shop');
  });

  it('follows a run of this window by its events, before its record is known', () => {
    const run = own('20260102T000000-b-shop', {
      events: [
        { event: 'step-start', step: 'bronze' },
        { event: 'step-end', step: 'bronze', state: 'FINISHED', rowsOut: 7 },
        { event: 'step-start', step: 'silver' },
      ],
    });
    const course = courseOf(
      [run],
      [record('20260101T000000-a-shop', 'FINISHED', { bronze: 'FINISHED', gold: 'FINISHED' })],
    );
    assert.deepEqual(states(course), { bronze: 'FINISHED', silver: 'RUNNING', gold: 'FINISHED' });
    assert.equal(course.steps.get('bronze')?.rowsOut, 7);
    assert.equal(course.latest?.state, 'RUNNING');
    assert.equal(course.latest.step, 'silver');
  });

  it('says where a run has stopped', () => {
    const course = courseOf(
      [],
      [record('20260101T000000-a-shop', 'FAILED', { bronze: 'FINISHED', silver: 'FAILED', gold: 'PENDING' })],
    );
    assert.equal(course.latest?.step, 'silver');
    assert.deepEqual(states(course), { bronze: 'FINISHED', silver: 'FAILED' });
  });

  it('does not let a step run on in a run that is over', () => {
    const lost = {
      ...record('20260101T000000-a-shop', 'RUNNING', { bronze: 'RUNNING' }),
      state: 'lost' as const,
    };
    assert.deepEqual(states(courseOf([], [lost])), { bronze: 'KILLED' });
  });

  it('leaves out what was never submitted', () => {
    const course = courseOf([own('20260102T000000-b-shop', { error: new Error('no stack') })], []);
    assert.equal(course.latest, undefined);
  });
});
