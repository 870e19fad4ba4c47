import { randomUUID } from 'node:crypto';
import { WorkbenchError } from '../base/errors.ts';
import { beginCode, readKernelBundle, type KernelSettings } from './kernelBundle.ts';
import { executeSilently } from './kernelRequests.ts';
import type { KernelSocket } from './kernelSocket.ts';
import { silentPrefix } from './runLedger.ts';

const beginTimeoutMs = 60_000;
/** A driver's JVM on a busy machine, and a cluster that recovers. */
const sparkTimeoutMs = 240_000;

interface Waiting {
  signal?: AbortSignal | undefined;
}

/** Begins a session in a bare kernel. Throws `failed` with Python's words. */
export async function beginKernel(
  socket: KernelSocket,
  settings: KernelSettings,
  o: Waiting = {},
): Promise<void> {
  const code = beginCode(await readKernelBundle(), settings);
  const why = await execute(socket, code, { ...o, timeoutMs: beginTimeoutMs });
  if (why !== undefined) throw new WorkbenchError('failed', `The session could not begin: ${why}`);
}

/** Makes the kernel's Spark session; gives why there is none, in Spark's words. */
export function startSpark(socket: KernelSocket, o: Waiting = {}): Promise<string | undefined> {
  return execute(socket, '__medallion__.start_spark()', { ...o, timeoutMs: sparkTimeoutMs });
}

/** Runs code; gives the error that it ended with. */
async function execute(
  socket: KernelSocket,
  code: string,
  o: Waiting & { timeoutMs: number },
): Promise<string | undefined> {
  for (;;) {
    const reply = await executeSilently(socket, code, { ...o, id: silentPrefix + randomUUID() });
    if (reply.status === 'ok') return undefined;
    if (reply.status === 'error') return `${reply.ename}: ${reply.evalue}`;
    // A cell before it failed, and took what waited behind it along.
  }
}
