import assert from 'node:assert/strict';
import { WorkbenchError, isWorkbenchError } from '../../../src/base/errors.ts';
import { retryUntil } from '../../../src/base/retry.ts';

const quick = { what: 'the thing', timeoutMs: 1_000, intervalMs: 1, maxIntervalMs: 2 };

describe('retryUntil', () => {
  it('calls again while there is no result, and gives the first one', async () => {
    let calls = 0;
    assert.equal(
      await retryUntil(() => Promise.resolve(++calls === 3 ? 'ready' : undefined), quick),
      'ready',
    );
    assert.equal(calls, 3);
  });

  it('takes a transient error for "not yet"', async () => {
    let calls = 0;
    const result = await retryUntil(() => {
      if (++calls < 3) throw new WorkbenchError('unreachable', 'closed');
      return Promise.resolve(calls);
    }, quick);
    assert.equal(result, 3);
  });

  it('ends at once on any other error', async () => {
    let calls = 0;
    const attempt = (): Promise<never> => {
      calls += 1;
      throw new WorkbenchError('denied', 'no');
    };
    await assert.rejects(retryUntil(attempt, quick), (error) => isWorkbenchError(error, 'denied'));
    assert.equal(calls, 1);
  });

  it('ends at its deadline, and says what the last answer was', async () => {
    const attempt = (): Promise<never> => {
      throw new WorkbenchError('unreachable', 'Nothing listens there.');
    };
    await assert.rejects(retryUntil(attempt, { ...quick, timeoutMs: 20 }), (error) => {
      return isWorkbenchError(error, 'timeout') && /the thing .*Nothing listens there/.test(error.message);
    });
  });

  it('stops as soon as it is cancelled, even while it waits', async () => {
    const controller = new AbortController();
    const waiting = retryUntil(() => Promise.resolve(undefined), {
      ...quick,
      timeoutMs: 60_000,
      intervalMs: 60_000,
      maxIntervalMs: 60_000,
      signal: controller.signal,
    });
    setImmediate(() => controller.abort());
    await assert.rejects(waiting, (error) => isWorkbenchError(error, 'cancelled'));
  });
});
