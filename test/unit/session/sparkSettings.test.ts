import assert from 'node:assert/strict';
import { sessionProperties } from '../../../src/session/sparkSettings.ts';
import type { Connection } from '../../../src/stack/connection.ts';

const url = new URL('http://127.0.0.1:1');
const connection = (master: string): Connection => ({
  name: 'test',
  lake: { url, user: 'medallion', fileSystem: 'hdfs://namenode:8020' },
  spark: { rest: url, ui: url, master, driverJavaOptions: '-Dd=1', executorJavaOptions: '' },
});

describe("the session's Spark", () => {
  it('leaves a job what it needs, and takes half of the cluster at most', () => {
    const cases: [number, number, string, string][] = [
      [8, 4, '4', '4'],
      [4, 4, '1', '1'],
      [5, 5, '2', '2'],
      [1, 1, '1', '1'],
      [64, 4, '32', '4'],
    ];
    for (const [total, largest, most, ofExecutor] of cases) {
      const properties = sessionProperties(connection('spark://spark-master:7077'), { total, largest });
      assert.deepEqual(
        [properties['spark.cores.max'], properties['spark.executor.cores']],
        [most, ofExecutor],
        `${total} cores`,
      );
    }
  });

  it('listens on loopback where the cluster does, and is found by its own name elsewhere', () => {
    const cores = { total: 8, largest: 4 };
    const near = sessionProperties(connection('spark://127.0.0.1:7077'), cores);
    assert.deepEqual(
      [near['spark.driver.host'], near['spark.driver.bindAddress']],
      ['127.0.0.1', '127.0.0.1'],
    );
    const far = sessionProperties(connection('spark://spark-master:7077'), cores);
    assert.equal(far['spark.driver.host'], undefined);
    assert.equal(far['spark.driver.maxResultSize'], '256m');
    assert.equal(far['spark.driver.supervise'], undefined);
    assert.equal(far['spark.hadoop.fs.defaultFS'], 'hdfs://namenode:8020');
  });
});
