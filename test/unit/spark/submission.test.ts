import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { missingResources, parseClusterState } from '../../../src/spark/clusterState.ts';
import { makeBundle, newRunId } from '../../../src/spark/jobFiles.ts';
import { signToken } from '../../../src/spark/restToken.ts';
import { defaultProperties, mergeProperties, submissionBody } from '../../../src/spark/submission.ts';
import { startupOptions } from '../../../src/stack/startupOptions.ts';

describe('a submission', () => {
  const base = {
    name: 'job',
    master: 'spark://m:7077',
    mainFile: 'hdfs://n/w.py',
    pyFiles: ['hdfs://n/b.zip'],
    args: ['b.zip', 'x'],
    environment: { A: '1' },
  };

  it('is SparkSubmit in client mode, with what it reads from its command line only', () => {
    const body = submissionBody({
      ...base,
      properties: {
        'spark.master': 'local[*]',
        'spark.submit.deployMode': 'cluster',
        'spark.submit.pyFiles': 'hdfs://n/more.zip',
        'spark.jars.packages': 'g:a:1',
        'spark.driver.memory': '2g',
      },
    });
    assert.deepEqual(body.appArgs, [
      ...['--master', 'spark://m:7077', '--deploy-mode', 'client', '--name', 'job'],
      ...[
        '--py-files',
        'hdfs://n/b.zip,hdfs://n/more.zip',
        '--packages',
        'g:a:1',
        'hdfs://n/w.py',
        'b.zip',
        'x',
      ],
    ]);
    assert.deepEqual(body.sparkProperties, {
      'spark.jars.packages': 'g:a:1',
      'spark.driver.memory': '2g',
      'spark.master': 'spark://m:7077',
      'spark.app.name': 'job',
      'spark.submit.deployMode': 'client',
    });
    assert.deepEqual(body.environmentVariables, { A: '1', MASTER: 'spark://m:7077' });
  });

  it('has defaults that a request overrides, and the Java options of both', () => {
    const defaults = defaultProperties({
      fileSystem: 'hdfs://n:8020',
      driverJavaOptions: '-Xa',
      executorJavaOptions: '',
    });
    const merged = mergeProperties(defaults, {
      'spark.cores.max': '4',
      'spark.driver.extraJavaOptions': '-Xb',
    });
    assert.equal(merged['spark.cores.max'], '4');
    assert.equal(merged['spark.driver.extraJavaOptions'], '-Xa -Xb');
    assert.ok(!('spark.executor.extraJavaOptions' in merged));
    assert.equal(merged['spark.eventLog.dir'], 'hdfs://n:8020/spark-events');
  });

  it('is signed as RFC 7515 says', () => {
    const key = Buffer.alloc(32, 7).toString('base64url');
    const [head, claims, signature] = signToken(key, 1_000_000).split('.');
    assert.deepEqual(JSON.parse(Buffer.from(head!, 'base64url').toString()), { alg: 'HS256', typ: 'JWT' });
    assert.deepEqual(JSON.parse(Buffer.from(claims!, 'base64url').toString()), {
      iss: 'medallion',
      iat: 1000,
      exp: 4600,
    });
    const again = createHmac('sha256', Buffer.alloc(32, 7)).update(`${head!}.${claims!}`).digest('base64url');
    assert.equal(signature, again);
  });

  it('has a bundle with the same bytes for the same content, and a sortable run id', () => {
    const script = { path: '/a.py', source: 'x = 1' };
    const one = makeBundle(
      script,
      new Map([
        ['b.py', 'b'],
        ['a.py', 'a'],
      ]),
    );
    const two = makeBundle(
      script,
      new Map([
        ['a.py', 'a'],
        ['b.py', 'b'],
      ]),
    );
    assert.ok(one.equals(two));
    const at = new Date('2026-11-21T03:15:00.123Z');
    assert.equal(newRunId('/Größe: a b.py', at, 'a1b2c3'), '20261121T031500-a1b2c3-Gro-e-a-b.py');
    assert.equal(newRunId('..', at, 'a1b2c3'), '20261121T031500-a1b2c3-job');
  });

  it('has start-up options for the archives of its Java, none with a blank in the path', () => {
    assert.match(
      startupOptions('/r/cds/17.0.15', '17.0.15').driver,
      /-XX:SharedArchiveFile=\/r\/cds\/17\.0\.15\/spark\.jsa$/,
    );
    assert.match(
      startupOptions('/r/cds/25.0.3', '25.0.3').executor,
      /-XX:AOTCache=\/r\/cds\/25\.0\.3\/executor\.aot$/,
    );
    assert.ok(!startupOptions('/a b', '17.0.15').driver.includes('Archive'));
  });
});

describe("the master's state", () => {
  const worker = (id: string, state: string, coresfree: number, memoryfree: number): object => ({
    id,
    host: 'h',
    port: 1,
    webuiaddress: 'http://h:1',
    cores: 4,
    coresfree,
    memory: 4096,
    memoryfree,
    state,
  });
  const state = (...workers: object[]): string =>
    JSON.stringify({
      url: 'spark://m:7077',
      status: 'ALIVE',
      workers,
      activeapps: [],
      completedapps: [],
      activedrivers: [{ id: 'driver-1', state: 'SUBMITTED', cores: 1, memory: 1024 }],
      completeddrivers: [],
    });

  it('tells what a driver waits for', () => {
    const say = (json: string, cores: number, memory: number): string | undefined =>
      missingResources(parseClusterState(json), 'The job', cores, memory);
    assert.match(
      say(state(), 1, 1024)!,
      /waiting for a worker with 1 core and 1 GB: the cluster has no worker/,
    );
    assert.match(say(state(worker('w', 'DEAD', 4, 4096)), 1, 1024)!, /no worker that is alive/);
    assert.match(say(state(worker('w', 'ALIVE', 0, 4096)), 1, 1024)!, /free now: 0 cores and 4 GB/);
    assert.match(say(state(worker('w', 'ALIVE', 4, 4096)), 8, 1024)!, /which no worker has/);
    assert.equal(say(state(worker('w', 'ALIVE', 1, 1024)), 1, 1024), undefined);
  });

  it('is refused with a sentence when it is something else', () => {
    assert.throws(() => parseClusterState('<html>'), /did not answer with JSON/);
    assert.throws(() => parseClusterState('{}'), /cannot be read/);
  });
});
