import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { retryUntil } from '../../../src/base/retry.ts';
import { sleep } from '../../../src/base/cancellation.ts';
import type { PlannedStep, ServiceStats, ServiceStatus, UpOptions } from '../../../src/stack/engine.ts';
import type { LocalEngine } from '../../../src/stack/local/localEngine.ts';
import { PsProcesses, sendSignal } from '../../../src/stack/processes.ts';
import { FakeStack } from './fakeStack.ts';

const compose = `
services:
  a:
    command: [sh, -c, 'echo x > "$$A_DIR/x"; exec sleep 1000']
    environment: { A_DIR: '\${A_DIR:-/var/a}', COLOR: '\${COLOR:-red}' }
    volumes: ['store:\${A_DIR:-/var/a}']
  b: { command: [sleep, '1000'], deploy: { replicas: 2 }, depends_on: [a] }
  c: { command: [sleep, '1000'], profiles: [extra], volumes: ['other:\${C_DIR:-/var/c}'], environment: { C_DIR: '\${C_DIR:-/var/c}' } }
volumes: { store: , other: }
`;

describe('LocalEngine, what it tells', function () {
  this.timeout(60_000);
  let stack: FakeStack;
  let engine: LocalEngine;

  beforeEach(async () => {
    stack = await FakeStack.make(compose);
    engine = stack.engine();
  });
  afterEach(async () => {
    await stack.remove();
    assert.deepEqual(await stack.survivors(), []);
  });

  const isInvalid = (error: unknown): boolean => isWorkbenchError(error, 'invalid');
  const text = ({ action, name, reason }: PlannedStep): string =>
    `${action} ${name}${reason === undefined ? '' : `: ${reason}`}`;
  const planned = async (options?: UpOptions, from = engine): Promise<string[]> =>
    (await from.plan(options)).map(text);

  describe('plan', () => {
    it('lists what the first up would start, and writes nothing', async () => {
      assert.deepEqual(await planned(), ['create store', 'start a', 'start b-1', 'start b-2']);
      assert.deepEqual(await planned({ profiles: ['extra'], scale: { b: 1 } }), [
        'create store',
        'create other',
        'start a',
        'start b',
        'start c',
      ]);
      assert.deepEqual(await readdir(stack.workspace), []);
      await assert.rejects(planned({ services: ['d'] }), isInvalid);
    });

    it('agrees with what up then does', async () => {
      await engine.up();
      assert.deepEqual(await planned(), ['leave store', 'leave a', 'leave b-1', 'leave b-2']);
      sendSignal(await stack.pid('b', 2), 'SIGKILL');
      await retryUntil(async () => ((await stack.survivors()).length === 2 ? true : undefined), {
        what: 'the end of b-2',
        timeoutMs: 10_000,
      });
      const blue = stack.engine({ environment: { ...process.env, COLOR: 'blue' } });
      assert.deepEqual(await planned({}, blue), [
        'leave store',
        'recreate a: COLOR changed',
        'leave b-1',
        'start b-2: it had ended',
      ]);
      assert.deepEqual(await planned({ scale: { b: 1 } }), [
        'leave store',
        'stop b-2: one replica is enough',
        'leave a',
        'leave b',
      ]);
      const before = await stack.records();
      await blue.up({ onEvent: stack.onEvent });
      assert.deepEqual(stack.steps('starting').sort(), ['a-1 starting', 'b-2 starting']);
      assert.notDeepEqual(await stack.records(), before);
      assert.deepEqual(await planned({}, blue), ['leave store', 'leave a', 'leave b-1', 'leave b-2']);
    });

    it('knows the processes of a lost table, and does not touch it', async () => {
      await engine.up();
      const table = stack.stateFile('local', 'processes.json');
      await rm(table);
      assert.deepEqual(await planned(), [
        'leave store',
        'recreate a: its record was damaged',
        'recreate b-1: its record was damaged',
        'recreate b-2: its record was damaged',
      ]);
      assert.ok(!existsSync(table));
      await engine.up();
    });

    it('does not install the programs, and says that up would', async () => {
      const runtime = (): Promise<never> => Promise.reject(new Error('installs'));
      const fresh = stack.engine({ runtime, installedRuntime: () => Promise.resolve(undefined) });
      assert.equal((await planned({}, fresh))[0], 'pull runtime: it is not installed yet');
      assert.equal((await planned({}, stack.engine({ runtime })))[0], 'create store');
    });
  });

  describe('watch', () => {
    const states = (rows: ServiceStatus[]): string =>
      rows.map(({ service, state }) => `${service} ${state}`).join(', ');

    it('tells the state and then each change, until it is aborted', async () => {
      const cancel = new AbortController();
      const seen: string[] = [];
      const watching = (async () => {
        for await (const rows of engine.watch({ services: ['b'], signal: cancel.signal })) {
          seen.push(states(rows));
          if (seen.length === 1) await engine.up();
          else if (seen.length === 2) sendSignal(await stack.pid('b', 2), 'SIGKILL');
          else if (seen.length === 3) await engine.down();
          else cancel.abort();
        }
      })();
      await watching;
      assert.deepEqual(seen, ['b stopped', 'b running, b running', 'b running, b exited', 'b stopped']);
    });

    it('asks a healthy service rarely, and waits for no check that hangs', async () => {
      await stack.write(`
services:
  a: { command: [sleep, '1000'], healthcheck: { test: 'echo x >> checks; test ! -e sick', interval: 60s, start_interval: 50ms } }
  b: { command: [sleep, '1000'], healthcheck: { test: 'test ! -e hang || sleep 1000', timeout: 60s, start_interval: 50ms } }
`);
      await engine.up();
      await writeFile(stack.stateFile('hang'), '');
      const checks = (): Promise<string> => readFile(stack.stateFile('checks'), 'utf8');
      const { length } = await checks();
      const seen: string[] = [];
      const startedAt = Date.now();
      for await (const rows of engine.watch({ signal: AbortSignal.timeout(4_000) })) seen.push(states(rows));
      assert.deepEqual(seen, ['a healthy, b unhealthy']);
      assert.equal((await checks()).length, length + 2);
      assert.ok(Date.now() - startedAt < 8_000);
    });

    it("ends with the file's error", async () => {
      const watching = (async () => {
        for await (const rows of engine.watch()) {
          assert.equal(rows.length, 3);
          await stack.write('services: [');
        }
      })();
      await assert.rejects(watching, isInvalid);
      await stack.write(compose);
    });
  });

  describe('stats', () => {
    const sample = async (from: LocalEngine, count: number, services?: string[]): Promise<ServiceStats[]> => {
      const found: ServiceStats[] = [];
      const cancel = new AbortController();
      for await (const stats of from.stats({
        services,
        signal: AbortSignal.any([cancel.signal, AbortSignal.timeout(20_000)]),
      })) {
        found.push(stats);
        if (found.length === count) cancel.abort();
      }
      return found;
    };

    it('measures a replica with its children, and sees new ones', async () => {
      // The child of the shell keeps one core busy, in a group of its own.
      await stack.write(`
services:
  a: { command: [sh, -c, 'setsid sh -c "while :; do :; done" & exec sleep 1000'], stop_grace_period: 100ms }
  b: { command: [sleep, '1000'] }
`);
      for (const processes of [undefined, new PsProcesses()]) {
        const from = stack.engine(processes ? { processes } : {});
        await from.up();
        // What one implementation started, the other would not know again.
        try {
          const found = await sample(from, 4);
          // In the order in which they were started, which were started at once.
          const names = found.map(({ service, replica }) => `${service}-${replica}`);
          for (const two of [names.slice(0, 2), names.slice(2)]) assert.deepEqual(two.sort(), ['a-1', 'b-1']);
          const [a, b] = ['a', 'b'].map((name) => found.findLast(({ service }) => service === name));
          // `ps` counts whole seconds.
          assert.ok(a!.cpuCores > (processes ? -1 : 0.02) && a!.cpuCores < 2, `${a!.cpuCores} cores`);
          assert.ok(b!.cpuCores < 0.02);
          for (const { memoryBytes } of found)
            assert.ok(memoryBytes > 100_000 && memoryBytes < 50_000_000, `${memoryBytes} bytes`);
        } finally {
          await from.down();
        }
      }
    });

    it('is silent while nothing runs, and ends when it is told to', async () => {
      const cancel = new AbortController();
      const sampling = (async () => {
        for await (const { service } of engine.stats({ services: ['b'], signal: cancel.signal }))
          if (service === 'b') cancel.abort();
      })();
      await sleep(100);
      await engine.up();
      await sampling;
      await assert.rejects(sample(engine, 1, ['d']), isInvalid);
    });
  });

  describe('down with volumes', () => {
    const data = (name: string): boolean => existsSync(stack.stateFile('data', name));

    it('removes the named ones only', async () => {
      await engine.up({ profiles: ['extra'] });
      await engine.down({ volumes: ['store'] });
      assert.deepEqual([data('a'), data('c')], [false, true]);
      await engine.down({ volumes: [] });
      assert.ok(data('c'));
      await engine.down({ volumes: true });
      assert.ok(!data('c'));
    });

    it('touches nothing for a name that it does not know, or that is still in use', async () => {
      await engine.up({ profiles: ['extra'] });
      await assert.rejects(engine.down({ volumes: ['store', 'nothing'] }), {
        code: 'invalid',
        message: /no volume nothing\. Volumes: store, other/,
      });
      await assert.rejects(engine.down({ services: ['b'], volumes: ['store'] }), {
        code: 'conflict',
        message: /store is in use by a/,
      });
      await assert.rejects(engine.down({ services: ['a'], volumes: true }), isInvalid);
      assert.equal((await stack.records()).length, 4);
      await engine.down({ services: ['c'], volumes: ['other'] });
      assert.deepEqual([data('a'), data('c')], [true, false]);
    });

    it('knows the workspace by another name, too', async () => {
      await engine.up({ profiles: ['extra'] });
      const link = join(stack.base, 'link');
      await symlink(stack.workspace, link);
      await stack.engine({ workspace: link }).down({ volumes: ['other'] });
      assert.deepEqual([data('a'), data('c')], [true, false]);
    });

    it('never removes a folder that the user chose', async () => {
      const chosen = stack.engine({ environment: { ...process.env, A_DIR: stack.base } });
      await chosen.up();
      await assert.rejects(chosen.down({ volumes: ['store'] }), {
        code: 'invalid',
        message: /a folder that you chose/,
      });
      assert.equal((await stack.records()).length, 3);
    });
  });
});
