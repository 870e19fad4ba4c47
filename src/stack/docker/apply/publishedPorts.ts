import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import type { ComposePort, ComposeService } from '../../compose/model.ts';
import { isListening, portOwner } from '../../ports.ts';
import { askEngine, readAnswer } from '../connect/engineRequest.ts';

const published = v.array(
  v.object({
    Names: v.array(v.string()),
    Ports: v.nullish(
      v.array(v.object({ PublicPort: v.optional(v.number()), Type: v.optional(v.string()) })),
      [],
    ),
  }),
);

/** The host's single TCP ports that a service publishes, and where; ranges and free ones are the engine's to choose. */
export function fixedPorts({ ports = [] }: ComposeService): { hostIp: string; port: number }[] {
  return ports
    .filter((port) => port.protocol !== 'udp' && port.protocol !== 'sctp' && isSingle(port))
    .map(({ host_ip, published: port }) => ({ hostIp: host_ip ?? '', port: Number(port) }));
}

export function publishesRange({ ports = [] }: ComposeService): boolean {
  return ports.some(({ published: port }) => port?.includes('-'));
}

function isSingle({ published: port }: ComposePort): boolean {
  return port !== undefined && /^\d+$/.test(port) && Number(port) > 0;
}

/**
 * Throws `conflict` with the owner's name if somebody else listens on a port that is about to be published. On a
 * remote engine only the engine itself can tell, when it starts the container.
 */
export async function requireFreePorts(
  docker: Dockerode,
  ports: readonly { service: string; hostIp: string; port: number }[],
  ours: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<void> {
  await Promise.all(
    ports.map(async ({ service, hostIp, port }) => {
      const host = ['', '0.0.0.0', '::'].includes(hostIp) ? '127.0.0.1' : hostIp;
      if (ours.has(port) || !(await isListening(host, port, signal))) return;
      throw await taken(docker, service, port);
    }),
  );
}

/** A start that failed over a port, as `conflict` with the owner's name; any other error as it is. */
export async function portTakenMeanwhile(
  docker: Dockerode,
  error: unknown,
  service: string,
): Promise<unknown> {
  if (!isWorkbenchError(error)) return error;
  // "Bind for 0.0.0.0:8080 failed: port is already allocated", "listen tcp4 0.0.0.0:8080: bind: address already in use".
  const [, port] =
    /:(\d+) failed: port is already allocated|:(\d+): bind: address already in use/
      .exec(error.message)
      ?.filter(Boolean) ?? [];
  return port === undefined ? error : taken(docker, service, Number(port), error);
}

async function taken(
  docker: Dockerode,
  service: string,
  port: number,
  cause?: unknown,
): Promise<WorkbenchError> {
  const owner = (await publisherOf(docker, port)) ?? (await processOf(port)) ?? 'another program';
  return new WorkbenchError(
    'conflict',
    `${service} is to be published on port ${port}, and ${owner} has that port. Stop it, or choose another port.`,
    { cause, port },
  );
}

/** The running container that publishes a TCP port of the host, in words. */
export async function publisherOf(docker: Dockerode, port: number): Promise<string | undefined> {
  try {
    const what = 'Looking for the owner of a port';
    const answer = await askEngine(what, { timeoutMs: 5_000 }, (abortSignal) =>
      docker.listContainers({ abortSignal }),
    );
    const found = readAnswer(published, answer, what).find(({ Ports }) =>
      Ports.some(({ PublicPort, Type }) => PublicPort === port && (Type ?? 'tcp') === 'tcp'),
    );
    return found && `the container ${(found.Names[0] ?? '').replace(/^\//, '')}`;
  } catch {
    // The conflict is the news.
    return undefined;
  }
}

async function processOf(port: number): Promise<string | undefined> {
  const owner = await portOwner(port).catch(() => undefined);
  return owner && `${owner.command} (process ${owner.pid})`;
}
