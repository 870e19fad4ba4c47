import { deepEqual, equal } from 'node:assert/strict';
import { IdleClock, idleWarningMs } from '../../../../src/vscode/session/idleClock.ts';

const tickMs = 10_000;
const limitMs = 60 * 60_000;

/** Ticks as a timer does, for `forMs`; gives what was due, and when. */
function run(
  clock: IdleClock,
  fromMs: number,
  forMs: number,
  { limit = limitMs, isBusy = false } = {},
): [atMs: number, due: string][] {
  const due: [number, string][] = [];
  for (let at = fromMs; at <= fromMs + forMs; at += tickMs) {
    const now = clock.tick(at, limit, isBusy);
    if (now) due.push([at, now]);
  }
  return due;
}

describe('The idle time of a session', () => {
  it('is warned of once, and ends it so long after the warning', () => {
    deepEqual(run(new IdleClock(tickMs), 0, limitMs), [
      [limitMs - idleWarningMs, 'warn'],
      [limitMs, 'stop'],
    ]);
  });

  it('begins anew with a run, and when the person keeps the session', () => {
    const clock = new IdleClock(tickMs);
    deepEqual(run(clock, 0, limitMs - tickMs), [[limitMs - idleWarningMs, 'warn']]);
    clock.touch();
    deepEqual(run(clock, limitMs, limitMs - idleWarningMs - 2 * tickMs), []);
  });

  it('does not pass while a cell runs, nor without a limit', () => {
    deepEqual(run(new IdleClock(tickMs), 0, 2 * limitMs, { isBusy: true }), []);
    deepEqual(run(new IdleClock(tickMs), 0, 2 * limitMs, { limit: 0 }), []);
  });

  it('does not pass while the machine sleeps', () => {
    const clock = new IdleClock(tickMs);
    equal(clock.tick(0, limitMs, false), undefined);
    equal(clock.tick(24 * limitMs, limitMs, false), undefined);
    deepEqual(run(clock, 24 * limitMs + tickMs, tickMs), []);
  });

  it('warns before it ends a session whose limit was set lower meanwhile', () => {
    const clock = new IdleClock(tickMs);
    deepEqual(run(clock, 0, limitMs / 2), []);
    const at = limitMs / 2 + tickMs;
    const limit = 10 * 60_000;
    const due = run(clock, at, limit, { limit });
    deepEqual(due[0], [at, 'warn']);
    equal(due[1]?.[1], 'stop');
    equal(due[1][0] - at >= idleWarningMs, true);
  });

  it('does not pass when a clock is set back', () => {
    const clock = new IdleClock(tickMs);
    equal(clock.tick(limitMs, limitMs, false), undefined);
    equal(clock.tick(0, limitMs, false), undefined);
  });
});
