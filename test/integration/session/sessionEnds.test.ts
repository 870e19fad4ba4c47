import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '../../../src/base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../../../src/base/errors.ts';
import { silentLog } from '../../../src/base/log.ts';
import { JupyterServer } from '../../../src/session/jupyterServer.ts';
import { JupyterProcess } from '../../support/jupyterServer.ts';
import { SessionClient, type ClientOptions } from '../../support/sessionClient.ts';
import { TcpProxy } from '../../support/tcpProxy.ts';

describe('ends of a session on a Jupyter Server, and what is none', function () {
  this.timeout(180_000);
  let server: JupyterProcess;
  let proxy: TcpProxy;
  const opened: SessionClient[] = [];
  const homes: string[] = [];

  const open = (options: ClientOptions = {}): SessionClient => {
    const client = new SessionClient(proxy.url, server.address.token, options);
    opened.push(client);
    return client;
  };

  /** A client without a kernel, whose kernels' Java is this shell script. */
  const openWithJava = async (script: string): Promise<SessionClient> => {
    const java = await mkdtemp(join(tmpdir(), 'java-'));
    homes.push(java);
    await mkdir(join(java, 'bin'));
    await writeFile(join(java, 'bin', 'java'), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    const client = open({ java });
    if (await client.session.attach()) await client.session.shutdown();
    return client;
  };

  before(async () => {
    server = await JupyterProcess.open();
    proxy = await TcpProxy.open(server.address.url);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(({ session }) => session.close()));
  });
  after(async () => {
    await proxy.close();
    await server.close();
    await Promise.all(homes.map((home) => rm(home, { recursive: true, force: true })));
  });

  it('says with which exit code a kernel has ended', async () => {
    const client = open();
    await client.ready();
    const { ended } = client.run('import os\nos._exit(3)');
    assert.equal(await ended, 'lost');
    await client.until('the death', () => client.session.state.phase === 'dead');
    const { state } = client.session;
    assert.match(state.phase === 'dead' ? state.reason : '', /^The kernel ended with exit code 3\./);
  });

  it('says that the kernel died while Spark was being started', async () => {
    // The kernel is the leader of the session of all processes that it starts.
    const client = await openWithJava("kill -9 $(cut -d' ' -f6 /proc/$$/stat)\nsleep 60");
    await assert.rejects(client.session.start());
    await client.until('the death', () => client.session.state.phase === 'dead');
    const { state } = client.session;
    assert.match(state.phase === 'dead' ? state.reason : '', /signal 9/);
    await client.session.shutdown();
  });

  it('goes on with a kernel whose connection broke while Spark was being started', async () => {
    const client = await openWithJava('sleep 3; exit 1');
    const started = client.session.start({
      onProgress: (message) => {
        if (message === 'Starting Spark') setTimeout(() => proxy.cut(), 500);
      },
    });
    await assert.rejects(started, (error) => isWorkbenchError(error, 'unreachable'));
    assert.equal(client.session.state.phase, 'disconnected');
    const kernelId = client.session.memory()?.kernelId;
    await client.until('the connection', () => client.session.state.phase === 'idle');
    assert.equal(await client.run('1 + 1').ended, 'ok');
    assert.equal(client.session.facts?.kernelId, kernelId);
    await client.session.shutdown();
  });

  it('goes on with a kernel that could not be shut down', async () => {
    class Stubborn extends JupyterServer {
      isDown = true;
      override async remove(...args: Parameters<JupyterServer['remove']>): Promise<void> {
        if (this.isDown) throw new WorkbenchError('unreachable', 'It is away.');
        await super.remove(...args);
      }
    }
    const stubborn = new Stubborn({ url: proxy.url, token: server.address.token }, { log: silentLog });
    const client = open({ server: stubborn });
    await client.ready();
    await client.told('kept = "here"');
    await assert.rejects(client.session.shutdown(), /away/);
    await client.until('the connection', () => client.session.state.phase === 'idle');
    const events = await client.told('print(kept)');
    assert.ok(events.some((event) => event.kind === 'stream' && event.text === 'here\n'));
    stubborn.isDown = false;
    await client.session.shutdown();
    assert.deepEqual(client.session.state, { phase: 'none' });
  });

  it('is one kernel for two windows that start at once', async () => {
    const [one, other] = [open(), open()];
    if (await one.session.attach()) await one.session.shutdown();
    // Without Java one may find the error of the other's Spark.
    await Promise.allSettled([one.session.start(), other.session.start()]);
    assert.equal(one.session.facts?.kernelId, other.session.facts?.kernelId);
    const answer = await fetch(new URL('/api/kernels', server.address.url), {
      headers: { authorization: `token ${server.address.token}` },
    });
    assert.equal(((await answer.json()) as unknown[]).length, 1);
    const { id, ended } = one.run('print("both")');
    await ended;
    await other.until('its output', () => other.text(id) === 'both\n');
  });

  it('waits for a run behind a task that blocks the kernel, which is at no request then', async () => {
    const client = open();
    await client.ready();
    await client.told(
      [
        'import asyncio, time',
        'async def block():',
        '    await asyncio.sleep(0.5)',
        '    time.sleep(20)',
        'blocking = asyncio.get_running_loop().create_task(block())',
      ].join('\n'),
    );
    await sleep(1_500);
    const { id, ended } = client.run('print("done")');
    assert.equal(await ended, 'ok');
    assert.equal(client.text(id), 'done\n');
  });
});
