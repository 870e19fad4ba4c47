import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { medallion, startMedallion, succeeds } from '../../support/medallion.ts';

describe('medallion run', function () {
  this.timeout(180_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medallion-run-'));
    await writeFile(
      join(folder, 'plain.py'),
      [
        'import sys',
        'from pyspark.sql import SparkSession',
        'print("args", sys.argv[1:])',
        'spark = SparkSession.builder.getOrCreate()',
        'print("total", spark.range(100).selectExpr("sum(id)").first()[0])',
        'if "wait" in sys.argv:',
        '    import time',
        '    while True: time.sleep(0.2)',
        'if "fail" in sys.argv:',
        '    spark.range(1).select("brnch").show()',
        'sys.exit(3)',
      ].join('\n'),
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('runs a plain script with its arguments, shows its output and ends with its exit code', async () => {
    const { code, stdout } = await medallion('run', join(folder, 'plain.py'), '--', 'a b', '--x=\u{1F600}');
    assert.equal(code, 3);
    assert.match(stdout, /args \['a b', '--x=\u{1F600}'\]/u);
    assert.match(stdout, /total 4950/);
    assert.ok(!stdout.includes('\u001e'), "the driver's own lines are shown");
  });

  it("shows a failing script's own line", async () => {
    const { code, stderr } = await medallion('run', join(folder, 'plain.py'), '--', 'fail');
    assert.equal(code, 1);
    assert.match(stderr, /AnalysisException: .*brnch.*plain\.py:10/);
  });

  it('kills the job on the cluster when it is interrupted', async () => {
    const run = startMedallion(['run', join(folder, 'plain.py'), '--', 'wait']);
    await run.shows(/total 4950/);
    run.child.kill('SIGINT');
    assert.equal((await run.ended).code, 130);
    const [last] = JSON.parse(await succeeds('jobs', '--json')) as { name: string; state: string }[];
    assert.equal(last?.state, 'KILLED');
  });

  it('says what is wrong before it submits anything', async () => {
    const missing = await medallion('run', join(folder, 'absent.py'));
    assert.equal(missing.code, 3);
    assert.match(missing.stderr, /absent\.py: there is no such file/);
  });
});

describe('medallion put, ls, cat, mv, get, rm', function () {
  this.timeout(60_000);

  it('carries a file there and back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'medallion-files-'));
    const name = 'a b+c%\u00e9.txt';
    await writeFile(join(folder, name), 'hello lake\n');
    const base = `/tmp/cli-${process.pid}`;
    await succeeds('mkdir', base);
    await succeeds('put', join(folder, name), base);
    assert.match(await succeeds('ls', base), /a b\+c%é\.txt/);
    assert.equal(await succeeds('cat', `${base}/${name}`), 'hello lake\n');
    assert.equal(await succeeds('cat', `${base}/${name}`, '--bytes', '6-9'), 'lake');
    await succeeds('mv', `${base}/${name}`, `${base}/moved.txt`);
    const there = await medallion('get', `${base}/moved.txt`, join(folder, name));
    assert.equal(there.code, 1, 'a file that is there was replaced without --force');
    await succeeds('get', `${base}/moved.txt`, join(folder, 'back.txt'));
    assert.equal(await readFile(join(folder, 'back.txt'), 'utf8'), 'hello lake\n');
    assert.notEqual((await medallion('rm', base)).code, 0, 'a directory went without --recursive');
    await succeeds('rm', '--recursive', base);
    assert.equal((await medallion('ls', base)).code, 3);
    await mkdir(folder, { recursive: true });
    await rm(folder, { recursive: true });
  });
});
