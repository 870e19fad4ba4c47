import { constants } from 'node:os';
import * as v from 'valibot';
import { formatBytes } from '../base/format.ts';
import type { SessionFacts } from './sessionTypes.ts';

/**
 * How a process ended: its exit code, or as a negative number the signal. `oomKills`: how many processes of its group the
 * system has just ended for lack of memory, where that is known.
 */
export const kernelExitSchema = v.object({ code: v.number(), oomKills: v.nullish(v.number()) });
export type KernelExit = v.InferOutput<typeof kernelExitSchema>;

/** Less than this left of what the kernel may use: the system ends processes in such a state. */
const scarceBytes = 256 * 1024 * 1024;
const scarceShare = 0.1;

/** Why a kernel that ended by itself did so, as far as its exit and what was last known of it tell: a sentence. */
export function whyKernelDied(facts: SessionFacts | undefined, exit?: KernelExit): string {
  const memory = facts?.memory;
  // Whoever ends by itself, or by another signal, had the memory that it needed.
  const oomKills = exit?.code === -constants.signals.SIGKILL ? exit.oomKills : exit && 0;
  const end = `The kernel ${exit ? howEnded(exit) : 'died'}`;
  const last = memory ? ` It used ${formatBytes(memory.rssBytes)} when it was last looked at.` : '';
  if (oomKills != null) return `${end}${oomKills > 0 ? ": the system's memory ran out" : ''}.${last}`;
  const lack = memory && lackOfMemory(memory);
  if (lack !== undefined) return `${end}: ${lack}, so it was probably ended for lack of memory.`;
  if (!memory || exit) return `${end}.${last}`;
  return `${end}. It used ${formatBytes(memory.rssBytes)} when it was last looked at, which is no reason: a crash in native code or a signal from outside ends it so.`;
}

function howEnded({ code }: KernelExit): string {
  if (code >= 0) return `ended with exit code ${code}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === -code)?.[0];
  return `was killed by signal ${-code}${name === undefined ? '' : ` (${name})`}`;
}

function lackOfMemory({
  rssBytes,
  limitBytes,
  availableBytes,
}: NonNullable<SessionFacts['memory']>): string | undefined {
  const used = formatBytes(rssBytes);
  if (limitBytes !== undefined && isScarce(limitBytes - rssBytes, limitBytes))
    return `it used ${used} of the ${formatBytes(limitBytes)} that it may use`;
  if (availableBytes !== undefined && isScarce(availableBytes, rssBytes + availableBytes))
    return `it used ${used} and the machine had ${formatBytes(availableBytes)} left`;
  return undefined;
}

function isScarce(leftBytes: number, ofBytes: number): boolean {
  return leftBytes < scarceBytes || leftBytes < ofBytes * scarceShare;
}
