import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import { createOptions, type ContainerBody } from '../container/containerBody.ts';
import { packFiles, type ContainerFile } from '../container/containerFiles.ts';
import type { ReplacedContainer } from '../container/containerMounts.ts';
import { askEngine, readAnswer } from '../connect/engineRequest.ts';

/** For what takes seconds at most, on a machine that is busy. */
const longMs = 120_000;

/** A container that is there is what was asked for: 304 and 404 are normal answers to stops and removals. */
interface Named {
  id: string;
  name: string;
}

/**
 * Makes a container and joins it to its networks. Throws `conflict` for a name that is taken and `not-found` for a
 * missing image. What was half made is removed again.
 */
export async function createContainer(
  docker: Dockerode,
  { body, networksToConnect }: ContainerBody,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = body.name ?? '';
  const what = `Creating ${name}`;
  const container = await askEngine(what, { signal, timeoutMs: longMs }, (abortSignal) =>
    docker.createContainer(createOptions(body, abortSignal)),
  ).catch((error: unknown) => {
    throw isWorkbenchError(error, 'conflict') ? nameTaken(error, name) : error;
  });
  try {
    for (const { network, endpoint } of networksToConnect) {
      await askEngine(`Connecting ${name} to ${network}`, { signal, timeoutMs: longMs }, (abortSignal) =>
        docker.getNetwork(network).connect({
          Container: container.id,
          EndpointConfig: endpoint,
          abortSignal,
          // The published types leave the signal out.
        } as Dockerode.NetworkConnectOptions),
      );
    }
  } catch (error) {
    await removeContainer(docker, { id: container.id, name }).catch(() => undefined);
    throw error;
  }
  return container.id;
}

function nameTaken(error: WorkbenchError, name: string): WorkbenchError {
  if (!/name .* already in use/.test(error.message)) return error;
  return new WorkbenchError(
    'conflict',
    `There is a container ${name} already, which is not this project's. Rename or remove it: \`docker rm ${name}\`.`,
    { cause: error },
  );
}

/** Puts files into a container that does not run. */
export async function copyFiles(
  docker: Dockerode,
  { id, name }: Named,
  files: readonly ContainerFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (files.length === 0) return;
  const archive = await packFiles(files);
  await askEngine(`Copying secrets and configs into ${name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
    docker.getContainer(id).putArchive(archive, { path: '/', abortSignal }),
  );
}

/** Starts a container; one that runs stays as it is. Throws `conflict` for a port that is taken. */
export async function startContainer(
  docker: Dockerode,
  { id, name }: Named,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await askEngine(`Starting ${name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
      docker.getContainer(id).start({ abortSignal }),
    );
  } catch (error) {
    if (!isWorkbenchError(error) || error.details.status !== 304) throw error;
  }
}

export async function unpauseContainer(
  docker: Dockerode,
  { id, name }: Named,
  signal?: AbortSignal,
): Promise<void> {
  await askEngine(`Waking ${name}`, { signal }, (abortSignal) =>
    docker.getContainer(id).unpause({ abortSignal }),
  );
}

const stopping = v.object({ Config: v.object({ StopTimeout: v.optional(v.number()) }) });

/** Between the signal to end and the kill, where a container says nothing else. */
const usualGraceSeconds = 10;

/** Stops a container by its own signal within its own time; then the engine kills it. */
export async function stopContainer(
  docker: Dockerode,
  { id, name }: Named,
  signal?: AbortSignal,
): Promise<void> {
  const what = `Stopping ${name}`;
  const container = docker.getContainer(id);
  const stop = (graceSeconds: number): Promise<unknown> =>
    askEngine(what, { signal, timeoutMs: graceSeconds * 1000 + longMs }, (abortSignal) =>
      container.stop({ abortSignal }),
    );
  try {
    // Few have more than the usual time to end: it is asked only of one that takes it.
    await stop(usualGraceSeconds).catch(async (error: unknown) => {
      if (!isWorkbenchError(error, 'unreachable')) throw error;
      const answer = await askEngine(what, { signal }, (abortSignal) => container.inspect({ abortSignal }));
      const graceSeconds = readAnswer(stopping, answer, what).Config.StopTimeout ?? usualGraceSeconds;
      if (graceSeconds <= usualGraceSeconds) throw error;
      await stop(graceSeconds);
    });
  } catch (error) {
    if (!isWorkbenchError(error) || ![304, 404].includes(error.details.status ?? 0)) throw error;
  }
}

/** Removes a container that was stopped; with `volumes` its anonymous volumes too. Named volumes stay. */
export async function removeContainer(
  docker: Dockerode,
  { id, name }: Named,
  options: { volumes?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { volumes = false, signal } = options;
  try {
    await askEngine(`Removing ${name}`, { signal, timeoutMs: longMs }, (abortSignal) =>
      docker.getContainer(id).remove({ force: true, v: volumes, abortSignal }),
    );
  } catch (error) {
    // 409: another call removes it just now.
    if (!isWorkbenchError(error) || ![404, 409].includes(error.details.status ?? 0)) throw error;
  }
}

export async function renameContainer(
  docker: Dockerode,
  { id, name }: Named,
  newName: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await askEngine(`Renaming ${name}`, { signal }, (abortSignal) =>
      docker.getContainer(id).rename({ name: newName, abortSignal }),
    );
  } catch (error) {
    throw isWorkbenchError(error, 'conflict') ? nameTaken(error, newName) : error;
  }
}

const mounted = v.object({
  Image: v.string(),
  Mounts: v.array(
    v.object({
      Type: v.string(),
      Name: v.optional(v.string()),
      Source: v.optional(v.string(), ''),
      Destination: v.string(),
      RW: v.boolean(),
    }),
  ),
});
const imageVolumes = v.object({
  Config: v.nullish(v.object({ Volumes: v.nullish(v.record(v.string(), v.unknown())) })),
});

/** What the next container takes over from the one that it replaces: its anonymous volumes. */
export async function readReplaced(
  docker: Dockerode,
  { id, name }: Named,
  image: string,
  signal?: AbortSignal,
): Promise<ReplacedContainer> {
  const what = `Looking at the volumes of ${name}`;
  const [container, newImage] = await Promise.all([
    askEngine(what, { signal }, (abortSignal) => docker.getContainer(id).inspect({ abortSignal })),
    askEngine(what, { signal }, (abortSignal) =>
      // dockerode cannot abort this one.
      Promise.race([docker.getImage(image).inspect(), rejectOnAbort(abortSignal)]),
    ),
  ]);
  return {
    mounts: readAnswer(mounted, container, what).Mounts.map(({ Name, ...mount }) => ({
      ...mount,
      ...(Name === undefined ? {} : { Name }),
    })),
    imageVolumes: Object.keys(readAnswer(imageVolumes, newImage, what).Config?.Volumes ?? {}),
  };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(new Error('aborted'));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
