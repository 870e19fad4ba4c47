import assert from 'node:assert/strict';
import { sleep } from '../../../src/base/cancellation.ts';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import type { SessionMemory } from '../../../src/session/sessionTypes.ts';
import { JupyterProcess } from '../../support/jupyterServer.ts';
import { SessionClient } from '../../support/sessionClient.ts';
import { TcpProxy } from '../../support/tcpProxy.ts';

const flood = (lines: number, perBatch: number): string =>
  [
    'import sys, time',
    `for i in range(${lines}):`,
    '    print(i)',
    `    if i % ${perBatch} == ${perBatch - 1}: time.sleep(0.01)`,
  ].join('\n');

const numbersTo = (lines: number): string => Array.from({ length: lines }, (_, i) => `${i}\n`).join('');

describe('the session on a Jupyter Server', function () {
  this.timeout(180_000);
  let server: JupyterProcess;
  let proxy: TcpProxy;
  const opened: SessionClient[] = [];

  const open = (memory?: SessionMemory): SessionClient => {
    const client = new SessionClient(proxy.url, server.address.token, { memory });
    opened.push(client);
    return client;
  };

  before(async () => {
    server = await JupyterProcess.open();
    proxy = await TcpProxy.open(server.address.url);
  });
  afterEach(async () => {
    proxy.refuse(false);
    proxy.stall(false);
    await Promise.all(opened.splice(0).map(({ session }) => session.close()));
  });
  after(async () => {
    await proxy.close();
    await server.close();
  });

  it('starts a kernel, and says why there is no Spark', async () => {
    const client = open();
    assert.equal(await client.session.attach(), false);
    assert.equal(client.session.memory(), undefined);
    const messages: string[] = [];
    await client.session.start({ onProgress: (message) => messages.push(message) });
    assert.deepEqual(messages, [
      'Looking for the kernel',
      'Starting Python',
      'Preparing the session',
      'Starting Spark',
    ]);
    assert.deepEqual(client.session.state, { phase: 'idle' });
    const { facts } = client.session;
    assert.match(facts?.sparkError ?? '', /JAVA|Java/);
    assert.ok((facts?.memory?.rssBytes ?? 0) > 1e6);
  });

  it('tells what a run does, in order, with its failure', async () => {
    const client = open();
    await client.ready();
    const events = await client.told(
      'import sys\nprint("out")\nprint("err", file=sys.stderr)\ndisplay({"text/plain": "shown"}, raw=True)\n6 * 7',
    );
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['begin', 'stream', 'stream', 'data', 'data', 'end'],
    );
    assert.deepEqual(events.at(-2), { kind: 'data', bundle: { 'text/plain': '42' }, isResult: true });
    assert.deepEqual(events.at(-1), { kind: 'end', end: 'ok' });

    const failing = client.run('def inner():\n    return 1 / 0\ninner()');
    const behind = client.run('print("never")');
    assert.equal(await failing.ended, 'error');
    assert.equal(await behind.ended, 'aborted');
    const error = client.of(failing.id).find(({ kind }) => kind === 'error');
    assert.ok(error?.kind === 'error');
    assert.deepEqual(
      [error.name, error.failure?.type, error.failure?.file, error.failure?.line],
      ['ZeroDivisionError', 'ZeroDivisionError', `cell://${failing.id}`, 2],
    );
    assert.deepEqual(client.of(behind.id), [{ kind: 'end', end: 'aborted' }]);
  });

  it('loses and doubles nothing of a flood over connections that break, and over a change of clients', async () => {
    const lines = 100_000;
    const first = open();
    await first.ready();
    const { id } = first.run(flood(lines, 500));
    for (const at of [5_000, 20_000, 35_000]) {
      await first.until(`line ${at}`, () => first.text(id).includes(`\n${at}\n`));
      proxy.cut();
    }
    await first.until('line 50,000', () => first.text(id).includes('\n50000\n'));
    assert.ok(first.phases.includes('disconnected'));
    await first.session.close();
    const memory = first.session.memory();
    assert.deepEqual([memory?.openRuns, memory?.running], [[id], id]);

    await sleep(300);
    const second = open(memory);
    assert.equal(await second.session.attach(), true);
    await second.until('the end', () => second.of(id).at(-1)?.kind === 'end');
    assert.equal(first.text(id) + second.text(id), numbersTo(lines));
    assert.deepEqual(second.of(id).at(-1), { kind: 'end', end: 'ok' });
    assert.deepEqual(second.session.state, { phase: 'idle' });
  });

  it('tells all clients of a kernel the same', async () => {
    const [one, other] = [open(), open()];
    await one.ready();
    assert.equal(await other.session.attach(), true);
    const { id, ended } = one.run('x = 1\nprint(x)');
    await ended;
    await other.until('the end', () => other.of(id).length === 3);
    assert.deepEqual(other.of(id), one.of(id));
    assert.ok(other.phases.includes('busy'));
  });

  it('answers questions between cells, and what the kernel refuses with its own sentence', async () => {
    const client = open();
    await client.ready();
    await client.told('asked_for = [1, 2, 3]');
    const { variables } = (await client.session.ask('variables', {})) as { variables: { name: string }[] };
    assert.ok(variables.some(({ name }) => name === 'asked_for'));
    await assert.rejects(client.session.ask('no such question', {}), (error) =>
      isWorkbenchError(error, 'invalid'),
    );
    // A cell that fails takes along what waits behind it: the question is asked again.
    const failing = client.run('import time\ntime.sleep(1)\n1 / 0');
    assert.ok(await client.session.ask('variables', {}));
    assert.equal(await failing.ended, 'error');
  });

  it('stops waiting for an answer when it is told to, or after a time', async () => {
    const client = open();
    await client.ready();
    const busy = client.run('import time\ntime.sleep(3)\nprint("done")');
    const controller = new AbortController();
    const asked = client.session.ask('variables', {}, { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    await assert.rejects(asked, (error) => isWorkbenchError(error, 'cancelled'));
    await assert.rejects(client.session.ask('variables', {}, { timeoutMs: 300 }), (error) =>
      isWorkbenchError(error, 'timeout'),
    );
    // The cell has nothing to do with that.
    assert.equal(await busy.ended, 'ok');
    assert.equal(client.text(busy.id), 'done\n');
  });

  it('stops waiting for a question at once, and never the cell that comes after it', async () => {
    const client = open();
    await client.ready();
    const slow =
      'from medallion_kernel.asks import answers\n@answers("slow")\ndef slow(kernel):\n    import time\n    time.sleep(0.05)';
    await client.told(slow);
    for (const waitMs of [0, 20, 40, 50, 60, 80]) {
      const controller = new AbortController();
      const asked = client.session.ask('slow', {}, { signal: controller.signal }).catch(() => undefined);
      const cell = client.run('import time\ntime.sleep(0.1)');
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      controller.abort();
      await asked;
      assert.equal(await cell.ended, 'ok', `aborted after ${waitMs} ms`);
    }
  });

  it('tells a second window the rest of a cell, and a later one what it missed', async () => {
    const first = open();
    await first.ready();
    const { id } = first.run('import time\nfor i in range(30):\n    print(i)\n    time.sleep(0.1)');
    await first.until('output', () => first.text(id).includes('\n5\n'));
    const second = open();
    assert.equal(await second.session.attach(), true);
    assert.deepEqual(second.session.state, { phase: 'busy', runId: id });
    await first.session.close();
    const memory = first.session.memory();
    await second.until('the end', () => second.of(id).at(-1)?.kind === 'end');
    assert.ok(second.text(id).endsWith('28\n29\n'));
    const third = open(memory);
    assert.equal(await third.session.attach(), true);
    await third.until('the end', () => third.of(id).length > 0);
    assert.equal(first.text(id) + third.text(id), numbersTo(30));
    assert.deepEqual(third.of(id).at(-1), { kind: 'end', end: 'ok' });
    assert.deepEqual(third.session.memory()?.openRuns, []);
  });

  it('takes the interrupt of a question for no fault of the question', async () => {
    const client = open();
    await client.ready();
    const slow =
      'from medallion_kernel.asks import answers\n@answers("endless")\ndef endless(kernel):\n    import time\n    time.sleep(60)';
    await client.told(slow);
    const asked = client.session.ask('endless', {});
    setTimeout(() => void client.session.interrupt(), 1_000);
    await assert.rejects(asked, (error) => isWorkbenchError(error, 'cancelled'));
  });

  it('interrupts a cell; kernel and variables stay', async () => {
    const client = open();
    await client.ready();
    await client.told('kept = "here"');
    const { id, ended } = client.run('import time\nprint("sleeping")\ntime.sleep(600)');
    await client.until('the cell', () => client.text(id) !== '');
    await client.session.interrupt();
    assert.equal(await ended, 'interrupted');
    const events = await client.told('print(kept)');
    assert.ok(events.some((event) => event.kind === 'stream' && event.text === 'here\n'));
  });

  it('notices a connection that fell silent, and goes on', async () => {
    const client = open();
    await client.ready();
    const { id, ended } = client.run('import time\nfor i in range(200):\n    print(i)\n    time.sleep(0.1)');
    await client.until('output', () => client.text(id).includes('\n5\n'));
    proxy.stall(true);
    await client.until('the loss', () => client.session.state.phase === 'disconnected', 30_000);
    proxy.stall(false);
    proxy.cut();
    assert.equal(await ended, 'ok');
    assert.equal(client.text(id), numbersTo(200));
  });

  it('restarts the kernel: nothing of before is left', async () => {
    const client = open();
    await client.ready();
    const before = client.session.facts?.incarnation;
    await client.told('gone = 1');
    const open_ = client.run('import time\ntime.sleep(600)');
    await client.until('the cell', () => client.session.state.phase === 'busy');
    await client.session.restart();
    assert.equal(await open_.ended, 'lost');
    assert.deepEqual(client.session.state, { phase: 'idle' });
    assert.notEqual(client.session.facts?.incarnation, before);
    const events = await client.told('gone');
    assert.ok(events.some((event) => event.kind === 'error' && event.name === 'NameError'));
  });

  it('says that the kernel was killed, and starts another one', async () => {
    const client = open();
    await client.ready();
    const { id, ended } = client.run('import os, time\nprint(os.getpid())\ntime.sleep(600)');
    await client.until('its number', () => client.text(id) !== '');
    process.kill(Number(client.text(id)), 'SIGKILL');
    assert.equal(await ended, 'lost');
    await client.until('the death', () => client.session.state.phase === 'dead');
    const { state } = client.session;
    assert.ok(state.phase === 'dead', JSON.stringify(state));
    assert.match(state.reason, /^The kernel was killed by signal 9 \(SIGKILL\)\. It used/);
    assert.throws(
      () => client.run('1'),
      (error) => isWorkbenchError(error, 'conflict'),
    );
    // Another window finds the bare kernel that the server has started, which is no session.
    const other = open({
      ...client.session.memory()!,
      format: 1,
      kernelId: '',
      incarnation: 'x',
      lastSeq: 1,
      openRuns: ['r'],
    });
    assert.equal(await other.session.attach(), false);
    assert.deepEqual(other.of('r'), [{ kind: 'end', end: 'lost' }]);
    await client.session.start();
    assert.equal(await client.run('1 + 1').ended, 'ok');
  });

  it('is told of a restart and of an end by another client', async () => {
    const [one, other] = [open(), open()];
    await one.ready();
    assert.equal(await other.session.attach(), true);
    await one.session.restart();
    await other.until(
      'the new kernel',
      () => other.session.facts?.incarnation === one.session.facts?.incarnation,
    );
    await other.until('a live session', () => other.session.state.phase === 'idle');
    const { id, ended } = one.run('print("seen")');
    await ended;
    await other.until('its output', () => other.text(id) === 'seen\n');
    await one.session.shutdown();
    assert.deepEqual(one.session.state, { phase: 'none' });
    await other.until('the end', () => other.session.state.phase === 'dead');
  });

  it('takes away a kernel whose start was cancelled', async () => {
    const client = open();
    const controller = new AbortController();
    const started = client.session.start({
      signal: controller.signal,
      onProgress: (message) => {
        if (message === 'Preparing the session') controller.abort();
      },
    });
    await assert.rejects(started, (error) => isWorkbenchError(error, 'cancelled'));
    assert.deepEqual(client.session.state, { phase: 'none' });
    assert.equal(await client.session.attach(), false);
    await client.session.start();
    assert.deepEqual(client.session.state, { phase: 'idle' });
  });

  it('comes back to a server that was away, and notices that another one has taken its place', async () => {
    const client = open();
    await client.ready();
    await client.told('kept = 1');
    proxy.refuse(true);
    await client.until('the loss', () => client.session.state.phase === 'disconnected');
    await sleep(1_000);
    assert.throws(
      () => client.run('1'),
      (error) => isWorkbenchError(error, 'conflict'),
    );
    await assert.rejects(client.session.start(), (error) => isWorkbenchError(error, 'unreachable'));
    assert.equal(client.session.state.phase, 'disconnected');
    proxy.refuse(false);
    await client.until('the connection', () => client.session.state.phase === 'idle');
    assert.ok((await client.told('kept')).some(({ kind }) => kind === 'data'));

    const { ended } = client.run('import time\ntime.sleep(600)');
    await client.until('the cell', () => client.session.state.phase === 'busy');
    await server.kill();
    await client.until('the loss', () => client.session.state.phase === 'disconnected');
    await server.start();
    await client.until('the death', () => client.session.state.phase === 'dead');
    assert.equal(await ended, 'lost');
    await client.session.start();
    assert.equal(await client.run('1').ended, 'ok');
  });

  it('says that nothing is there, and that the token is wrong', async () => {
    const wrong = new SessionClient(proxy.url, 'wrong');
    opened.push(wrong);
    await assert.rejects(wrong.session.start(), (error) => isWorkbenchError(error, 'denied'));
    const nobody = new SessionClient(new URL('http://127.0.0.1:9'), 'token');
    opened.push(nobody);
    await assert.rejects(nobody.session.start(), (error) => isWorkbenchError(error, 'unreachable'));
    assert.deepEqual(nobody.session.state, { phase: 'none' });
  });

  it('never has the token in a URL, a log or a command line', async () => {
    const { token } = server.address;
    const { requests, sent } = proxy;
    assert.ok(
      requests.some((line) => /^GET \/api\/kernels\/[^/]+\/channels\?session_id=\S+ HTTP/.test(line)),
    );
    assert.ok(requests.some((line) => line.startsWith('POST /api/sessions HTTP')));
    for (const line of requests) assert.ok(!line.includes(token) && !line.includes('token='), line);
    const places = sent.flatMap((text) => text.split('\r\n')).filter((line) => line.includes(token));
    assert.ok(places.length > 5);
    for (const line of places) assert.match(line, /^authorization: token /i);
    assert.ok(!server.log.includes(token));
    assert.ok(!(await server.commandLine()).includes(token));
  });
});
