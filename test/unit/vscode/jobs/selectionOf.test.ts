import { deepEqual } from 'node:assert/strict';
import { selectionOf } from '../../../../src/vscode/jobs/selectionOf.ts';

const plan = (...runs: boolean[]): string[] => [
  JSON.stringify({ pipeline: 'p', steps: runs.map((run, i) => ({ name: `step${i}`, run })) }),
];

describe('The steps that a run was to do', () => {
  it('are read from the words of the command line', () => {
    deepEqual(selectionOf([]), {});
    deepEqual(selectionOf(['--only', 'silver']), { only: 'silver' });
    deepEqual(selectionOf(['--from', 'silver']), { from: 'silver' });
    deepEqual(selectionOf(['--resume']), { resume: true });
  });

  it('are read from a plan', () => {
    deepEqual(selectionOf(plan(true, true, true)), {});
    deepEqual(selectionOf(plan(false, true, true)), { from: 'step1' });
    deepEqual(selectionOf(plan(false, true, false)), { only: 'step1' });
    deepEqual(selectionOf(plan(false, false, true)), { from: 'step2' });
  });

  it('are all where nothing can be read', () => {
    deepEqual(selectionOf(['not json']), {});
    deepEqual(selectionOf(['{"steps":3}']), {});
  });
});
