import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { isWorkbenchError } from '../../../base/errors.ts';
import type { ContainerView } from './connectionFrom.ts';
import { askEngine, readAnswer } from '../connect/engineRequest.ts';
import { label } from '../container/labels.ts';
import { observeContainers } from '../apply/observe.ts';

const inspected = v.object({
  Name: v.string(),
  Config: v.object({
    Hostname: v.optional(v.string(), ''),
    Env: v.nullish(v.array(v.string()), []),
    Labels: v.nullish(v.record(v.string(), v.string()), {}),
  }),
  NetworkSettings: v.object({
    Ports: v.nullish(
      v.record(
        v.string(),
        v.nullable(v.array(v.object({ HostIp: v.optional(v.string(), ''), HostPort: v.string() }))),
      ),
      {},
    ),
    Networks: v.nullish(
      v.record(
        v.string(),
        v.nullable(
          v.object({ Aliases: v.nullish(v.array(v.string()), []), IPAddress: v.optional(v.string(), '') }),
        ),
      ),
      {},
    ),
  }),
});

/** What a connection needs to know of the running containers of a project. */
export async function readContainerViews(
  docker: Dockerode,
  projectName: string,
  signal?: AbortSignal,
): Promise<ContainerView[]> {
  const running = (await observeContainers(docker, projectName, signal))
    .filter(({ state, oneOff }) => state === 'running' && !oneOff)
    .sort((a, b) => a.number - b.number);
  const views = await Promise.all(
    running.map(async ({ id, name }) => {
      const what = `Looking at ${name}`;
      try {
        const answer = await askEngine(what, { signal }, (abortSignal) =>
          docker.getContainer(id).inspect({ abortSignal }),
        );
        return viewOf(readAnswer(inspected, answer, what));
      } catch (error) {
        if (isWorkbenchError(error, 'not-found')) return undefined;
        throw error;
      }
    }),
  );
  return views.filter((view) => view !== undefined);
}

function viewOf({ Name, Config, NetworkSettings }: v.InferOutput<typeof inspected>): ContainerView {
  const networks = Object.values(NetworkSettings.Networks).filter((network) => network !== null);
  const names = [Name.replace(/^\//, ''), Config.Hostname].concat(
    networks.flatMap(({ Aliases, IPAddress }) => [...Aliases, IPAddress]),
  );
  const labels = Config.Labels;
  return {
    service: labels[label.service] ?? '',
    names: [...new Set(names.filter((name) => name !== ''))],
    environment: Object.fromEntries(
      Config.Env.map((entry) => {
        const at = entry.indexOf('=');
        return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
      }),
    ),
    labels,
    ports: Object.entries(NetworkSettings.Ports).flatMap(([port, bindings]) => {
      const [, target, protocol] = /^(\d+)\/(\w+)$/.exec(port) ?? [];
      if (protocol !== 'tcp') return [];
      return (bindings ?? []).map(({ HostIp, HostPort }) => ({
        target: Number(target),
        published: Number(HostPort),
        hostIp: HostIp,
      }));
    }),
  };
}
