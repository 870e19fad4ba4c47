import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import { replicaName, type ContainerShell, type ShellOptions } from '../../engine.ts';
import { askEngine, engineFault, readAnswer } from '../connect/engineRequest.ts';
import { listContainers } from './projectContainers.ts';

const inspected = v.object({ Running: v.boolean(), ExitCode: v.nullish(v.number()) });

/** Bash where the image has it. */
const command = ['/bin/sh', '-c', 'if command -v bash >/dev/null; then exec bash; fi; exec sh'];

/** A shell with a terminal of its own in a running container. */
export async function openShell(
  docker: Dockerode,
  { projectName, service, replica }: { projectName: string; service: string; replica: number },
  { columns, rows, signal }: ShellOptions,
): Promise<ContainerShell> {
  const containers = await listContainers(docker, projectName, signal);
  const ofService = containers.filter((container) => container.service === service);
  const name = replicaName(service, replica, ofService.length);
  const what = `Opening a shell in ${name}`;
  const container = ofService.find((one) => one.replica === replica);
  if (!container) throw new WorkbenchError('not-found', `${name} does not run: start it first.`);
  try {
    const exec = await askEngine(what, { signal }, (abortSignal) =>
      docker.getContainer(container.id).exec({
        ...{ Cmd: command, Tty: true, AttachStdin: true, AttachStdout: true, AttachStderr: true },
        Env: ['TERM=xterm-256color'],
        ConsoleSize: [rows, columns],
        abortSignal,
      }),
    );
    // Without the signal: it would end the shell, not only the wait for it.
    const stream = await askEngine(what, { signal }, () =>
      exec.start({ hijack: true, stdin: true, Tty: true }),
    );
    const resize = async (w: number, h: number): Promise<void> => {
      await askEngine('Telling the shell its size', {}, (abortSignal) => exec.resize({ w, h, abortSignal }));
    };
    // Engines older than 1.42 do not know `ConsoleSize`.
    await resize(columns, rows).catch(() => undefined);
    return {
      kind: 'container',
      output: outputOf(stream, what),
      write: (text) => void stream.write(text),
      resize,
      exitCode: async () => {
        const answer = await askEngine(what, {}, (abortSignal) => exec.inspect({ abortSignal }));
        return readAnswer(inspected, answer, what).ExitCode ?? undefined;
      },
      close: () => stream.destroy(),
    };
  } catch (error) {
    // A container that is stopped, or paused.
    if (!isWorkbenchError(error, 'conflict')) throw error;
    throw new WorkbenchError('not-found', `${name} does not run: start it first.`, { cause: error });
  }
}

async function* outputOf(stream: Duplex, what: string): AsyncIterable<Buffer> {
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    // It was closed from here.
    if (stream.destroyed && (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    throw engineFault(error, what);
  }
}
