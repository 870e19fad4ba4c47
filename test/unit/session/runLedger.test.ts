import assert from 'node:assert/strict';
import type { NumberedMessage } from '../../../src/session/kernelMessage.ts';
import { RunLedger, silentPrefix } from '../../../src/session/runLedger.ts';
import type { RunUpdate } from '../../../src/session/sessionTypes.ts';

describe('the ledger of runs', () => {
  let told: RunUpdate[];
  let ledger: RunLedger;
  let seq: number;

  beforeEach(() => {
    told = [];
    seq = 0;
    ledger = new RunLedger((updates) => told.push(...updates));
  });

  const take = (parent: string, type: string, content: unknown): void => {
    seq += 1;
    const message: NumberedMessage = { seq, type, parent, content, metadata: {} };
    ledger.take({ message });
  };
  const status = (parent: string, execution_state: string): void =>
    take(parent, 'status', { execution_state });
  const begin = (parent: string): void => {
    status(parent, 'busy');
    take(parent, 'execute_input', { code: 'x', execution_count: 1 });
  };
  const kinds = (runId: string): string[] => {
    ledger.flush();
    return told
      .filter((update) => update.runId === runId)
      .map(({ event }) => (event.kind === 'end' ? event.end : event.kind));
  };

  it('follows a run from begin to end, and resolves its end after it was told', async () => {
    const { ended } = ledger.open('a');
    begin('a');
    assert.equal(ledger.running, 'a');
    status('a', 'idle');
    assert.equal(ledger.running, undefined);
    assert.equal(await ended, 'ok');
    assert.deepEqual(kinds('a'), ['begin', 'ok']);
    assert.deepEqual(ledger.openRuns, []);
  });

  it('tells an error, an interrupt and a run that was never begun apart', () => {
    for (const [runId, name] of [
      ['a', 'ValueError'],
      ['b', 'KeyboardInterrupt'],
    ] as const) {
      ledger.open(runId);
      begin(runId);
      take(runId, 'error', { ename: name, evalue: '', traceback: [] });
      status(runId, 'idle');
    }
    ledger.open('c');
    status('c', 'busy');
    status('c', 'idle');
    assert.deepEqual(kinds('a'), ['begin', 'error', 'error']);
    assert.deepEqual(kinds('b'), ['begin', 'error', 'interrupted']);
    assert.deepEqual(kinds('c'), ['aborted']);
  });

  it('knows runs of other clients by their code, and nothing of silent requests', () => {
    begin('theirs');
    assert.equal(ledger.running, 'theirs');
    status('theirs', 'idle');
    assert.deepEqual(kinds('theirs'), ['begin', 'ok']);
    const silent = `${silentPrefix}1`;
    status(silent, 'busy');
    take(silent, 'stream', { name: 'stdout', text: 'x' });
    status(silent, 'idle');
    status('info request', 'busy');
    status('info request', 'idle');
    take('', 'stream', { name: 'stdout', text: 'x' });
    ledger.flush();
    assert.equal(told.length, 2);
  });

  it('goes on with a run that began before, and ends all when the kernel is lost', () => {
    ledger.open('a');
    ledger.open('b');
    ledger.openRunning('a');
    ledger.take({ gap: 7 });
    status('a', 'idle');
    ledger.loseAll();
    assert.deepEqual(kinds('a'), ['gap', 'ok']);
    assert.deepEqual(kinds('b'), ['lost']);
  });

  it('ends what stays open while the kernel does nothing', () => {
    ledger.open('a');
    ledger.settle(false, 0);
    ledger.settle(true, 1_000);
    ledger.settle(false, 2_000);
    ledger.settle(false, 4_000);
    assert.deepEqual(ledger.openRuns, ['a']);
    ledger.settle(false, 5_000);
    assert.deepEqual(kinds('a'), ['aborted']);
    ledger.open('b');
    begin('b');
    ledger.settle(false, 6_000);
    ledger.settle(false, 9_000);
    assert.deepEqual(kinds('b'), ['begin', 'lost']);
  });

  it('does not take what waits behind a run that moves on for one that is lost', () => {
    ledger.open('a');
    ledger.open('b');
    ledger.settle(false, 0);
    begin('a');
    ledger.settle(false, 5_000);
    status('a', 'idle');
    ledger.settle(false, 10_000);
    assert.deepEqual(ledger.openRuns, ['b']);
    // A look at the kernel makes it busy for a moment.
    status('kernel info', 'busy');
    status('kernel info', 'idle');
    ledger.settle(false, 15_000);
    assert.deepEqual(ledger.openRuns, []);
  });

  it('tells a flood at once', async () => {
    let calls = 0;
    const counting = new RunLedger((updates) => {
      calls += 1;
      told.push(...updates);
    });
    counting.openRunning('a');
    for (let i = 1; i <= 1_000; i++)
      counting.take({
        message: {
          seq: i,
          type: 'stream',
          parent: 'a',
          content: { name: 'stdout', text: `${i}\n` },
          metadata: {},
        },
      });
    await new Promise(setImmediate);
    assert.deepEqual([calls, told.length], [1, 1]);
  });
});
