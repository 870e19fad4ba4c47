import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defaultCacheDir,
  findRuntime,
  firstDamaged,
  inputsHash,
  parseProvisionLine,
} from '../../../src/stack/provision.ts';

describe('provision', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'provision-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('keeps its cache where XDG says', () => {
    assert.equal(defaultCacheDir({ XDG_CACHE_HOME: '/x', HOME: '/h' }), '/x/medallion-workbench');
    assert.equal(
      defaultCacheDir({ XDG_CACHE_HOME: 'relative', HOME: '/h' }),
      '/h/.cache/medallion-workbench',
    );
    assert.equal(defaultCacheDir({ HOME: '/h' }), '/h/.cache/medallion-workbench');
  });

  it('reads the lines of the script, and nothing else', () => {
    const line = { step: 'download', message: 'Downloading', done: 1, total: 2, unit: 'bytes' as const };
    assert.deepEqual(parseProvisionLine(JSON.stringify(line)), line);
    assert.deepEqual(parseProvisionLine('{"error":"No.","code":"denied"}'), { error: 'No.', code: 'denied' });
    assert.equal(parseProvisionLine('{"step":1}'), undefined);
    assert.equal(parseProvisionLine('Collecting x'), undefined);
  });

  it('finds a complete runtime, and none once a file is cut short or the lock changes', async () => {
    const stackDir = join(dir, 'stack');
    const cacheDir = join(dir, 'cache');
    const home = join(dir, 'java');
    const runtime = join(cacheDir, 'runtime', 'abc');
    for (const folder of [join(stackDir, 'provision'), join(runtime, 'hdfs'), join(home, 'bin')]) {
      await mkdir(folder, { recursive: true });
    }
    await writeFile(join(stackDir, 'provision', 'lock.json'), '{}');
    await writeFile(join(stackDir, 'provision', 'requirements.txt'), '');
    await writeFile(join(home, 'bin', 'java'), '');
    await writeFile(join(home, 'release'), 'JAVA_VERSION="17.0.1"\n');
    const jar = join(runtime, 'hdfs', 'a.jar');
    await writeFile(jar, '12345');
    const place = { stackDir, cacheDir, env: { JAVA_HOME: home, PATH: '' } };
    assert.equal(await findRuntime(place), undefined);
    const marker = {
      format: 1,
      id: 'abc',
      inputs: inputsHash(stackDir),
      platform: `${process.platform}-${process.arch}`,
      python: { version: '3.11.7', base: '/usr/bin/python3' },
      files: { 'hdfs/a.jar': 5, hdfs: null },
    };
    await writeFile(join(runtime, 'runtime.json'), JSON.stringify(marker));
    assert.deepEqual(await findRuntime(place), {
      dir: runtime,
      javaHome: home,
      python: join(runtime, 'venv', 'bin', 'python'),
      version: 'abc',
    });
    await truncate(jar, 4);
    assert.equal(firstDamaged(runtime, marker.files), 'hdfs/a.jar');
    assert.equal(await findRuntime(place), undefined);
    await writeFile(jar, '12345');
    await writeFile(join(stackDir, 'provision', 'lock.json'), '{"other":1}');
    assert.equal(await findRuntime(place), undefined);
  });
});
