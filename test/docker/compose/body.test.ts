import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import Docker from 'dockerode';
import { networkHash, volumeHash } from '../../../src/stack/compose/hash.ts';
import type { ComposeProject } from '../../../src/stack/compose/model.ts';
import {
  containerBody,
  createOptions,
  seccompProfiles,
} from '../../../src/stack/docker/container/containerBody.ts';
import { packFiles } from '../../../src/stack/docker/container/containerFiles.ts';
import type { NamedContainer } from '../../../src/stack/docker/container/containerReferences.ts';
import { label } from '../../../src/stack/docker/container/labels.ts';
import { baseImage, composeSucceeds, plainEnvironment, useMachine } from '../support/machine.ts';

const everyKey = resolve(import.meta.dirname, 'files/every-key.yaml');
const otherFiles = resolve(import.meta.dirname, 'files/other-files.yaml');
const ourStack = resolve(import.meta.dirname, '../../../stack/compose.yaml');

const profile = { defaultAction: 'SCMP_ACT_ALLOW', syscalls: [] };
const secretsOfStack = ['postgres_admin_password', 'postgres_app_password', 'postgres_spark_password'].concat(
  'spark_rest_key',
  'session_token',
);
const files = {
  'secret.txt': 'from a file',
  'given.env': 'GIVEN=a $HOST_VALUE\nGIVEN_TWICE=file\nQUOTED="x#y" # note\n',
  labels: 'org.example.twice=label_file\norg.example.once=a $b\n',
  'profile.json': JSON.stringify(profile, null, 2),
  ...Object.fromEntries(secretsOfStack.map((name) => [`secrets/${name}`, name])),
};

