import assert from 'node:assert/strict';
import {
  connectionFrom,
  type ContainerView,
} from '../../../../../src/stack/docker/project/connectionFrom.ts';

function view(service: string, overrides: Partial<ContainerView> = {}): ContainerView {
  return { service, names: [service], environment: {}, labels: {}, ports: [], ...overrides };
}

const secrets: Record<string, string> = {
  spark_rest_key: 'key',
  postgres_app_password: 'word',
  session_token: 'token',
};

function connect(containers: ContainerView[], engineHost = '127.0.0.1') {
  return connectionFrom({ containers, engineHost, secret: (name) => Promise.resolve(secrets[name]) });
}

const local = (target: number, published = target) => ({ target, published, hostIp: '127.0.0.1' });
const nameNode = view('namenode', { ports: [local(9870), local(8020)] });
const master = view('spark-master', { ports: [local(6066), local(7077), local(8080)] });

describe('connectionFrom (containers)', () => {
  it('finds each part under the port that it is published on', async () => {
    const connection = await connect([
      view('namenode', { environment: { NAMENODE_HTTP_PORT: '50070' }, ports: [local(50_070, 19_870)] }),
      view('spark-master', { ports: [local(6066, 16_066), local(8080, 18_081)] }),
      view('spark-history', { ports: [local(18_080, 28_080)] }),
      view('postgres', { ports: [local(5432, 15_432)] }),
      view('jupyter', { ports: [local(8888, 18_888)] }),
    ]);
    assert.equal(connection.lake.url.href, 'http://127.0.0.1:19870/');
    assert.equal(connection.lake.fileSystem, 'hdfs://namenode:8020');
    assert.equal(connection.spark.rest.href, 'http://127.0.0.1:16066/');
    assert.equal(connection.spark.ui.href, 'http://127.0.0.1:18081/');
    assert.equal(connection.spark.master, 'spark://spark-master:7077');
    assert.equal(connection.spark.restKey, 'key');
    assert.equal(connection.spark.history?.port, '28080');
    const { postgres, session } = connection;
    assert.deepEqual([postgres?.host, postgres?.port, postgres?.password], ['127.0.0.1', 15_432, 'word']);
    assert.deepEqual([session?.url.href, session?.token], ['http://127.0.0.1:18888/', 'token']);
  });

  it('maps every name of every DataNode to where it is published', async () => {
    const { lake } = await connect([
      nameNode,
      master,
      view('datanode', { names: ['datanode', '3f2a', '172.18.0.3'], ports: [local(9864, 19_864)] }),
      view('datanode2', { names: ['datanode2', 'DN2.example'], ports: [local(9864, 29_864)] }),
    ]);
    assert.equal(lake.dataNodes?.['datanode:9864'], '127.0.0.1:19864');
    assert.equal(lake.dataNodes['172.18.0.3:9864'], '127.0.0.1:19864');
    assert.equal(lake.dataNodes['datanode2:9864'], '127.0.0.1:29864');
    assert.equal(lake.dataNodes['dn2.example:9864'], '127.0.0.1:29864');
  });

  it("takes a remote engine's host for ports that are published on all of its addresses", async () => {
    const everywhere = { target: 9870, published: 9870, hostIp: '0.0.0.0' };
    const { lake } = await connect([view('namenode', { ports: [everywhere] }), master], 'build.example');
    assert.equal(lake.url.href, 'http://build.example:9870/');
    const six = await connect([view('namenode', { ports: [{ ...everywhere, hostIp: '::1' }] }), master]);
    assert.equal(six.lake.url.host, '[::1]:9870');
  });

  it('lives without database, session and history', async () => {
    const connection = await connect([nameNode, master]);
    assert.equal(connection.postgres, undefined);
    assert.equal(connection.session, undefined);
    assert.equal(connection.spark.history, undefined);
    assert.equal(connection.spark.driverJavaOptions, '');
  });

  it("reads the variables of PostgreSQL's official image", async () => {
    const environment = { POSTGRES_PASSWORD: 'theirs', POSTGRES_DB: 'shop' };
    const { postgres } = await connect([
      nameNode,
      master,
      view('postgres', { environment, ports: [local(5432)] }),
    ]);
    assert.deepEqual(
      [postgres?.user, postgres?.database, postgres?.password],
      ['postgres', 'shop', 'theirs'],
    );
  });

  it('gives start-up options only where the workers have the archives', async () => {
    const worker = view('spark-worker', {
      environment: { MEDALLION_RUNTIME: '/opt/medallion/runtime' },
      labels: { 'medallion-workbench.java': '17' },
    });
    const { spark } = await connect([nameNode, master, worker]);
    assert.match(
      spark.driverJavaOptions,
      /SharedArchiveFile=\/opt\/medallion\/runtime\/cds\/current\/spark\.jsa/,
    );
  });

  it('says which service is missing, and which port is not published', async () => {
    await assert.rejects(connect([master]), /namenode runs.*medallion up/s);
    await assert.rejects(
      connect([view('namenode'), master]),
      /does not publish its port 9870.*127\.0\.0\.1:9870:9870/s,
    );
  });
});
