import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import type { ServiceStatus } from '../../src/stack/engine.ts';
import { findInstallDir, Workbench } from '../../src/workbench.ts';
import { liveStack } from '../support/liveStack.ts';
import { medallion, succeeds } from '../support/medallion.ts';
import { assertBronzeHoldsEachRowOnce, assertVerified, interruptedRun } from '../support/retail.ts';
import { composeSucceeds, openDocker, removeProject, tempDir } from './support/machine.ts';

const installDir = findInstallDir(import.meta.dirname);

describe('the main job in containers', function () {
  this.timeout(600_000);
  const docker = openDocker();
  const before_ = process.env.MEDALLION_TEST_STACK;
  let workspace: string;
  let project: string | undefined;

  /** Service and replica -> container, of those that run. */
  const containers = async (): Promise<Record<string, string>> => {
    const { services } = JSON.parse(await succeeds('status', '--json')) as { services: ServiceStatus[] };
    const running = services.filter(({ container }) => container !== undefined);
    return Object.fromEntries(
      running.map(({ service, replica, container }) => [`${service}-${replica}`, container!]),
    );
  };
  const kill = async (...names: string[]): Promise<void> => {
    const running = await containers();
    await Promise.all(
      names.map((name) => {
        assert.ok(running[name], `${name} does not run`);
        return docker.getContainer(running[name]).kill();
      }),
    );
  };
  const compose = (...args: string[]): Promise<string> =>
    composeSucceeds([
      ...['--env-file', join(workspace, '.medallion', 'docker', 'compose.env')],
      ...['-f', join(installDir, 'stack', 'compose.yaml')],
      ...args,
    ]);

  before(async () => {
    workspace = await tempDir();
    // Where the suites' shared support looks for the stack.
    process.env.MEDALLION_TEST_STACK = join(workspace, 'connection.json');
  });
  after(async () => {
    await medallion('down', '--volumes', '--yes');
    if (project !== undefined) await removeProject(project, docker);
    if (before_ === undefined) delete process.env.MEDALLION_TEST_STACK;
    else process.env.MEDALLION_TEST_STACK = before_;
    await rm(workspace, { recursive: true, force: true });
  });

  it('does all of `npm start` on a machine with an engine: builds, starts, runs the pipeline, and gold equals the source', async () => {
    const start = spawn(process.execPath, ['scripts/start.mjs', '--engine', 'docker'], {
      cwd: installDir,
      env: { ...process.env, MEDALLION_WORKSPACE: workspace, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [start.stdout, start.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    }
    const [code] = (await once(start, 'close')) as [number | null];
    assert.equal(code, 0, said);

    const workbench = new Workbench({
      workspaceDir: workspace,
      installDir,
      env: process.env,
      log: silentLog,
    });
    const connection = await workbench.connection();
    await workbench.close();
    assert.equal(connection.name, 'docker');
    await writeFile(process.env.MEDALLION_TEST_STACK!, JSON.stringify(connection), { mode: 0o600 });
    const first = Object.values(await containers())[0]!;
    const { Config } = await docker.getContainer(first).inspect();
    project = Config.Labels['com.docker.compose.project'];

    const { services } = JSON.parse(await succeeds('status', '--json')) as { services: ServiceStatus[] };
    const states = services
      .filter(({ profiles }) => profiles.length === 0)
      .map(({ service, state }) => `${service} ${state}`);
    assert.deepEqual(states, [
      'postgres healthy',
      'namenode healthy',
      'datanode healthy',
      'spark-master healthy',
      'spark-worker healthy',
      'spark-worker healthy',
      'spark-history healthy',
      'jupyter healthy',
    ]);
    await assertVerified();
    await assertBronzeHoldsEachRowOnce(await liveStack());
  });

  it('leaves all containers alone in a second `up`, by us and by the Compose CLI', async () => {
    const running = await containers();
    assert.match(await succeeds('up', '--dry-run', '--json'), /"leave"/);
    await succeeds('up');
    assert.deepEqual(await containers(), running);
    await compose('up', '-d', '--no-build', '--wait');
    assert.deepEqual(await containers(), running);
    assert.equal(
      (await compose('ps', '-q')).trim().split('\n').sort().join(),
      Object.values(running).sort().join(),
    );
  });

  it('heals after worker, DataNode, PostgreSQL and master were killed during runs, and nothing counts twice', async () => {
    const harms: [string, string[]][] = [
      ['silver', ['spark-worker-1', 'datanode-1']],
      ['bronze-orders', ['postgres-1', 'spark-master-1']],
    ];
    for (const [i, [step, names]] of harms.entries()) {
      await interruptedRun(step, 40 + i, async () => {
        await kill(...names);
        const up = await medallion('up');
        assert.equal(up.code, 0, up.stderr);
      });
    }
    await succeeds('pipeline', 'run');
    await assertVerified();
    await assertBronzeHoldsEachRowOnce(await liveStack());
  });
});