describe('the body of a container, against the Compose CLI', function () {
  this.timeout(120_000);
  const machine = useMachine();
  const { docker } = machine;

  /** Creates the project with the CLI, then each container again from our body, and compares what the engine has. */
  async function compare(file: string, apiVersion: string): Promise<number> {
    // Created and not started: what the image has in it does not matter.
    const text = (await readFile(file, 'utf8')).replaceAll(/^( +image:) .*$/gm, `$1 ${baseImage}`);
    const folder = await machine.folder({ ...files, 'compose.yaml': text });
    const name = machine.project();
    const env = plainEnvironment({
      COMPOSE_PROJECT_NAME: name,
      SECRET_VALUE: 'from a variable',
      FROM_HOST: 'host',
      HOST_VALUE: 'from the host',
      SUBNET: subnet(),
      DOCKER_API_VERSION: apiVersion,
    });
    const cli = (...args: string[]): Promise<string> => composeSucceeds(args, { cwd: folder, env });
    const engine = new Docker({ version: `v${apiVersion}` });
    const external = await docker.createVolume({ Name: `${name}-external` });
    machine.cleanUp(() => external.remove({ force: true }));
    machine.cleanUp(() => cli('down', '--volumes', '--remove-orphans'));

    const project = JSON.parse(await cli('config', '--format', 'json')) as ComposeProject;
    await cli('up', '--no-start', '--no-build', '--pull', 'never');
    const filters = { label: [`${label.project}=${name}`] };
    const theirs = await engine.listContainers({ all: true, filters });
    const containers = new Map<string, NamedContainer[]>();
    for (const { Id, Names, Labels } of theirs) {
      const service = Labels[label.service]!;
      containers.set(service, [...(containers.get(service) ?? []), { id: Id, name: Names[0]!.slice(1) }]);
    }
    const image = await engine.getImage(baseImage).inspect();

    for (const { Id, Labels } of theirs) {
      const service = Labels[label.service]!;
      const replica = Number(Labels[label.number]);
      const seccomp = new Map<string, string>();
      for (const path of seccompProfiles(project.services[service]!)) {
        seccomp.set(path, await readFile(join(folder, path), 'utf8'));
      }
      const { body, networksToConnect } = containerBody({
        project,
        service,
        replica,
        name: `${name}-ours-${service}-${replica}`,
        imageId: image.Id,
        source: {
          workingDir: folder,
          configFiles: [join(folder, 'compose.yaml')],
          labelFiles: { 'from-files': [join(folder, 'labels')] },
        },
        apiVersion,
        containers,
        variable: (variable) => env[variable],
        seccomp,
      });
      const ours = await engine.createContainer(createOptions(body));
      for (const { network, endpoint } of networksToConnect) {
        await engine.getNetwork(network).connect({ Container: ours.id, EndpointConfig: endpoint });
      }
      assert.deepEqual(
        comparable(await ours.inspect()),
        comparable(await engine.getContainer(Id).inspect()),
        `${basename(file)}: ${service} ${replica}`,
      );
    }
    for (const network of Object.values(project.networks ?? {})) {
      if (network.external) continue;
      const found = (await docker.getNetwork(network.name).inspect()) as { Labels: Record<string, string> };
      assert.equal(found.Labels[label.configHash], networkHash(network), network.name);
    }
    for (const volume of Object.values(project.volumes ?? {})) {
      if (volume.external) continue;
      const found = await docker.getVolume(volume.name).inspect();
      assert.equal(found.Labels[label.configHash], volumeHash(volume), volume.name);
    }
    return theirs.length;
  }

  it('is the same for every key', async () => {
    assert.equal(await compare(everyKey, '1.45'), 19);
  });

  it('is the same for our stack', async () => {
    assert.ok((await compare(ourStack, '1.45')) >= 8);
  });

  it('is the same for what comes from other files', async () => {
    assert.equal(await compare(otherFiles, '1.45'), 1);
  });

  const oneService = async (text: string, apiVersion: string): Promise<Docker.Container> => {
    const folder = await machine.folder({ 'secret.txt': 'from a file', 'compose.yaml': text });
    const env = plainEnvironment({
      COMPOSE_PROJECT_NAME: machine.project(),
      SECRET_VALUE: 'from a variable',
    });
    const cli = (...args: string[]): Promise<string> => composeSucceeds(args, { cwd: folder, env });
    const project = JSON.parse(await cli('config', '--format', 'json')) as ComposeProject;
    for (const [key, { name, ...network }] of Object.entries(project.networks ?? {})) {
      await docker.createNetwork({
        Name: name,
        Labels: { [label.project]: project.name, [label.network]: key },
        IPAM: {
          Driver: 'default',
          Config: network.ipam?.config?.map(({ subnet = '' }) => ({ Subnet: subnet })),
        },
      });
    }
    const { body, networksToConnect, files } = containerBody({
      project,
      service: 'one',
      replica: 1,
      imageId: undefined,
      source: { workingDir: folder, configFiles: [join(folder, 'compose.yaml')] },
      apiVersion,
      variable: (variable) => env[variable],
    });
    const engine = new Docker({ version: `v${apiVersion}` });
    const container = await engine.createContainer(createOptions(body));
    for (const { network, endpoint } of networksToConnect) {
      await engine.getNetwork(network).connect({ Container: container.id, EndpointConfig: endpoint });
    }
    if (files.length > 0) await container.putArchive(await packFiles(files), { path: '/' });
    return container;
  };

  it('has its secrets and configs when it starts, whatever they come from', async () => {
    const container = await oneService(
      `
services:
  one:
    image: ${baseImage}
    user: '1000'
    command: |
      sh -c 'cd /run/secrets && for f in * /b /etc/deep/text.conf; do stat -c "%n %a %u" $$f; cat $$f; echo; done'
    secrets: [file, variable]
    configs:
      - { source: file, target: /b }
      - { source: text, target: /etc/deep/text.conf, mode: 0o440, uid: '1000', gid: '7' }
secrets: { file: { file: ./secret.txt }, variable: { environment: SECRET_VALUE } }
configs: { file: { file: ./secret.txt }, text: { content: 'a $$b <c> é' } }
`,
      '1.45',
    );
    await container.start();
    await container.wait();
    const log = await container.logs({ stdout: true, stderr: true });
    assert.deepEqual(
      log
        .toString()
        .split('\n')
        // Each line of a log begins with eight bytes that say how long it is.
        .map((line) => line.slice(8))
        .filter((line) => line !== ''),
      [
        'file 644 0',
        'from a file',
        'variable 444 0',
        'from a variable',
        '/b 644 0',
        'from a file',
        '/etc/deep/text.conf 440 1000',
        'a $b <c> é',
      ],
    );
  });

  it('is on all its networks on an engine before 25 too', async () => {
    const text = (network: string): string => `
services:
  one:
    image: ${baseImage}
    command: sleep 100
    networks:
      back: { aliases: [db], priority: 10, ipv4_address: ${network}.9 }
      front: { aliases: [web] }
networks: { back: { ipam: { config: [{ subnet: ${network}.0/24 }] } }, front: }
`;
    for (const apiVersion of ['1.43', '1.45']) {
      const address = subnet();
      const container = await oneService(text(address), apiVersion);
      await container.start();
      const { NetworkSettings, Name } = await container.inspect();
      const project = Name.replace(/^\/|-one-1$/g, '');
      const back = NetworkSettings.Networks[`${project}_back`];
      const front = NetworkSettings.Networks[`${project}_front`];
      assert.equal(back?.IPAddress, `${address}.9`);
      assert.deepEqual((back.Aliases as string[]).slice(0, 3), [`${project}-one-1`, 'one', 'db']);
      assert.deepEqual((front?.Aliases as string[]).slice(0, 3), [`${project}-one-1`, 'one', 'web']);
      await container.remove({ force: true });
    }
  });
});

