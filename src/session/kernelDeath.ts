import { formatBytes } from '../base/format.ts';
import type { SessionFacts } from './sessionTypes.ts';

/** Less than this left of what the kernel may use: the system ends processes in such a state. */
const scarceBytes = 256 * 1024 * 1024;
const scarceShare = 0.1;

/** Why a kernel that ended by itself did so, as far as what was last known of it tells: a sentence. */
export function whyKernelDied(facts: SessionFacts | undefined): string {
  const died = 'The kernel died';
  const memory = facts?.memory;
  if (!memory) return `${died}.`;
  const used = formatBytes(memory.rssBytes);
  const { limitBytes, availableBytes } = memory;
  if (limitBytes !== undefined && isScarce(limitBytes - memory.rssBytes, limitBytes))
    return `${died}: it used ${used} of the ${formatBytes(limitBytes)} that it may use, so it was probably ended for lack of memory.`;
  if (availableBytes !== undefined && isScarce(availableBytes, memory.rssBytes + availableBytes))
    return `${died}: it used ${used} and the machine had ${formatBytes(availableBytes)} left, so it was probably ended for lack of memory.`;
  return `${died}. It used ${used} when it was last looked at, which is no reason: a crash in native code or a signal from outside ends it so.`;
}

function isScarce(leftBytes: number, ofBytes: number): boolean {
  return leftBytes < scarceBytes || leftBytes < ofBytes * scarceShare;
}
