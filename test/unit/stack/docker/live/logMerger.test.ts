import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogLine } from '../../../../../src/stack/engine.ts';
import { LogMerger, type LogSource } from '../../../../../src/stack/docker/live/logMerger.ts';

function lineOf(service: string, at: number): LogLine {
  return { service, replica: 1, line: `${service} ${at}`, time: new Date(at) };
}

/** Gives its batches; counts how many were asked for. */
function source(batches: Iterable<LogLine[]>, openedAt = 0): LogSource & { asked: number } {
  const made = {
    openedAt,
    asked: 0,
    async *batches() {
      for (const batch of batches) {
        made.asked += 1;
        await Promise.resolve();
        yield batch;
      }
    },
  };
  return made;
}

/** How many timers keep the process alive. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
}

async function collect(merger: LogMerger, most = Infinity): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const batch of merger.batches()) {
    lines.push(...batch);
    if (lines.length >= most) break;
  }
  return lines;
}

describe('several logs as one', () => {
  it('are in the order of time, to the end', async () => {
    const merger = new LogMerger(false);
    merger.add(source([[lineOf('a', 1), lineOf('a', 4)], [lineOf('a', 5)]]), true);
    merger.add(source([[lineOf('b', 2)], [lineOf('b', 3), lineOf('b', 6)]]), true);
    merger.add(source([]), true);
    merger.begin();
    assert.deepEqual(
      (await collect(merger)).map(({ line }) => line),
      ['a 1', 'b 2', 'b 3', 'a 4', 'a 5', 'b 6'],
    );
  });

  it('wait for none that has nothing old to say', async () => {
    const merger = new LogMerger(true);
    merger.add(source([[lineOf('a', 1)]], 10), true);
    const silent: LogSource = {
      openedAt: 10,
      // eslint-disable-next-line require-yield -- it says nothing
      async *batches() {
        await sleep(60_000, undefined, { ref: false });
      },
    };
    const before = timers();
    merger.add(silent, true);
    merger.begin();
    assert.deepEqual(
      (await collect(merger, 1)).map(({ line }) => line),
      ['a 1'],
    );
    // It is not looked after any more, however long it stays silent.
    assert.equal(timers(), before);
  });

  it('take turns once they are followed, and read no more than one batch ahead', async () => {
    function* endless(service: string): Iterable<LogLine[]> {
      for (;;) yield Array.from({ length: 1000 }, () => lineOf(service, 20));
    }
    const loud = source(endless('loud'), 10);
    const merger = new LogMerger(true);
    merger.add(loud, true);
    merger.add(source([[lineOf('quiet', 20)]], 10), true);
    merger.begin();
    const lines = await collect(merger, 500);
    assert.ok(lines.findIndex(({ service }) => service === 'quiet') < 200);
    assert.ok(loud.asked <= 2, `${loud.asked} batches were read`);
  });

  it('end with the first fault, and when they are told to', async () => {
    const merger = new LogMerger(true);
    const failing: LogSource = {
      openedAt: 0,
      // eslint-disable-next-line require-yield -- it fails
      async *batches() {
        await Promise.resolve();
        throw new Error('broken');
      },
    };
    merger.add(failing, true);
    merger.begin();
    await assert.rejects(collect(merger), /broken/);
    const other = new LogMerger(true);
    setTimeout(() => other.end(), 5);
    assert.deepEqual(await collect(other), []);
  });
});
