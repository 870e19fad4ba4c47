import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { askEngine, readAnswer } from '../connect/engineRequest.ts';
import { label, parseDependsOn, projectFilter } from '../container/labels.ts';
import type { Observed, ObservedContainer, ObservedNetwork, ObservedVolume } from './plan.ts';

const labels = v.nullish(v.record(v.string(), v.string()), {});
const listedContainers = v.array(
  v.object({
    Id: v.string(),
    Names: v.array(v.string()),
    ImageID: v.string(),
    Labels: v.record(v.string(), v.string()),
    State: v.picklist(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
    Status: v.optional(v.string(), ''),
    Ports: v.nullish(v.array(v.object({ PublicPort: v.optional(v.number()) })), []),
    NetworkSettings: v.nullish(
      v.object({
        Networks: v.nullish(
          v.record(v.string(), v.nullable(v.object({ NetworkID: v.optional(v.string(), '') }))),
        ),
      }),
    ),
    Mounts: v.nullish(v.array(v.object({ Type: v.string(), Name: v.optional(v.string()) })), []),
  }),
);
const listedNetworks = v.array(v.object({ Id: v.string(), Name: v.string(), Labels: labels }));
const listedVolumes = v.object({
  Volumes: v.nullish(v.array(v.object({ Name: v.string(), Labels: labels })), []),
});

/**
 * What the engine has of a project: its containers, and the networks and volumes that bear one of the names that its
 * files give, whoever made them. Three lists, asked for at once (GET /containers/json, /networks and /volumes).
 */
export async function observe(
  docker: Dockerode,
  project: string,
  names: { networks: readonly string[]; volumes: readonly string[] },
  signal?: AbortSignal,
): Promise<Observed> {
  const [containers, networks, volumes] = await Promise.all([
    observeContainers(docker, project, signal),
    names.networks.length === 0 ? [] : observeNetworks(docker, { name: [...names.networks] }, signal),
    names.volumes.length === 0 ? [] : observeVolumes(docker, { name: [...names.volumes] }, signal),
  ]);
  return { containers, networks, volumes };
}

/** The containers of a project, running or not; also those of `docker compose run`. */
export async function observeContainers(
  docker: Dockerode,
  project: string,
  signal?: AbortSignal,
): Promise<ObservedContainer[]> {
  const what = `Listing the containers of ${project}`;
  const answer = await askEngine(what, { signal }, (abortSignal) =>
    // With the hash, as the Compose CLI asks: what has none is no service's.
    docker.listContainers({
      all: true,
      filters: { label: [...projectFilter(project).label, label.configHash] },
      abortSignal,
    }),
  );
  return readAnswer(listedContainers, answer, what).map((found): ObservedContainer => {
    const { Labels } = found;
    const number = Number(Labels[label.number]);
    return {
      id: found.Id,
      // A link adds names of the form "/other/alias".
      name: (found.Names.find((name) => !name.slice(1).includes('/')) ?? found.Id).replace(/^\//, ''),
      service: Labels[label.service] ?? '',
      number: Number.isInteger(number) && number > 0 ? number : 1,
      oneOff: Labels[label.oneOff] === 'True',
      state: found.State,
      health: healthOf(found.Status),
      configHash: Labels[label.configHash] ?? '',
      imageId: Labels[label.image] ?? found.ImageID,
      networks: Object.fromEntries(
        Object.entries(found.NetworkSettings?.Networks ?? {}).map(([name, end]) => [
          name,
          end?.NetworkID ?? '',
        ]),
      ),
      volumes: found.Mounts.flatMap(({ Type, Name }) => (Type === 'volume' && Name ? [Name] : [])),
      replaces: label.replace in Labels,
      ports: [...new Set(found.Ports.flatMap(({ PublicPort }) => PublicPort ?? []))],
      dependsOn: parseDependsOn(Labels[label.dependsOn]),
    };
  });
}

/** Networks by the engine's filters; it takes a part of a name for the name, so look at the names. */
export async function observeNetworks(
  docker: Dockerode,
  filters: Record<string, string[]>,
  signal?: AbortSignal,
): Promise<ObservedNetwork[]> {
  const what = 'Listing the networks';
  const answer = await askEngine(what, { signal }, (abortSignal) =>
    docker.listNetworks({ filters, abortSignal }),
  );
  return readAnswer(listedNetworks, answer, what).map(({ Id, Name, Labels }) => ({
    id: Id,
    name: Name,
    ...ownership(Labels, label.network),
    ...(Labels[label.configHash] ? { configHash: Labels[label.configHash] } : {}),
  }));
}

/** Volumes by the engine's filters; it takes a part of a name for the name, so look at the names. */
export async function observeVolumes(
  docker: Dockerode,
  filters: Record<string, string[]>,
  signal?: AbortSignal,
): Promise<ObservedVolume[]> {
  const what = 'Listing the volumes';
  const answer = await askEngine(what, { signal }, (abortSignal) =>
    docker.listVolumes({ filters, abortSignal }),
  );
  return readAnswer(listedVolumes, answer, what).Volumes.map(({ Name, Labels }) => ({
    name: Name,
    ...ownership(Labels, label.volume),
  }));
}

function ownership(
  found: Readonly<Record<string, string>>,
  keyLabel: string,
): { project?: string; key?: string } {
  const project = found[label.project];
  const key = found[keyLabel];
  return { ...(project === undefined ? {} : { project }), ...(key === undefined ? {} : { key }) };
}

/** The list has the health in words only: "Up 2 hours (healthy)", "Up 3 seconds (health: starting)". */
function healthOf(status: string): ObservedContainer['health'] {
  if (!status.startsWith('Up')) return undefined;
  if (status.includes('(healthy)')) return 'healthy';
  if (status.includes('(unhealthy)')) return 'unhealthy';
  return status.includes('(health: starting)') ? 'starting' : 'none';
}
