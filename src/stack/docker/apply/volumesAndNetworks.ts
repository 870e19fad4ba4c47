import type Dockerode from 'dockerode';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import { singleDollars } from '../../compose/dollars.ts';
import { networkHash } from '../../compose/hash.ts';
import type { ComposeNetwork, ComposeProject } from '../../compose/model.ts';
import { composeVersion } from '../container/containerLabels.ts';
import { askEngine } from '../connect/engineRequest.ts';
import { label, projectFilter } from '../container/labels.ts';
import { observeNetworks, observeVolumes } from './observe.ts';

const longMs = 60_000;

/** Makes a network of the project. One that somebody made at the same moment is taken. */
export async function createNetwork(
  docker: Dockerode,
  project: ComposeProject,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  const canonical = project.networks?.[key];
  if (!canonical) throw new WorkbenchError('invalid', `There is no network ${key} in the files.`);
  const network = singleDollars(canonical);
  const options = {
    Name: network.name,
    CheckDuplicate: true,
    Driver: network.driver ?? 'bridge',
    Options: network.driver_opts ?? {},
    Internal: network.internal ?? false,
    Attachable: network.attachable ?? false,
    ...(network.enable_ipv4 === undefined ? {} : { EnableIPv4: network.enable_ipv4 }),
    ...(network.enable_ipv6 === undefined ? {} : { EnableIPv6: network.enable_ipv6 }),
    ...ipamOf(network),
    Labels: {
      ...network.labels,
      [label.project]: project.name,
      [label.network]: key,
      [label.version]: composeVersion,
      [label.configHash]: networkHash(canonical),
    },
  };
  try {
    await askEngine(`Creating the network ${network.name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
      docker.createNetwork({ ...options, abortSignal }),
    );
  } catch (error) {
    if (!isWorkbenchError(error, 'conflict') || !error.message.includes('already exists')) throw error;
  }
}

function ipamOf({ ipam }: ComposeNetwork): { IPAM?: object } {
  if (!ipam?.driver && !ipam?.config?.length) return {};
  return {
    IPAM: {
      Driver: ipam.driver ?? 'default',
      Options: ipam.options ?? {},
      Config: (ipam.config ?? []).map(({ subnet, gateway, ip_range, aux_addresses }) => ({
        ...(subnet === undefined ? {} : { Subnet: subnet }),
        ...(gateway === undefined ? {} : { Gateway: gateway }),
        ...(ip_range === undefined ? {} : { IPRange: ip_range }),
        ...(aux_addresses === undefined ? {} : { AuxiliaryAddresses: aux_addresses }),
      })),
    },
  };
}

/**
 * Makes a volume of the project; the engine gives one that is there. Without the CLI's hash: a hash that differs would
 * make the CLI offer to make the volume anew, without its data.
 */
export async function createVolume(
  docker: Dockerode,
  project: ComposeProject,
  key: string,
  signal?: AbortSignal,
): Promise<void> {
  const canonical = project.volumes?.[key];
  if (!canonical) throw new WorkbenchError('invalid', `There is no volume ${key} in the files.`);
  const volume = singleDollars(canonical);
  await askEngine(`Creating the volume ${volume.name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
    docker.createVolume({
      Name: volume.name,
      ...(volume.driver === undefined ? {} : { Driver: volume.driver }),
      DriverOpts: volume.driver_opts ?? {},
      Labels: {
        ...volume.labels,
        [label.project]: project.name,
        [label.volume]: key,
        [label.version]: composeVersion,
      },
      abortSignal,
    }),
  );
}

/** Takes a container out of a network, so that the network can be removed. */
export async function disconnect(
  docker: Dockerode,
  network: string,
  container: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await askEngine(`Leaving the network ${network}`, { signal }, (abortSignal) =>
      docker.getNetwork(network).disconnect({ Container: container, Force: true, abortSignal }),
    );
  } catch (error) {
    // It was not, or no longer, in it: the engine answers 404, older ones 500.
    if (isWorkbenchError(error, 'not-found')) return;
    if (isWorkbenchError(error, 'failed') && error.message.includes('is not connected')) return;
    throw error;
  }
}

/** Removes a network; false where other containers still use it. */
export async function removeNetwork(
  docker: Dockerode,
  { id, name }: { id: string; name: string },
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await askEngine(`Removing the network ${name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
      docker.getNetwork(id).remove({ abortSignal }),
    );
    return true;
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return true;
    if (isWorkbenchError(error) && /active endpoints|in use/.test(error.message)) return false;
    throw error;
  }
}

/** Removes all networks of a project; gives the names of those that others still use. */
export async function removeNetworks(
  docker: Dockerode,
  project: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const networks = await observeNetworks(docker, projectFilter(project), signal);
  const kept = await Promise.all(
    networks.map(async (network) => ((await removeNetwork(docker, network, signal)) ? [] : [network.name])),
  );
  return kept.flat();
}

/**
 * Removes a project's volumes: all, or those with these keys. Throws `invalid` for a key that no volume has, and
 * `conflict` for a volume that is used.
 */
export async function removeVolumes(
  docker: Dockerode,
  project: string,
  keys: true | readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const volumes = await observeVolumes(docker, projectFilter(project), signal);
  const chosen =
    keys === true ? volumes : volumes.filter(({ key }) => key !== undefined && keys.includes(key));
  await Promise.all(
    chosen.map(async ({ name }) => {
      try {
        await askEngine(`Removing the volume ${name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
          docker.getVolume(name).remove({ abortSignal } as Dockerode.VolumeRemoveOptions),
        );
      } catch (error) {
        if (!isWorkbenchError(error, 'not-found')) throw error;
      }
    }),
  );
  return chosen.map(({ name }) => name);
}
