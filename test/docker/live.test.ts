import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import Docker from 'dockerode';
import { retryUntil } from '../../src/base/retry.ts';
import { readLogs } from '../../src/stack/docker/live/logs.ts';
import { readStats } from '../../src/stack/docker/live/stats.ts';
import { readStatus } from '../../src/stack/docker/live/status.ts';
import { watchStatus } from '../../src/stack/docker/live/watch.ts';
import type { LogLine, LogsOptions, ServiceStatus } from '../../src/stack/engine.ts';
import { cuttableProxy, type CuttableProxy } from './support/cuttableProxy.ts';
import { startLabelled } from './support/labelled.ts';
import { useMachine } from './support/machine.ts';
import { startOwnEngine } from './support/ownEngine.ts';

const sleeps = 'exec sleep 1000';
/** Counts on output and errors in turns, about 2,000 lines a second. */
const counts =
  'i=0; while :; do i=$((i+1)); if [ $((i%2)) = 0 ]; then echo $i; else echo $i >&2; fi; [ $((i%20)) = 0 ] && sleep 0.01; done';

/** What is iterated, in the background; `until` waits for something in it. */
class Collector<T> {
  readonly items: T[] = [];
  readonly end: Promise<unknown>;

  constructor(source: AsyncIterable<T>) {
    this.end = (async () => {
      for await (const item of source) this.items.push(item);
    })().catch((error: unknown) => error);
  }

  until(what: string, condition: (items: readonly T[]) => boolean, timeoutMs = 20_000): Promise<true> {
    return retryUntil(() => Promise.resolve(condition(this.items) || undefined), {
      what,
      timeoutMs,
      intervalMs: 20,
      maxIntervalMs: 50,
    });
  }
}

