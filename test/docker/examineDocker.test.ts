import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connectDocker, type EngineInfo } from '../../src/stack/docker/connect/endpoint.ts';
import { examineDocker, type DockerExamination } from '../../src/stack/docker/examineDocker.ts';
import type { Finding } from '../../src/stack/finding.ts';
import { cuttableProxy } from './support/cuttableProxy.ts';
import { baseImage, useMachine } from './support/machine.ts';
import { makeAuthority } from './support/tlsFiles.ts';

describe('examining the Docker engine', function () {
  this.timeout(30_000);
  const machine = useMachine();
  const env = { HOME: '/nonexistent', PATH: process.env.PATH };

  const examine = async (
    options: Partial<DockerExamination> = {},
    info: Partial<EngineInfo> = {},
  ): Promise<Map<string, Finding[]>> => {
    const connect = async (): ReturnType<typeof connectDocker> => {
      const connection = await connectDocker({ env });
      return { ...connection, info: { ...connection.info, ...info } };
    };
    const findings = await examineDocker({ connect, isRequired: true, env, ...options });
    const groups = new Map<string, Finding[]>();
    for (const finding of findings) groups.set(finding.name, [...(groups.get(finding.name) ?? []), finding]);
    return groups;
  };
  const states = (findings: Map<string, Finding[]>): Record<string, string> =>
    Object.fromEntries([...findings].map(([name, [first]]) => [name, first!.state]));

  it('finds this engine in order', async () => {
    const findings = await examine();
    assert.match(findings.get('docker')![0]!.detail, /^Docker engine \d.* \(API 1\.\d+\) at unix:/);
    assert.match(findings.get('docker disk')![0]!.detail, /free in \/.*\(\w+\)$/);
    assert.equal(states(findings)['docker clock'], 'ok');
    assert.ok([...findings.values()].flat().every(({ state, fix }) => state === 'ok' || fix !== undefined));
  });

  it('says what is too old, too small, late or elsewhere, and what to do', async () => {
    const findings = await examine(
      {},
      {
        apiVersion: '1.41',
        version: '20.10.24',
        memoryBytes: 2e9,
        serverTimeSkewMs: -90_000,
        isDesktop: true,
        isOnThisMachine: false,
        machine: 'docker-desktop',
        os: 'windows',
      },
    );
    const found = (name: string): Finding => findings.get(name)![0]!;
    assert.deepEqual(states(findings), {
      docker: 'warn',
      'docker platform': 'fail',
      'docker memory': 'warn',
      'docker disk': 'ok',
      'docker clock': 'warn',
      certificates: found('certificates').state,
    });
    assert.match(found('docker').fix!, /25 or newer/);
    assert.match(found('docker memory').fix!, /Settings, Resources/);
    assert.match(found('docker clock').detail, /1 min 30 s behind/);
    assert.match(found('docker disk').detail, /docker-desktop, whose free space cannot be seen/);
  });

  it('names who has the ports: a container, its project, a process', async () => {
    const project = machine.project();
    const container = await machine.docker.createContainer({
      name: `${project}-web`,
      Image: baseImage,
      Cmd: ['sleep', '60'],
      Labels: { 'com.docker.compose.project': project },
      ExposedPorts: { '80/tcp': {} },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] } },
    });
    await container.start();
    const published = Number((await container.inspect()).NetworkSettings.Ports['80/tcp']![0]!.HostPort);
    const server = createServer().listen(0, '127.0.0.1');
    machine.cleanUp(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ports = new Map([
      ['WEB_PORT', published],
      ['OTHER_PORT', port],
      ['FREE_PORT', 1],
    ]);
    const taken = (await examine({ ports })).get('ports')!;
    assert.deepEqual(
      taken.map(({ detail }) => detail.replace(/taken by .*node.*\(process/, 'taken by node (process')),
      [
        `WEB_PORT ${published} is taken by the container ${project}-web of the project ${project}`,
        `OTHER_PORT ${port} is taken by node (process ${process.pid})`,
      ],
    );
    ports.delete('OTHER_PORT');
    assert.equal((await examine({ ports, projectName: project })).get('ports')![0]!.state, 'ok');
  });

  it('tells which certificates a build would take, and which cannot be used', async () => {
    const folder = await machine.folder();
    await makeAuthority(folder, 'Example Root');
    const [good] = (await examine({ env: { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } })).get(
      'certificates',
    )!;
    assert.match(good!.detail, /the image build takes .*Example Root/);
    const [bad] = (await examine({ env: { NODE_EXTRA_CA_CERTS: join(folder, 'none.pem') } })).get(
      'certificates',
    )!;
    assert.equal(bad!.state, 'warn');
    assert.match(bad!.detail, /none\.pem.*is not there/);
  });

  it('is a failure without an engine only where one is needed', async () => {
    const connect = (): ReturnType<typeof connectDocker> =>
      connectDocker({ env, host: 'unix:///nonexistent/docker.sock' });
    const [needed] = (await examine({ connect })).get('docker')!;
    assert.equal(needed!.state, 'fail');
    assert.match(needed!.detail, /no such socket\. Another one answers at/);
    assert.match(needed!.fix!, /--engine local/);
    const [other] = (await examine({ connect, isRequired: false })).get('docker')!;
    assert.equal(other!.state, 'warn');
  });

  it('ends with a finding where the engine is lost on the way', async () => {
    const proxy = await cuttableProxy();
    machine.cleanUp(() => proxy.close());
    const connect = async (): ReturnType<typeof connectDocker> => {
      const connection = await connectDocker({ env, host: proxy.host });
      await proxy.cut();
      return connection;
    };
    const findings = await examine({ connect });
    assert.deepEqual(states(findings), { docker: 'fail' });
  });
});
