import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { isWorkbenchError, type WorkbenchError } from '../../../src/base/errors.ts';
import { isListening, portOwner } from '../../../src/stack/ports.ts';
import { FakeStack } from './fakeStack.ts';

/** A service that listens on a port of the Compose file, whose default is `port`, after a short while. */
const listener = (port: number): string => `
services:
  a:
    command: ['\${MEDALLION_NODE}', -e, 'setTimeout(() => require("net").createServer().listen(+process.env.A_PORT, "127.0.0.1"), 100)']
    environment: { A_PORT: '\${A_PORT:-${port}}' }
    ports: ['127.0.0.1:\${A_PORT:-${port}}:\${A_PORT:-${port}}']
    healthcheck: { test: exit 0, start_period: 20s, start_interval: 50ms }
`;

describe('LocalEngine, ports', function () {
  this.timeout(60_000);
  const stacks: FakeStack[] = [];
  const servers: Server[] = [];
  const make = async (port: number): Promise<FakeStack> => {
    const stack = await FakeStack.make(listener(port));
    stacks.push(stack);
    return stack;
  };
  const listenOn = async (port: number): Promise<number> => {
    const server = createServer().listen(port, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  /** A port with room above it that nobody uses now. */
  const freePort = async (): Promise<number> => {
    const port = await listenOn(0);
    await new Promise((resolve) => servers.pop()!.close(resolve));
    return port;
  };
  const portOf = async (stack: FakeStack): Promise<number> => (await stack.engine().status())[0]!.ports[0]!;
  const failure = async (work: Promise<unknown>): Promise<WorkbenchError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(isWorkbenchError(error), String(error));
    return error;
  };

  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    for (const stack of stacks.splice(0)) await stack.remove();
  });

  it('takes the default, keeps it, and moves on when somebody else has taken it', async () => {
    const port = await freePort();
    const stack = await make(port);
    await stack.engine().up();
    assert.equal(await portOf(stack), port);
    assert.ok(await isListening('127.0.0.1', port));
    assert.equal((await portOwner(port))!.pid, await stack.pid('a'));
    const pid = await stack.pid('a');
    await stack.engine().up();
    assert.equal(await stack.pid('a'), pid);
    await stack.engine().down();

    await listenOn(port);
    await stack.engine().up({ onEvent: stack.onEvent });
    const moved = await portOf(stack);
    assert.ok(moved > port);
    assert.ok(
      stack.events.some(({ step, detail }) => step === 'note' && detail!.includes(`A_PORT is ${moved}`)),
    );
    servers.splice(0).forEach((server) => server.close());
    await stack.engine().up();
    assert.equal(await portOf(stack), moved, 'a running stack keeps its ports');
  });

  it('names the owner of a taken port that the user set', async () => {
    const port = await listenOn(0);
    const stack = await make(1);
    const error = await failure(stack.engine({ environment: { ...process.env, A_PORT: String(port) } }).up());
    assert.equal(error.code, 'conflict');
    assert.match(error.message, new RegExp(`A_PORT is ${port}, and .*node.* \\(process ${process.pid}\\)`));
    assert.deepEqual(await stack.survivors(), []);
  });

  it('lets two workspaces that start at the same moment run side by side', async () => {
    const port = await freePort();
    const pair = await Promise.all([make(port), make(port), make(port)]);
    await Promise.all(pair.map((stack) => stack.engine().up()));
    const ports = await Promise.all(pair.map(portOf));
    assert.equal(new Set(ports).size, 3);
    await pair[0].engine().down();
    const states = await Promise.all(pair.map(async (stack) => (await stack.engine().status())[0]!.state));
    assert.deepEqual(states, ['stopped', 'healthy', 'healthy']);
  });

  it('says who took a port between its choice and the start', async () => {
    const port = await freePort();
    const stack = await make(port);
    const steal = `require("net").createServer().listen(${port}, "127.0.0.1", () => require("fs").writeFileSync("up", ""))`;
    await stack.write(
      `${listener(port)}    depends_on: { thief: { condition: service_healthy } }
  thief:
    command: ['\${MEDALLION_NODE}', -e, '${steal}']
    healthcheck: { test: test -f run/thief-1/up, start_period: 20s, start_interval: 50ms }
`,
    );
    const error = await failure(stack.engine().up());
    assert.equal(error.code, 'conflict');
    assert.match(
      error.message,
      new RegExp(`A port of a is ${port}, and .* \\(process ${await stack.pid('thief')}\\)`),
    );
  });

  it('uses what the environment says in other shells only from the next up on', async () => {
    const port = await freePort();
    const stack = await make(port);
    await stack.engine().up();
    const elsewhere = stack.engine({ environment: { ...process.env, A_PORT: '4' } });
    assert.deepEqual((await elsewhere.status())[0]!.ports, [port]);
    // Damaged settings are made anew; the process that still listens keeps its port.
    await writeFile(stack.stateFile('local', 'settings.json'), '{');
    await stack.engine().up();
    assert.equal((await portOf(stack)) >= port, true);
    await rm(stack.stateFile('local', 'settings.json'));
  });
});
