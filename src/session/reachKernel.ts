import { throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { retryUntil } from '../base/retry.ts';
import type { FoundKernel, JupyterServer } from './jupyterServer.ts';
import type { KernelExit } from './kernelDeath.ts';
import { findKernelState, type KernelState } from './kernelRequests.ts';
import type { KernelSocket } from './kernelSocket.ts';

/** A kernel that is connected to. */
export interface Reached {
  found: FoundKernel;
  socket: KernelSocket;
  /** Absent in a bare kernel: one that nobody has begun a session in. */
  state: KernelState | undefined;
}

/** A server that is away for longer is started anew by a person, who then starts the session too. */
const recoveryTimeoutMs = 10 * 60_000;
const attemptTimeoutMs = 15_000;
const exitTimeoutMs = 2_000;
/** Another client that restarts the kernel begins a session in it within this time. */
const restartElsewhereMs = 30_000;

/** Connects to a kernel and looks at it. Throws what `KernelSocket.open` and `findKernelState` throw. */
export async function reachKernel(
  server: JupyterServer,
  found: FoundKernel,
  signal: AbortSignal,
): Promise<Reached> {
  const socket = await server.connect(found.kernelId, { signal });
  try {
    return { found, socket, state: await findKernelState(socket, { signal }) };
  } catch (error) {
    socket.terminate();
    throw error;
  }
}

/** The same; undefined for a kernel that is gone by now, whose session is removed. */
export async function reachIfThere(
  server: JupyterServer,
  found: FoundKernel,
  signal: AbortSignal,
): Promise<Reached | undefined> {
  try {
    return await reachKernel(server, found, signal);
  } catch (error) {
    if (!isWorkbenchError(error, 'not-found')) throw error;
    await server.remove(found.sessionId, { signal });
    return undefined;
  }
}

/** How a kernel that died has ended; undefined where the server does not tell. Never rejects. */
export async function findExit(
  server: JupyterServer,
  { kernelId }: FoundKernel,
  signal: AbortSignal,
): Promise<KernelExit | undefined> {
  try {
    return await server.exit(kernelId, { signal, timeoutMs: exitTimeoutMs });
  } catch {
    return undefined;
  }
}

/** One try: the server waits a minute for a kernel that is being ended. */
async function reachInTime(
  server: JupyterServer,
  kernel: FoundKernel,
  signal: AbortSignal,
): Promise<Reached> {
  const late = new AbortController();
  const why = new WorkbenchError('timeout', 'The kernel did not answer in time.');
  const timer = setTimeout(() => late.abort(why), attemptTimeoutMs);
  try {
    return await reachKernel(server, kernel, AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Connects again to a kernel whose connection was lost, as soon as that can be. `isReplaced`: another client restarts it
 * just now, and begins a session in it. Throws `not-found` where the server does not have it any more, `timeout`,
 * `cancelled`.
 */
export async function reachAgain(
  server: JupyterServer,
  kernel: FoundKernel,
  isReplaced: boolean,
  signal: AbortSignal,
): Promise<Reached> {
  const patienceEnds = Date.now() + (isReplaced ? restartElsewhereMs : 0);
  const reached = await retryUntil(
    async () => {
      if (!(await server.has(kernel.kernelId, { signal })))
        throw new WorkbenchError('not-found', 'The kernel is not there any more.');
      const found = await reachInTime(server, kernel, signal);
      if (found.state || Date.now() > patienceEnds) return found;
      found.socket.terminate();
      return undefined;
    },
    {
      what: "The session's server",
      timeoutMs: recoveryTimeoutMs,
      intervalMs: 200,
      maxIntervalMs: 5_000,
      signal,
    },
  );
  if (signal.aborted) reached.socket.terminate();
  throwIfCancelled(signal);
  return reached;
}
