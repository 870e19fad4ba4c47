import { deepEqual, equal } from 'node:assert/strict';
import type { JobState, StageInfo } from '../../../../src/spark/job.ts';
import { currentStep, runProgress } from '../../../../src/vscode/jobs/runProgress.ts';

const state = (phase: JobState['phase'], message: string): JobState => ({ phase, message, runId: 'r' });
const stage = (id: number, name: string): StageInfo => ({
  id,
  name,
  tasks: 200,
  tasksDone: 120,
  tasksActive: 2,
  tasksFailed: 0,
});

describe('What a run is at', () => {
  it('is what it waits for, before it runs', () => {
    const waiting = state('waiting', 'Waiting for a worker with 1 core.');
    deepEqual(runProgress({ state: waiting, stages: undefined, events: [] }), { message: waiting.message });
    equal(runProgress({ state: undefined, stages: undefined, events: [] }), undefined);
  });

  it('is the step and the stage, with its tasks', () => {
    const stages = {
      applicationId: 'a',
      active: [stage(3, 'count at /home/me/silver.py:7')],
      tasks: 200,
      tasksDone: 120,
    };
    const events = [{ event: 'step-start', step: 'silver' }];
    deepEqual(runProgress({ state: state('running', 'Running.'), stages, events }), {
      message: 'silver: stage 3 (count at silver.py:7)',
      done: 120,
      total: 200,
      unit: 'tasks',
    });
    deepEqual(runProgress({ state: state('killing', 'Stopping.'), stages, events }), {
      message: 'Stopping.',
    });
  });

  it("does not name a line that is not the script's", () => {
    const stages = { applicationId: 'a', active: [stage(3, 'save at py4j/x.py:7')], tasks: 1, tasksDone: 0 };
    const progress = runProgress({ state: state('running', ''), stages, events: [] });
    equal(progress?.message, 'stage 3');
  });

  it('is no step that has ended', () => {
    const events = [
      { event: 'step-start', step: 'bronze' },
      { event: 'step-end', step: 'bronze', state: 'FINISHED' },
    ];
    equal(currentStep(events), undefined);
    equal(currentStep(events.slice(0, 1)), 'bronze');
    equal(currentStep([]), undefined);
  });
});
