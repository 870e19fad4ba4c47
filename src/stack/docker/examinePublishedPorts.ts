import * as v from 'valibot';
import type { Finding } from '../finding.ts';
import { portFindings } from '../machine.ts';
import { isListening, portOwners } from '../ports.ts';
import type { DockerConnection } from './connect/endpoint.ts';
import { askEngine, readAnswer } from './connect/engineRequest.ts';
import { label } from './container/labels.ts';

const listed = v.array(
  v.object({
    Names: v.array(v.string()),
    Labels: v.nullish(v.record(v.string(), v.string()), {}),
    Ports: v.nullish(
      v.array(v.object({ PublicPort: v.optional(v.number()), Type: v.optional(v.string()) })),
      [],
    ),
  }),
);

/**
 * Who has the TCP ports that the stack would publish: other containers by their names and projects, other processes
 * of this machine by theirs. Containers of `projectName` count as the stack itself.
 */
export async function examinePublishedPorts(
  { docker, info }: DockerConnection,
  ports: ReadonlyMap<string, number>,
  projectName: string | undefined,
  signal?: AbortSignal,
): Promise<Finding[]> {
  if (ports.size === 0) return [];
  const what = 'Looking for the owners of the ports';
  const answer = await askEngine(what, { signal }, (abortSignal) => docker.listContainers({ abortSignal }));
  const publishers = new Map<number, string>();
  const ours = new Set<number>();
  for (const { Names, Labels, Ports } of readAnswer(listed, answer, what)) {
    const project = Labels[label.project];
    const name = `the container ${(Names[0] ?? '').replace(/^\//, '')}`;
    for (const { PublicPort: port, Type } of Ports) {
      if (port === undefined || (Type ?? 'tcp') !== 'tcp') continue;
      if (projectName !== undefined && project === projectName) ours.add(port);
      else publishers.set(port, project === undefined ? name : `${name} of the project ${project}`);
    }
  }
  // A remote engine publishes on its own machine, where processes cannot be seen.
  const isHere = info.hostIp === undefined;
  const others = [...ports.values()].filter((port) => !publishers.has(port) && !ours.has(port));
  const owners = isHere ? await portOwners(others) : undefined;
  return portFindings(ports, async (port) => {
    if (ours.has(port)) return undefined;
    const process = owners?.get(port);
    return (
      publishers.get(port) ??
      (process && `${process.command} (process ${process.pid})`) ??
      (isHere && (await isListening('127.0.0.1', port, signal)) ? 'another process' : undefined)
    );
  });
}
