import { sleep } from '../../base/cancellation.ts';
import { WorkbenchError } from '../../base/errors.ts';
import {
  sendSignal,
  withDescendants,
  type ProcessIdentity,
  type ProcessInfo,
  type Processes,
} from '../processes.ts';
import { markVariable } from './launch.ts';

/** How long a killed process may take to vanish; longer only in an uninterruptible wait for a disk. */
const killedWithinMs = 10_000;

/**
 * Ends a process with its group and descendants: the signal, then, after the grace time, SIGKILL. A process id that
 * belongs to somebody else by now is left alone. Where the process itself is dead, what is left of its group is ended
 * if it carries `mark`. Throws `timeout` if something survives.
 */
export async function stopProcess(options: {
  processes: Processes;
  identity: ProcessIdentity;
  mark: string;
  signal: NodeJS.Signals;
  graceMs: number;
}): Promise<void> {
  const { processes, identity, mark, signal, graceMs } = options;
  const targets = new Map<number, string>();
  const seen = { alive: false };
  const look = async (): Promise<ProcessInfo[]> => {
    const all = await processes.all();
    const leader = all.find(({ pid }) => pid === identity.pid);
    if (leader?.started === identity.started) seen.alive = true;
    let found: ProcessInfo[];
    if (seen.alive) {
      // Known ones count on, when their parent's end has taken them out of the family.
      const roots = all.filter(({ pid, started }) => targets.get(pid) === started).map(({ pid }) => pid);
      // As long as the group has members its id is not given to anybody else.
      const isOurGroup = !leader || leader.started === identity.started;
      found = withDescendants(all, new Set(isOurGroup ? [...roots, identity.pid] : roots));
    } else {
      if (leader || !all.some(({ group }) => group === identity.pid)) return [];
      const marks = await processes.withVariable(markVariable);
      found = all.filter(({ pid, group }) => group === identity.pid && marks.get(pid) === mark);
    }
    for (const { pid, started } of found) targets.set(pid, started);
    return found;
  };

  const first = await look();
  if (first.length === 0) return;
  // The group as a whole. Descendants in groups of their own, such as PostgreSQL's backends or Jupyter's kernels, are
  // ended by their parent; they are killed only if they outlive it.
  if (seen.alive) sendSignal(-identity.pid, signal);
  else for (const { pid } of first) sendSignal(pid, signal);
  if (await areGone(look, graceMs)) return;
  for (const { pid } of await look()) sendSignal(pid, 'SIGKILL');
  if (await areGone(look, killedWithinMs)) return;
  throw new WorkbenchError('timeout', `Process ${identity.pid} does not end, not even with SIGKILL.`);
}

async function areGone(look: () => Promise<ProcessInfo[]>, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 2, 200)) {
    if ((await look()).length === 0) return true;
    if (Date.now() >= deadline) return false;
    await sleep(pauseMs);
  }
}
