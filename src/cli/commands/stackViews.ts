import { formatBytes, formatDuration, plainText } from '../../base/format.ts';
import type { OnProgress } from '../../base/log.ts';
import type { EngineName } from '../../stack/chosenEngine.ts';
import {
  isRunning,
  replicaName,
  type PlannedStep,
  type ServiceStats,
  type ServiceStatus,
  type StackEvent,
} from '../../stack/engine.ts';
import type { Cli } from '../cli.ts';

/** A line for each service that has got where it should be, and what is still waited for. */
export async function showEvents(
  cli: Cli,
  operation: (onEvent: (event: StackEvent) => void, onProgress: OnProgress) => Promise<void>,
): Promise<void> {
  const progress = cli.terminal.progress();
  const stopping = new Set<string>();
  const busy = new Set<string>();
  try {
    await operation(({ service, replica, step, detail }) => {
      const name =
        service === undefined ? 'stack' : replicaName(service, replica ?? 1, replica === undefined ? 1 : 2);
      const text = detail === undefined ? '' : ` ${plainText(detail)}`;
      if (step === 'note') return cli.terminal.note(`  ${name}:${text}`);
      if (step === 'waiting') return;
      if (step === 'stopping') stopping.add(name);
      if (step === 'starting' || step === 'stopping') busy.add(name);
      else busy.delete(name);
      if (step === 'healthy') cli.terminal.ok(`${name} healthy${text}`);
      if (step === 'stopped' && stopping.delete(name)) cli.terminal.ok(`${name} stopped${text}`);
      if (step === 'failed') cli.terminal.bad(`${name} failed${text}`);
      if (busy.size > 0) progress.report({ message: `Waiting for ${[...busy].join(', ')}` });
    }, progress.report);
  } finally {
    progress.end();
  }
}

export function showPlan(cli: Cli, engine: EngineName, steps: readonly PlannedStep[]): void {
  for (const { action, kind, name, reason } of steps) {
    const why = reason === undefined ? '' : `  (${plainText(reason)})`;
    cli.terminal.print(`${action.padEnd(8)} ${kind.padEnd(9)} ${plainText(name)}${why}`);
  }
  const changes = steps.filter(({ action }) => action !== 'leave').length;
  cli.terminal.note(
    changes === 0
      ? `Nothing to do: the stack is as it should be (${engine} engine).`
      : `${changes} of ${steps.length} would change (${engine} engine). Nothing was done.`,
  );
}

export function showSamples(cli: Cli, samples: readonly ServiceStats[]): void {
  const bytes = (value: number | undefined): string => (value === undefined ? '' : formatBytes(value));
  cli.terminal.table(
    ['service', 'cores', 'memory', 'limit', 'received', 'sent'],
    [...samples]
      .sort((a, b) => a.service.localeCompare(b.service) || a.replica - b.replica)
      .map((sample) => [
        replicaName(sample.service, sample.replica),
        sample.cpuCores.toFixed(2),
        bytes(sample.memoryBytes),
        bytes(sample.memoryLimitBytes),
        bytes(sample.networkReceivedBytes),
        bytes(sample.networkSentBytes),
      ]),
  );
}

export function showStatus(cli: Cli, engine: EngineName, services: readonly ServiceStatus[]): void {
  const count = new Map<string, number>();
  for (const { service } of services) count.set(service, (count.get(service) ?? 0) + 1);
  cli.terminal.note(
    services.some(isRunning)
      ? `The stack runs on the ${engine} engine.`
      : `No stack runs (${engine} engine).`,
  );
  cli.terminal.table(
    ['service', 'state', 'ports', engine === 'docker' ? 'container' : 'pid', 'up for', ''],
    services.map((status) => [
      replicaName(status.service, status.replica, count.get(status.service) ?? 1),
      status.exitCode === undefined ? status.state : `${status.state} (${status.exitCode})`,
      status.ports.join(', '),
      status.container?.slice(0, 12) ?? String(status.pid ?? ''),
      status.since === undefined ? '' : formatDuration(Date.now() - status.since.getTime()),
      remark(status),
    ]),
  );
}

function remark({ message, profiles, state }: ServiceStatus): string {
  if (message !== undefined) return plainText(message);
  return profiles.length > 0 && state === 'stopped' ? `profile ${profiles.join(', ')}` : '';
}
