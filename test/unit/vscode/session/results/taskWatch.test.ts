import { equal } from 'node:assert/strict';
import { TaskWatch } from '../../../../../src/vscode/session/results/taskWatch.ts';

const stage = (numTasks: number, numCompleteTasks: number, numActiveTasks: number) => ({
  numTasks,
  numCompleteTasks,
  numActiveTasks,
});

describe('TaskWatch', () => {
  it('counts from when no task runs, and from the beginning once one has run', () => {
    const watch = new TaskWatch();
    equal(watch.waitedMs('a', [stage(4, 0, 0)], 1_000), 0);
    equal(watch.waitedMs('a', [stage(4, 0, 0), stage(2, 0, 0)], 11_000), 10_000);
    equal(watch.waitedMs('a', [stage(4, 0, 0), stage(2, 0, 1)], 12_000), 0);
    equal(watch.waitedMs('a', [stage(4, 0, 0)], 20_000), 0);
    equal(watch.waitedMs('a', [stage(4, 3, 0)], 21_000), 1_000);
  });

  it('does not count where nothing is left to do', () => {
    const watch = new TaskWatch();
    equal(watch.waitedMs('a', [], 1_000), 0);
    equal(watch.waitedMs('a', [], 60_000), 0);
    equal(watch.waitedMs('a', [stage(2, 2, 0)], 120_000), 0);
    equal(watch.waitedMs('a', [stage(2, 1, 0)], 180_000), 0);
  });

  it('counts for each run, and not while nobody looks', () => {
    const watch = new TaskWatch();
    watch.waitedMs('a', [stage(1, 0, 0)], 0);
    equal(watch.waitedMs('b', [stage(1, 0, 0)], 50_000), 0);
    equal(watch.waitedMs('b', [stage(1, 0, 0)], 55_000), 5_000);
    watch.reset();
    equal(watch.waitedMs('b', [stage(1, 0, 0)], 90_000), 0);
  });
});