/** Three parts of a subnet of our own, since the suites of several checkouts may run at once. */
function subnet(): string {
  return `10.${200 + Math.floor(Math.random() * 50)}.${Math.floor(Math.random() * 256)}`;
}

/** What a container is, without what differs from one to the next. */
function comparable(inspected: Docker.ContainerInspectInfo): unknown {
  const { Config, HostConfig, NetworkSettings, Mounts, Path, Args, Platform } = inspected;
  const id = inspected.Id.slice(0, 12);
  const { [label.dependsOn]: dependsOn = '', ...labels } = Config.Labels;
  const networks = Object.entries<Docker.EndpointSettings>(NetworkSettings.Networks);
  const endpoints = networks.map(([network, { Aliases, Links, DriverOpts, MacAddress, IPAMConfig }]) => {
    const aliases = (Aliases ?? []).filter((alias) => alias !== id);
    return [network, { aliases, Links, DriverOpts, MacAddress, addresses: Object.entries(IPAMConfig ?? {}) }];
  });
  return {
    Config: {
      ...Config,
      Hostname: Config.Hostname === id ? undefined : Config.Hostname,
      Env: [...((Config.Env as string[] | null) ?? [])].sort(),
      Labels: { ...labels, [label.dependsOn]: dependsOn.split(',').sort() },
    },
    HostConfig: {
      ...HostConfig,
      Binds: [...(HostConfig.Binds ?? [])].sort(),
      // Empty options are none.
      Mounts: [...(HostConfig.Mounts ?? [])]
        .map(({ BindOptions, ...mount }) => ({
          ...mount,
          ...(Object.keys(BindOptions ?? {}).length > 0 && { BindOptions }),
        }))
        .sort((a, b) => (a.Target < b.Target ? -1 : 1)),
      ExtraHosts: [...((HostConfig.ExtraHosts as string[] | null) ?? [])].sort(),
      Ulimits: [...(HostConfig.Ulimits ?? [])].sort((a, b) => (a.Name! < b.Name! ? -1 : 1)),
    },
    endpoints: Object.fromEntries(endpoints) as unknown,
    Mounts: Mounts.map(({ Name, Source, ...mount }) => {
      const anonymous = Name !== undefined && /^[0-9a-f]{64}$/.test(Name);
      return { ...mount, Name: anonymous ? '' : Name, Source: anonymous ? '' : Source };
    }).sort((a, b) => (a.Destination < b.Destination ? -1 : 1)),
    Path,
    Args,
    Platform,
  };
}