describe('a running project', function () {
  this.timeout(60_000);
  const machine = useMachine();
  let project: string;
  let stop: AbortController;

  beforeEach(() => {
    project = machine.project();
    stop = new AbortController();
    machine.cleanUp(() => stop.abort());
  });

  async function proxied(): Promise<{ proxy: CuttableProxy; docker: Docker }> {
    const proxy = await cuttableProxy();
    machine.cleanUp(() => proxy.close());
    return { proxy, docker: new Docker({ socketPath: proxy.socketPath }) };
  }

  async function allLines(options: LogsOptions = {}): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for await (const line of readLogs(machine.docker, { projectName: project }, options)) lines.push(line);
    return lines;
  }

  /** Every number of `counts`, once and in order. The engine reads output and errors each at its own pace. */
  function isWhole(lines: readonly LogLine[]): void {
    for (const first of [1, 2]) {
      const numbers = lines.map(({ line }) => Number(line)).filter((n) => n % 2 === first % 2);
      const wrong = numbers.findIndex((n, index) => n !== first + 2 * index);
      assert.equal(wrong, -1, `after ${numbers[wrong - 1]} came ${numbers[wrong]}`);
    }
  }

  /** The lines up to the second start of `counts`: of output and of errors each up to where they begin anew. */
  function firstRun(lines: readonly LogLine[]): LogLine[] {
    const isFirst = ({ line }: LogLine): boolean => line === '1' || line === '2';
    const [, , ...later] = lines.filter(isFirst);
    const ends = new Map(later.map((line) => [Number(line.line) % 2, lines.indexOf(line)]));
    return lines.filter(({ line }, index) => index < (ends.get(Number(line) % 2) ?? Infinity));
  }

  describe('has a status', () => {
    it('with one row per replica, and one for what does not run', async () => {
      const check = { Test: ['CMD-SHELL', 'echo not yet; false'], Interval: 5e8, Retries: 1 };
      const ports = {
        HostConfig: { NetworkMode: 'bridge', PublishAllPorts: true },
        ExposedPorts: { '80/tcp': {} },
      };
      await Promise.all([
        startLabelled(machine.docker, project, { service: 'web', script: sleeps, replica: 2 }),
        startLabelled(machine.docker, project, { service: 'web', script: sleeps, more: ports }),
        startLabelled(machine.docker, project, {
          service: 'sick',
          script: sleeps,
          more: { Healthcheck: check },
        }),
        startLabelled(machine.docker, project, { service: 'done', script: 'exit 3' }),
        startLabelled(machine.docker, project, { service: 'orphan', script: sleeps }),
      ]);
      const services = [
        { name: 'done' },
        { name: 'missing', profiles: ['more'] },
        { name: 'web' },
        { name: 'sick' },
      ];
      const read = (some?: string[]): Promise<ServiceStatus[]> =>
        readStatus(machine.docker, { projectName: project, services }, { services: some });
      const rows = await retryUntil(
        async () => {
          const now = await read();
          return now.some(({ state }) => state === 'unhealthy') && now[0]?.state === 'exited'
            ? now
            : undefined;
        },
        { what: 'The state', timeoutMs: 20_000 },
      );
      assert.deepEqual(
        rows.map(({ service, replica, state }) => `${service} ${replica} ${state}`),
        [
          'done 1 exited',
          'missing 1 stopped',
          'web 1 running',
          'web 2 running',
          'sick 1 unhealthy',
          'orphan 1 running',
        ],
      );
      assert.equal(rows[0]!.exitCode, 3);
      assert.deepEqual(rows[1]!.profiles, ['more']);
      assert.equal(rows[2]!.ports.length, 1);
      assert.ok(Math.abs(Date.now() - rows[2]!.since!.getTime()) < 60_000);
      assert.equal(rows[4]!.message, 'not yet');
      assert.deepEqual(
        (await read(['web'])).map(({ replica }) => replica),
        [1, 2],
      );
    });

    it('that is told again after each change, and not asked for in between', async () => {
      const { proxy, docker } = await proxied();
      const services = [{ name: 'one' }];
      const watched = new Collector(
        watchStatus(docker, { projectName: project, services }, { signal: stop.signal }),
      );
      const state = (): string | undefined => watched.items.at(-1)?.[0]?.state;
      await watched.until('The first status', () => state() === 'stopped');
      const check = { Test: ['CMD-SHELL', 'test -f /ok'], Interval: 2e8, Retries: 1 };
      const more = { Healthcheck: check };
      const container = await startLabelled(machine.docker, project, {
        service: 'one',
        script: `sleep 1; touch /ok; ${sleeps}`,
        more,
      });
      await watched.until('unhealthy', (items) => items.some(([row]) => row?.state === 'unhealthy'));
      await watched.until('healthy', () => state() === 'healthy');
      const before = proxy.received();
      await sleep(1_500);
      assert.equal(proxy.received(), before);
      await container.kill();
      await watched.until('the end', () => state() === 'exited');
      assert.equal(watched.items.at(-1)?.[0]?.exitCode, 137);
      await container.remove();
      await watched.until('nothing', () => watched.items.at(-1)?.[0]?.container === undefined);
      stop.abort();
      assert.equal(await watched.end, undefined);
      await retryUntil(() => Promise.resolve(proxy.open() === 0 || undefined), {
        what: 'The end',
        timeoutMs: 15_000,
      });
    });

    it('that is read again after a cut, and ends with an error without an engine', async () => {
      const { proxy, docker } = await proxied();
      const options = { projectName: project, services: [{ name: 'one' }], giveUpAfterMs: 1_500 };
      const watched = new Collector(watchStatus(docker, options, { signal: stop.signal }));
      await watched.until('The first status', (items) => items.length === 1);
      await proxy.cut();
      await startLabelled(machine.docker, project, { service: 'one', script: sleeps });
      await proxy.restore();
      await watched.until('the change', (items) => items.at(-1)?.[0]?.state === 'running');
      await proxy.cut();
      const cutAt = Date.now();
      const error = await watched.end;
      assert.equal((error as { code?: string }).code, 'unreachable');
      assert.match(String(error), /went away/);
      assert.ok(Date.now() - cutAt < 5_000);
    });
  });

  describe('has logs', () => {
    it('of one and of all, in the order of time, with long and unfinished lines', async () => {
      const script = (name: string): string =>
        `echo ${name} 1; sleep 0.3; echo ${name} 2 >&2; sleep 0.3; head -c 40000 /dev/zero | tr '\\0' x; echo; printf 'no end'`;
      const made = await Promise.all([
        startLabelled(machine.docker, project, { service: 'a', script: script('a') }),
        startLabelled(machine.docker, project, { service: 't', script: script('t'), tty: true }),
      ]);
      await Promise.all(made.map((container) => container.wait()));
      const lines = await allLines();
      for (const name of ['a', 't']) {
        const own = lines.filter(({ service }) => service === name).map(({ line }) => line);
        assert.deepEqual(own, [`${name} 1`, `${name} 2`, 'x'.repeat(40_000), 'no end']);
      }
      const times = lines.map(({ time }) => time!.getTime());
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
      assert.deepEqual(
        (await allLines({ services: ['t'], tail: 1 })).map(({ service, line }) => `${service} ${line}`),
        ['t no end'],
      );
    });

    it('that are followed through a restart and into new containers', async () => {
      const script = `echo hello; ${sleeps}`;
      const first = await startLabelled(machine.docker, project, { service: 'a', script });
      await retryUntil(async () => ((await allLines()).length === 1 ? true : undefined), {
        what: 'The first line',
        timeoutMs: 10_000,
      });
      const options = { follow: true, tail: 0, signal: stop.signal };
      const followed = new Collector(readLogs(machine.docker, { projectName: project }, options));
      await sleep(500);
      assert.equal(followed.items.length, 0);
      await first.restart({ t: 0 });
      await followed.until('a line of the restarted one', (items) => items.length === 1);
      await startLabelled(machine.docker, project, { service: 'b', script, tty: true });
      await followed.until('a line of the new one', (items) => items.length === 2);
      await first.restart({ t: 0 });
      await followed.until('another line', (items) => items.length === 3);
      await first.remove({ force: true });
      await startLabelled(machine.docker, project, { service: 'a', script });
      await followed.until('a line of the one in its place', (items) => items.length === 4);
      await sleep(200);
      assert.deepEqual(
        followed.items.map(({ service, line }) => `${service} ${line}`),
        ['a hello', 'b hello', 'a hello', 'a hello'],
      );
      stop.abort();
      assert.equal(await followed.end, undefined);
    });

    it('of which none is lost or doubled where the connection is cut', async () => {
      const { proxy, docker } = await proxied();
      await startLabelled(machine.docker, project, { service: 'a', script: counts });
      await startLabelled(machine.docker, project, { service: 't', script: counts, tty: true });
      const options = { follow: true, signal: stop.signal };
      const followed = new Collector(readLogs(docker, { projectName: project }, options));
      for (let cuts = 0; cuts < 4; cuts += 1) {
        const before = followed.items.length;
        await followed.until('more lines', (items) => items.length > before + 1_000);
        await proxy.cut();
        await sleep(50);
        await proxy.restore();
      }
      stop.abort();
      assert.equal(await followed.end, undefined);
      for (const name of ['a', 't']) isWhole(followed.items.filter(({ service }) => service === name));
    });

    it('that end with an error where the engine stays away, and at once where nobody reads on', async () => {
      const { proxy, docker } = await proxied();
      await startLabelled(machine.docker, project, { service: 'a', script: counts });
      for await (const { line } of readLogs(docker, { projectName: project }, { follow: true })) {
        if (Number(line) > 100) break;
      }
      await retryUntil(() => Promise.resolve(proxy.open() === 0 || undefined), {
        what: 'The end',
        timeoutMs: 15_000,
      });
      const followed = new Collector(
        readLogs(docker, { projectName: project, giveUpAfterMs: 1_000 }, { follow: true, tail: 1 }),
      );
      await followed.until('lines', (items) => items.length > 100);
      await proxy.cut();
      const error = await followed.end;
      assert.equal((error as { code?: string }).code, 'unreachable');
      assert.match(String(error), /Docker engine went away/);
    });

    it('of a service whose driver keeps none are left out, or refused where only they are asked for', async () => {
      const more = { HostConfig: { LogConfig: { Type: 'none', Config: {} } } };
      await startLabelled(machine.docker, project, { service: 'mute', script: `echo x; ${sleeps}`, more });
      const done = await startLabelled(machine.docker, project, { service: 'a', script: 'echo y' });
      await done.wait();
      assert.deepEqual(
        (await allLines()).map(({ line }) => line),
        ['y'],
      );
      await assert.rejects(allLines({ services: ['mute'] }), { code: 'unsupported', message: /log of mute/ });
    });
  });

  it('has samples only while somebody looks, also of what starts later', async () => {
    const { proxy, docker } = await proxied();
    const busy = 'while :; do :; done';
    const limited = { HostConfig: { Memory: 64 * 1024 * 1024 } };
    await startLabelled(machine.docker, project, { service: 'busy', script: busy, more: limited });
    const samples = new Collector(readStats(docker, { projectName: project }, { signal: stop.signal }));
    const of = (name: string) => samples.items.filter(({ service }) => service === name);
    await samples.until('samples', () => of('busy').length >= 2);
    const networked = { HostConfig: { NetworkMode: 'bridge' } };
    const later = await startLabelled(machine.docker, project, {
      service: 'later',
      script: sleeps,
      more: networked,
    });
    await samples.until('samples of the later one', () => of('later').length >= 1);
    const last = of('busy').at(-1)!;
    assert.ok(last.cpuCores > 0.02 && last.cpuCores < 1.5, `${last.cpuCores} cores`);
    assert.equal(last.memoryLimitBytes, 64 * 1024 * 1024);
    assert.ok(last.memoryBytes > 10_000 && last.memoryBytes < 64 * 1024 * 1024);
    assert.equal(last.networkReceivedBytes, undefined);
    assert.equal(of('later')[0]!.memoryLimitBytes, undefined);
    assert.ok(of('later')[0]!.networkReceivedBytes! >= 0);
    await later.restart({ t: 0 });
    const before = of('later').length;
    await samples.until('samples after a restart', () => of('later').length > before + 1);
    stop.abort();
    assert.equal(await samples.end, undefined);
    await retryUntil(() => Promise.resolve(proxy.open() === 0 || undefined), {
      what: 'The end',
      timeoutMs: 15_000,
    });
  });

  it('goes on over a killed engine, and is told to be lost when that stops for good', async function () {
    this.timeout(120_000);
    const engine = await startOwnEngine();
    machine.cleanUp(() => engine.remove());
    await engine.load();
    const more = { HostConfig: { RestartPolicy: { Name: 'always' } } };
    await startLabelled(engine.docker, project, { service: 'a', script: counts, more });
    const own = { projectName: project, giveUpAfterMs: 20_000 };
    const followed = new Collector(readLogs(engine.docker, own, { follow: true, signal: stop.signal }));
    const status = { ...own, services: [{ name: 'a' }] };
    const watched = new Collector(watchStatus(engine.docker, status, { signal: stop.signal }));
    await followed.until('lines', (items) => items.length > 500);
    await engine.stop('SIGKILL');
    await engine.start();
    // The engine starts the container again, which begins to count anew.
    const starts = (): number[] => followed.items.flatMap(({ line }, index) => (line === '1' ? [index] : []));
    await followed.until(
      'lines of the second start',
      (items) => (starts()[1] ?? Infinity) + 500 < items.length,
    );
    await watched.until('the state', (items) => items.at(-1)?.[0]?.state === 'running');
    isWhole(firstRun(followed.items));
    const shortly = { projectName: project, giveUpAfterMs: 1_000 };
    const other = new Collector(readLogs(engine.docker, shortly, { follow: true, signal: stop.signal }));
    await other.until('lines', (items) => items.length > 500);
    await engine.stop('SIGTERM');
    assert.equal(((await other.end) as { code?: string }).code, 'unreachable');
    stop.abort();
    assert.equal(await followed.end, undefined);
  });
});
