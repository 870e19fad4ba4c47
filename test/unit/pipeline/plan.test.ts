import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { orderSteps, planRun, type WiredStep } from '../../../src/pipeline/plan.ts';

const step = (
  name: string,
  reads: string[] = [],
  writes: string[] = [],
  after: string[] = [],
): WiredStep => ({
  name,
  reads,
  writes,
  after,
});
const medallion = [step('gold', ['s'], ['g']), step('silver', ['b'], ['s']), step('bronze', [], ['b'])];
const names = (steps: readonly WiredStep[] | undefined): string[] => (steps ?? []).map(({ name }) => name);

describe('the order of steps', () => {
  it('follows what they read and write', () => {
    assert.deepEqual(names(orderSteps(medallion).steps), ['bronze', 'silver', 'gold']);
  });

  it('keeps the file’s order where nothing else says so', () => {
    assert.deepEqual(names(orderSteps([step('b'), step('a'), step('c', [], [], ['a'])]).steps), [
      'b',
      'a',
      'c',
    ]);
  });

  it('lets a step read what it writes', () => {
    assert.deepEqual(names(orderSteps([step('a', ['t'], ['t'])]).steps), ['a']);
  });

  it('names a cycle in the order of its arrows', () => {
    const { cycle } = orderSteps([step('a', ['z'], ['x']), step('b', ['x'], ['y']), step('c', ['y'], ['z'])]);
    assert.deepEqual(cycle, ['a', 'b', 'c', 'a']);
  });

  it('is a permutation that breaks no arrow, or a true cycle', () => {
    const table = fc.constantFrom('t1', 't2', 't3', 't4', 't5');
    const steps = fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
        reads: fc.uniqueArray(table, { maxLength: 2 }),
        writes: fc.uniqueArray(table, { maxLength: 2 }),
        after: fc.constant<string[]>([]),
      }),
      { selector: (s) => s.name },
    );
    fc.assert(
      fc.property(steps, (list) => {
        const arrow = (a: WiredStep, b: WiredStep): boolean =>
          a.name !== b.name && a.writes.some((t) => b.reads.includes(t));
        const result = orderSteps(list);
        if (result.cycle) {
          const at = result.cycle.map((name) => list.find((s) => s.name === name)!);
          assert.ok(at.length > 2 && at[0] === at.at(-1));
          for (let i = 1; i < at.length; i++) assert.ok(arrow(at[i - 1]!, at[i]!));
          return;
        }
        assert.deepEqual(names(result.steps).sort(), names(list).sort());
        result.steps.forEach((b, i) => {
          for (const a of result.steps.slice(i + 1)) assert.ok(!arrow(a, b), `${a.name} before ${b.name}`);
        });
      }),
    );
  });
});

describe('the plan of a run', () => {
  const runs = (...rest: Parameters<typeof planRun> extends [unknown, ...infer R] ? R : never): string[] =>
    planRun(medallion, ...rest)
      .filter(({ run }) => run)
      .map(({ step: { name } }) => name);
  const failed = {
    runId: 'r1',
    state: 'FAILED',
    steps: [
      { name: 'bronze', state: 'FINISHED' },
      { name: 'silver', state: 'FAILED' },
      { name: 'gold', state: 'PENDING' },
    ],
  };

  it('is all steps, from one on, or one', () => {
    assert.deepEqual(runs(), ['bronze', 'silver', 'gold']);
    assert.deepEqual(runs({ from: 'silver' }), ['silver', 'gold']);
    assert.deepEqual(runs({ only: 'silver' }), ['silver']);
  });

  it('resumes at the step that failed, was killed, or was lost', () => {
    assert.deepEqual(runs({ resume: true }, failed), ['silver', 'gold']);
    const lost = { ...failed, state: 'lost', steps: failed.steps.map((s) => ({ ...s, state: 'RUNNING' })) };
    assert.deepEqual(runs({ resume: true }, lost), ['bronze', 'silver', 'gold']);
  });

  it('resumes a resumed run where that one failed', () => {
    const again = {
      ...failed,
      steps: [
        { name: 'bronze', state: 'SKIPPED' },
        { name: 'silver', state: 'FINISHED' },
        { name: 'gold', state: 'FAILED' },
      ],
    };
    assert.deepEqual(runs({ resume: true }, again), ['gold']);
  });

  it('refuses what makes no sense, by name', () => {
    const refuses = (work: () => unknown, words: RegExp): void =>
      assert.throws(work, (error) => isWorkbenchError(error, 'invalid') && words.test(error.message));
    refuses(() => runs({ from: 'copper' }), /no step copper.*bronze, silver, gold/);
    refuses(() => runs({ from: 'silver', only: 'gold' }), /Choose one/);
    refuses(() => runs({ resume: true }), /no earlier run/);
    refuses(() => runs({ resume: true }, { ...failed, state: 'FINISHED' }), /r1, finished/);
  });
});
