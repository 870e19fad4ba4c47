import assert from 'node:assert/strict';
import { join } from 'node:path';
import { retryUntil } from '../../src/base/retry.ts';
import { startMedallion, type Running } from '../support/medallion.ts';
import { baseImage, uniqueProject, useMachine } from './support/machine.ts';
import { startOwnEngine, type OwnEngine } from './support/ownEngine.ts';

const service = `image: ${baseImage}
    init: true
    network_mode: none`;
const file = `
services:
  chatty:
    ${service}
    command: [sh, -c, 'i=0; while :; do i=$$((i+1)); echo line $$i; sleep 0.1; done']
  slow:
    ${service}
    command: [sh, -c, 'sleep 5; touch /ready; exec sleep 1000000']
    healthcheck: { test: [CMD, test, -f, /ready], interval: 500ms, start_period: 60s, start_interval: 500ms }
  last:
    ${service}
    command: [sleep, '1000000']
    depends_on: { slow: { condition: service_healthy } }
`;

describe('an engine that is stopped under us', function () {
  this.timeout(180_000);
  const machine = useMachine();
  let engine: OwnEngine;
  before(async () => {
    engine = await startOwnEngine();
    await engine.load();
  });
  after(() => engine.remove());

  // A followed log waits half a minute for the engine to come back: once is enough.
  for (const [signal, what] of [
    ['SIGKILL', '`up` and a followed log'],
    ['SIGTERM', '`up`'],
  ] as const) {
    it(`ends ${what} with a clear error after ${signal}, and the next \`up\` goes on`, async () => {
      const folder = await machine.folder({ 'compose.yaml': file });
      const project = uniqueProject();
      const medallion = (...args: string[]): Running =>
        startMedallion(args, { env: { MEDALLION_WORKSPACE: folder, DOCKER_HOST: engine.host } });
      const upArgs = ['up', '--engine', 'docker', '-f', join(folder, 'compose.yaml'), '-p', project];
      const running = async (): Promise<string[]> => {
        const filters = { label: [`com.docker.compose.project=${project}`] };
        const found = await engine.docker.listContainers({ filters });
        return found.map(({ Labels }) => Labels['com.docker.compose.service']!).sort();
      };

      const up = medallion(...upArgs);
      await retryUntil(async () => ((await running()).join() === 'chatty,slow' ? true : undefined), {
        what: 'The first two services',
        timeoutMs: 30_000,
      });
      const logs = signal === 'SIGKILL' ? medallion('logs', '--follow', 'chatty') : undefined;
      await logs?.shows(/line \d/);
      const stoppedAt = performance.now();
      await engine.stop(signal);
      const [upEnded, logsEnded] = await Promise.all([up.ended, logs?.ended]);
      const tookSeconds = (performance.now() - stoppedAt) / 1000;

      assert.ok(tookSeconds < 60, `they ended only after ${tookSeconds} s`);
      assert.notEqual(upEnded.code, 0, upEnded.stderr);
      assert.match(upEnded.stderr, /Docker (engine|socket)|slow\S* (ended|was stopped)/i);
      // Sentences for a person, no stack of calls.
      assert.doesNotMatch(upEnded.stderr, /^\s+at .*:\d+:\d+/m);
      if (logsEnded) {
        assert.equal(logsEnded.code, 4, logsEnded.stderr);
        assert.match(logsEnded.stderr, /Docker (engine|socket)/i);
        assert.doesNotMatch(logsEnded.stderr, /^\s+at .*:\d+:\d+/m);
      }

      await engine.start();
      const again = await medallion(...upArgs).ended;
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(await running(), ['chatty', 'last', 'slow']);
      const down = await medallion('down').ended;
      assert.equal(down.code, 0, down.stderr);
      assert.deepEqual(await running(), []);
    });
  }
});
