import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { isWorkbenchError, type WorkbenchError } from '../../../src/base/errors.ts';
import { retryUntil } from '../../../src/base/retry.ts';
import { FileLock } from '../../../src/stack/fileLock.ts';
import { sendSignal, systemProcesses } from '../../../src/stack/processes.ts';
import { FakeStack } from './fakeStack.ts';

const check = `{ test: [CMD, test, -f, ready], interval: 200ms, timeout: 5s, retries: 3, start_period: 5s, start_interval: 50ms }`;
// `a` is ready at once, `b` needs a, and leaves a child in its group. Checks run in the workspace's state folder.
const twoServices = `
services:
  a: { command: [sh, -c, 'echo a starts; exec sleep 1000'], healthcheck: { test: exit 0, start_interval: 50ms } }
  b:
    command: [sh, -c, 'sleep 1001 & echo b starts; sleep 1002']
    environment: { COLOR: '\${COLOR:-red}' }
    depends_on: { a: { condition: service_healthy } }
`;

const untilTrue = (what: string, test: () => Promise<boolean>): Promise<true> =>
  retryUntil(async () => ((await test()) ? true : undefined), {
    what,
    timeoutMs: 10_000,
    intervalMs: 20,
    maxIntervalMs: 100,
  });

describe('LocalEngine, the life of processes', function () {
  this.timeout(60_000);
  let stack: FakeStack;
  const others: { pid?: number | undefined }[] = [];
  const make = async (compose: string): Promise<FakeStack> => (stack = await FakeStack.make(compose));
  const failure = async (work: Promise<unknown>): Promise<WorkbenchError> => {
    try {
      await work;
    } catch (error) {
      if (isWorkbenchError(error)) return error;
      throw error;
    }
    throw new Error('It did not fail.');
  };

  afterEach(async () => {
    for (const { pid } of others.splice(0)) if (pid !== undefined) sendSignal(pid, 'SIGKILL');
    await stack.remove();
    assert.deepEqual(await stack.survivors(), []);
  });

  it('starts in the order of dependencies, changes nothing the second time, and stops in reverse', async () => {
    await make(twoServices);
    await stack.engine().up({ onEvent: stack.onEvent });
    assert.deepEqual(stack.steps('waiting', 'starting', 'healthy'), [
      'b waiting',
      'a-1 starting',
      'a-1 healthy',
      'b-1 starting',
      'b-1 healthy',
    ]);
    const before = await stack.records();
    stack.events.length = 0;
    await stack.engine().up({ onEvent: stack.onEvent });
    assert.deepEqual(await stack.records(), before);
    assert.deepEqual(stack.steps('starting', 'unchanged', 'stopping').sort(), [
      'a-1 unchanged',
      'b-1 unchanged',
    ]);

    const status = await stack.engine().status();
    assert.deepEqual(
      status.map(({ service, state, pid }) => [service, state, pid]),
      [
        ['a', 'healthy', await stack.pid('a')],
        ['b', 'running', await stack.pid('b')],
      ],
    );
    stack.events.length = 0;
    await stack.engine().down({ onEvent: stack.onEvent });
    assert.deepEqual(stack.steps('stopping', 'stopped'), [
      'b-1 stopping',
      'b-1 stopped',
      'a-1 stopping',
      'a-1 stopped',
    ]);
    assert.deepEqual(await stack.survivors(), []);
    assert.deepEqual(
      (await stack.engine().status()).map(({ state }) => state),
      ['stopped', 'stopped'],
    );
  });

  it('starts only what died, and says how it ended', async () => {
    await make(twoServices);
    await stack.engine().up();
    const [a, b] = [await stack.pid('a'), await stack.pid('b')];
    sendSignal(b, 'SIGKILL');
    await untilTrue('exited', async () => (await stack.engine().status())[1]!.state === 'exited');
    await stack.engine().up({ onEvent: stack.onEvent });
    assert.equal(await stack.pid('a'), a);
    assert.notEqual(await stack.pid('b'), b);
    assert.match(stack.events.find(({ step }) => step === 'starting')!.detail!, /it had ended/);
    // The child that the dead one left was in its group, and is gone too: one shell and one sleep each for b, one for a.
    await untilTrue('the orphan is gone', async () => (await stack.survivors()).length === 4);
  });

  it('restarts what is defined otherwise now, and says why', async () => {
    await make(twoServices);
    await stack.engine({ environment: { ...process.env, COLOR: 'red' } }).up();
    const [a, b] = [await stack.pid('a'), await stack.pid('b')];
    await stack.engine({ environment: { ...process.env, COLOR: 'blue' } }).up({ onEvent: stack.onEvent });
    assert.equal(await stack.pid('a'), a);
    assert.notEqual(await stack.pid('b'), b);
    assert.equal(stack.events.find(({ step }) => step === 'starting')!.detail, 'COLOR changed');
  });

  it('takes variables from the .env of the workspace, below the environment', async () => {
    await make(
      `services: { a: { command: [sh, -c, 'echo "$$ONE $$TWO $$HIDDEN."; exec sleep 1000'], environment: { ONE:, TWO: '\${TWO}' } } }`,
    );
    await writeFile(`${stack.workspace}/.env`, 'ONE=file\nTWO="a file"\n');
    await stack.engine({ environment: { ...process.env, TWO: 'shell', HIDDEN: 'x' } }).up();
    await untilTrue(
      'log',
      async () => (await readFile(stack.stateFile('logs', 'a-1.log'), 'utf8')) === 'file shell .\n',
    );
  });

  it('ends the wait when a process dies, and quotes its log', async () => {
    await make(`
services:
  a: { command: [sh, -c, 'echo no such table; echo good bye >&2; exit 3'], healthcheck: ${check} }
  b: { command: [sleep, '1000'], depends_on: { a: { condition: service_healthy } } }
`);
    const error = await failure(stack.engine().up());
    assert.equal(error.code, 'failed');
    assert.match(
      error.message,
      /^a ended while it was starting \(exit code 3\)\.[^]*no such table[^]*good bye/,
    );
    assert.deepEqual(error.details.logTail, ['no such table', 'good bye']);
    const [a, b] = await stack.engine().status();
    assert.deepEqual([a!.state, a!.exitCode, b!.state], ['exited', 3, 'stopped']);
  });

  it('ends the wait for a service that never gets healthy', async () => {
    await make(`
services:
  a:
    command: [sh, -c, 'echo still warming up; exec sleep 1000']
    healthcheck: { test: 'echo too cold; exit 1', interval: 100ms, retries: 2, start_period: 500ms, start_interval: 50ms }
`);
    const error = await failure(stack.engine().up());
    assert.equal(error.code, 'timeout');
    assert.match(error.message, /too cold[^]*still warming up/);
    assert.deepEqual(
      (await stack.engine().status()).map(({ state, message }) => [state, message]),
      [['unhealthy', 'too cold']],
    );
  });

  it('names a program that cannot be run', async () => {
    await make(`services: { a: { command: [/no/such/program] } }`);
    const error = await failure(stack.engine().up());
    assert.equal(error.code, 'failed');
    assert.match(error.message, /^a could not be started: .*\/no\/such\/program/);
  });

  it('waits for a dependency that is to finish, and fails with it', async () => {
    const compose = (code: number): string => `
services:
  init: { command: [sh, -c, 'echo made; exit ${code}'] }
  a: { command: [sleep, '1000'], depends_on: { init: { condition: service_completed_successfully } } }
`;
    await make(compose(0));
    await stack.engine().up();
    assert.deepEqual(
      (await stack.engine().status()).map(({ state }) => state),
      ['exited', 'running'],
    );
    await stack.engine().down();
    await stack.write(compose(7));
    const error = await failure(stack.engine().up());
    assert.match(error.message, /^init ended .*\(exit code 7\)/);
  });

  it('leaves nothing behind when it is cancelled, not even a health check', async () => {
    await make(`
services:
  a: { command: [sleep, '1000'] }
  b: { command: [sh, -c, 'sleep 1001 & sleep 1002'], healthcheck: { test: 'sleep 1003 & sleep 1004', timeout: 60s, start_period: 60s } }
`);
    await stack.engine().up({ services: ['a'] });
    const a = await stack.pid('a');
    const cancel = new AbortController();
    const processes = systemProcesses();
    // Children that lead a group: services and health checks.
    const leaders = async (): Promise<number> =>
      (await processes.all()).filter(({ pid, parent, group }) => parent === process.pid && pid === group)
        .length;
    const before = await leaders();
    const up = stack.engine().up({ signal: cancel.signal });
    await untilTrue('b and its check run', async () => (await leaders()) === before + 2);
    cancel.abort();
    assert.equal((await failure(up)).code, 'cancelled');
    assert.deepEqual(await stack.survivors(), [a]);
    assert.equal(await leaders(), before);
    assert.deepEqual(
      (await stack.records()).map(({ service }) => service),
      ['a'],
    );
  });

  it('kills what ignores the signal, after the grace time, with children in other groups', async () => {
    await make(`
services:
  a:
    command: [sh, -c, 'trap "" TERM; setsid sleep 1001 & echo up; while :; do sleep 0.1; done']
    stop_grace_period: 300ms
`);
    await stack.engine().up();
    await untilTrue('two processes', async () => (await stack.survivors()).length >= 2);
    const startedAt = Date.now();
    await stack.engine().down();
    assert.ok(Date.now() - startedAt >= 300);
    assert.deepEqual(await stack.survivors(), []);
  });

  it('never kills a process that only has the same id', async () => {
    await make(twoServices);
    const stranger = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    others.push(stranger);
    await once(stranger, 'spawn');
    await stack.engine().up();
    const file = stack.stateFile('local', 'processes.json');
    const [a, b] = [await stack.pid('a'), await stack.pid('b')];
    const text = await readFile(file, 'utf8');
    // As after a reboot, or after the process died and its id went round.
    await writeFile(file, text.replace(`"pid": ${b}`, `"pid": ${stranger.pid}`));
    sendSignal(-b, 'SIGKILL');
    assert.equal((await stack.engine().status())[1]!.state, 'exited');
    await stack.engine().restart('b');
    await stack.engine().up();
    assert.equal(await stack.pid('a'), a);
    await stack.engine().down();
    assert.equal(stranger.exitCode, null);
    assert.ok(sendSignal(stranger.pid!, 'SIGCONT'));
  });

  for (const [damage, spoil] of [
    ['truncated', async (file: string) => truncate(file, 20)],
    ['empty', async (file: string) => truncate(file, 0)],
    ['of another shape', async (file: string) => writeFile(file, '{"version":9}')],
    ['removed', async (file: string) => rm(file)],
  ] as const) {
    it(`finds its processes again when the table is ${damage}`, async () => {
      await make(twoServices);
      await stack.engine().up();
      const lost = await stack.records();
      await spoil(stack.stateFile('local', 'processes.json'));
      await stack.engine().up({ onEvent: stack.onEvent });
      const now = await stack.records();
      assert.equal(now.length, 2);
      for (const { pid } of lost) assert.ok(!now.some((record) => record.pid === pid));
      await untilTrue('four processes', async () => (await stack.survivors()).length === 4);
      assert.ok(stack.events.some(({ detail }) => detail === 'its record was damaged'));
    });
  }

  it('restarts all replicas of one service, and scales', async () => {
    await make(`
services:
  a: { command: [sh, -c, 'echo "$$A_DIR"; exec sleep 1000'], environment: { A_DIR: '\${A_DIR:-/var/a}' }, deploy: { replicas: 2 } }
  b: { command: [sleep, '1000'] }
`);
    const engine = stack.engine();
    await engine.up();
    const before = await stack.records();
    await engine.restart('a');
    const after = await stack.records();
    for (const { service, replica, pid } of before) {
      const same = after.find((r) => r.service === service && r.replica === replica)!.pid === pid;
      assert.equal(same, service === 'b');
    }
    assert.equal(
      await readFile(stack.stateFile('logs', 'a-2.log'), 'utf8').then((log) => log.trim().split('\n')[0]),
      stack.stateFile('data', 'a', '2'),
    );
    await engine.up({ scale: { a: 1 } });
    assert.equal((await stack.records()).length, 2);
    await engine.up({ scale: { a: 3 } });
    assert.equal((await stack.records()).length, 4);
    assert.equal((await failure(engine.up({ scale: { c: 1 } }))).code, 'invalid');
    assert.equal((await failure(engine.restart('c'))).code, 'invalid');
  });

  it('keeps data on down; removes it with volumes; reset removes logs too and keeps secrets', async () => {
    await make(`
services:
  a: { command: [sh, -c, 'echo x > "$$A_DIR/x"; echo done; exec sleep 1000'], environment: { A_DIR: '\${A_DIR}' }, secrets: [s] }
secrets: { s: { file: '\${MEDALLION_SECRETS:-.}/s' } }
`);
    const data = stack.stateFile('data', 'a', '1', 'x');
    const engine = stack.engine();
    const start = async (): Promise<void> => {
      await engine.up();
      await untilTrue('data', () => Promise.resolve(existsSync(data)));
    };
    await start();
    const secret = await readFile(stack.stateFile('secrets', 's'), 'utf8');
    assert.equal((await stat(stack.stateFile('secrets', 's'))).mode & 0o777, 0o600);
    assert.equal(await readFile(stack.stateFile('.gitignore'), 'utf8'), '*\n');
    await engine.down();
    assert.ok(existsSync(data));
    await engine.down({ volumes: true });
    assert.ok(!existsSync(data));
    assert.ok(existsSync(stack.stateFile('logs', 'a-1.log')));
    await start();
    await engine.reset();
    assert.ok(!existsSync(data) && !existsSync(stack.stateFile('logs', 'a-1.log')));
    assert.equal(await readFile(stack.stateFile('secrets', 's'), 'utf8'), secret);
  });

  it('lets only one operation at a time change the stack, and heals a lock of a dead process', async () => {
    await make(twoServices);
    const holder = await FileLock.tryTake(
      stack.stateFile('local', 'lock'),
      'medallion test',
      systemProcesses(),
    );
    assert.ok(holder instanceof FileLock);
    const up = stack.engine().up({ onEvent: stack.onEvent });
    await untilTrue('it waits', () => Promise.resolve(stack.events.length > 0));
    assert.match(
      stack.events[0]!.detail!,
      new RegExp(`waiting for "medallion test" \\(process ${process.pid}\\)`),
    );
    await holder.release();
    await up;

    const lock = { pid: process.pid, started: 'another boot', what: 'medallion up', token: 'x' };
    await writeFile(stack.stateFile('local', 'lock'), JSON.stringify(lock));
    await Promise.all([stack.engine().up(), stack.engine().up(), stack.engine().up()]);
    assert.equal((await stack.records()).length, 2);
    assert.ok(!existsSync(stack.stateFile('local', 'lock')));

    const cancel = new AbortController();
    const second = await FileLock.tryTake(
      stack.stateFile('local', 'lock'),
      'medallion test',
      systemProcesses(),
    );
    assert.ok(second instanceof FileLock);
    const down = stack.engine().down({ signal: cancel.signal });
    cancel.abort();
    assert.equal((await failure(down)).code, 'cancelled');
    await second.release();
    await untilTrue('all still run', async () => (await stack.survivors()).length === 4);
  });

  it('follows logs through restarts, truncation and rotation, line by line', async () => {
    await make(`services: { a: { command: [sh, -c, 'echo first; echo second; exec sleep 1000'] } }`);
    const engine = stack.engine();
    await engine.up();
    const log = stack.stateFile('logs', 'a-1.log');
    await untilTrue('log', async () => (await readFile(log, 'utf8')).includes('second'));
    const once: string[] = [];
    for await (const { service, replica, line } of engine.logs({ tail: 1 }))
      once.push(`${service}-${replica} ${line}`);
    assert.deepEqual(once, ['a-1 second']);
    const readUnknown = async (): Promise<void> => {
      for await (const { line } of engine.logs({ services: ['c'] })) assert.fail(line);
    };
    assert.equal((await failure(readUnknown())).code, 'invalid');

    const cancel = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { line } of engine.logs({
        services: ['a'],
        tail: 1,
        follow: true,
        signal: cancel.signal,
      }))
        seen.push(line);
    })();
    const saw = (...lines: string[]): Promise<true> =>
      untilTrue(`log line ${lines.join()}`, () => Promise.resolve(seen.join() === lines.join()));
    await saw('second');
    await appendFile(log, 'half a ');
    await appendFile(log, 'line\n');
    await saw('second', 'half a line');
    seen.length = 0;
    await truncate(log, 0);
    await appendFile(log, 'new\n');
    await saw('new');
    // Larger than what a start lets stand.
    const big = 'x'.repeat(11 * 1024 * 1024);
    await appendFile(log, `${big}\n`);
    await engine.restart('a');
    await untilTrue('the new log', () => Promise.resolve(seen.at(-1) === 'second'));
    assert.ok((await stat(log)).size < 1_000 && (await stat(`${log}.1`)).size > 11_000_000);
    assert.deepEqual(seen.slice(-2), ['first', 'second']);
    assert.equal(seen.slice(1, -2).join('').length, big.length);
    cancel.abort();
    await following;
  });

  it('says on Windows what to use instead', async () => {
    await make(twoServices);
    const error = await failure(stack.engine({ platform: 'win32' }).up());
    assert.equal(error.code, 'unsupported');
    assert.match(error.message, /Windows.*Docker.*WSL/);
  });

  it('has no connection before the first up', async () => {
    await make(twoServices);
    assert.equal((await failure(stack.engine().connection())).code, 'not-found');
    await stack.engine().down();
    assert.ok(!existsSync(stack.stateFile()));
  });
});
