import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startMedallion, type Ended } from '../support/medallion.ts';
import { tempDir } from './support/machine.ts';

describe('one workspace on both engines', function () {
  this.timeout(600_000);
  let workspace: string;
  const medallion = (...args: string[]): Promise<Ended> =>
    startMedallion(args, {
      cwd: workspace,
      env: { MEDALLION_WORKSPACE: workspace, MEDALLION_ENGINE: undefined },
    }).ended;
  const succeeds = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await medallion(...args);
    assert.equal(code, 0, `medallion ${args.join(' ')}:\n${stdout}${stderr}`);
    return stdout + stderr;
  };
  /** The lake only: that is what keeps data, and what starts soon. */
  const up = (engine: string): Promise<string> =>
    succeeds('up', '--engine', engine, 'datanode', 'spark-master');
  const put = async (text: string): Promise<void> => {
    const file = join(workspace, 'note.txt');
    await writeFile(file, text);
    await succeeds('put', '--force', file, '/tmp/note.txt');
  };

  before(async () => {
    workspace = await tempDir();
  });
  after(async () => {
    for (const engine of ['local', 'docker']) {
      await medallion('down', '--volumes', '--yes');
      await writeFile(join(workspace, '.medallion', 'engine.json'), JSON.stringify({ version: 1, engine }));
    }
    await medallion('down', '--volumes', '--yes');
    await rm(workspace, { recursive: true, force: true });
  });

  it('goes from local to Docker and back, and each keeps its own data', async () => {
    await up('local');
    await put('written on the local engine');
    assert.match(await succeeds('status').catch(String), /runs on the local engine/);

    const refused = await medallion('up', '--engine', 'docker', 'datanode');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /runs on the local engine .*namenode.* `medallion down`/);

    await succeeds('down');
    assert.match(
      await succeeds('up', '--engine', 'docker', '--dry-run', 'datanode'),
      /create +container .*datanode/,
    );
    await up('docker');
    assert.match(
      await succeeds('up', '--dry-run', 'datanode', 'spark-master'),
      /Nothing to do.*docker engine/,
    );
    assert.equal((await medallion('cat', '/tmp/note.txt')).code, 3, 'the engines share data');
    await put('written on the Docker engine');
    const second = await medallion('up', '--engine', 'local');
    assert.match(second.stderr, /runs on the docker engine/);

    await succeeds('down');
    await up('local');
    assert.match(await succeeds('cat', '/tmp/note.txt'), /written on the local engine/);
    await succeeds('down');
    await up('docker');
    assert.match(await succeeds('cat', '/tmp/note.txt'), /written on the Docker engine/);
  });

  it('asks for each volume by name before it removes data', async () => {
    const { code, stderr } = await medallion('down', '--volumes');
    assert.equal(code, 130);
    assert.match(stderr, /Nothing was removed.*_namenode.*--yes/s);
    assert.match(await succeeds('cat', '/tmp/note.txt'), /written on the Docker engine/);
  });

  it('refuses files and names of Compose on the local engine, and says what to do', async () => {
    const { code, stderr } = await medallion('up', '--engine', 'local', '-f', 'mine.yaml');
    assert.equal(code, 2);
    assert.match(stderr, /--engine docker/);
  });
});
