import { InvalidArgumentError, type Command } from 'commander';
import { WorkbenchError } from '../../base/errors.ts';
import { formatDuration, plainText } from '../../base/format.ts';
import type { OnProgress } from '../../base/log.ts';
import { replicaName, type ServiceStatus, type StackEvent } from '../../stack/engine.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exitCodes.ts';
import { collect } from './jobCommands.ts';
import { wholeNumber } from './lakeCommands.ts';

export function addStackCommands(program: Command, cli: Cli): void {
  program
    .command('up')
    .description('start the stack; what already runs is left alone')
    .argument('[services...]', 'only these, and what they depend on')
    .option('--engine <name>', 'auto or local', engineName, 'auto')
    .option('--profile <name>', 'also the services of this profile; may be repeated', collect, [])
    .option('--scale <service=n>', 'so many replicas of a service; may be repeated', collect, [])
    .action(async (services: string[], options: { profile: string[]; scale: string[] }) => {
      const beganAt = Date.now();
      let report: OnProgress | undefined;
      const engine = cli.workbench.engine((progress) => report?.(progress));
      await showEvents(cli, (onEvent, onProgress) => {
        report = onProgress;
        return engine.up({
          services: services.length > 0 ? services : undefined,
          profiles: options.profile,
          scale: scales(options.scale),
          signal: cli.signal,
          onEvent,
        });
      });
      cli.terminal.ok(`The stack is up (${engine.name} engine, ${formatDuration(Date.now() - beganAt)}).`);
    });

  program
    .command('down')
    .description('stop the stack; its data stays')
    .option('--volumes', 'remove the data too; asks first')
    .option('-y, --yes', 'do not ask')
    .action(async ({ volumes, yes }: { volumes?: boolean; yes?: boolean }) => {
      const engine = cli.workbench.engine();
      if (volumes) await askToRemove(cli, yes === true, 'all data of this stack (the lake, the database)');
      await showEvents(cli, (onEvent) =>
        engine.down({ volumes: volumes === true, signal: cli.signal, onEvent }),
      );
      cli.terminal.ok(
        volumes ? 'The stack is down, and its data removed.' : 'The stack is down; its data is kept.',
      );
    });

  program
    .command('restart')
    .description('stop and start one service')
    .argument('<service>')
    .action(async (service: string) => {
      const engine = cli.workbench.engine();
      await showEvents(cli, (onEvent) => engine.restart(service, { signal: cli.signal, onEvent }));
      cli.terminal.ok(`${service} was restarted.`);
    });

  program
    .command('reset')
    .description('stop the stack and remove its data and logs; asks first')
    .option('-y, --yes', 'do not ask')
    .action(async ({ yes }: { yes?: boolean }) => {
      const engine = cli.workbench.engine();
      await askToRemove(cli, yes === true, 'all data and logs of this stack');
      await showEvents(cli, (onEvent) => engine.reset({ signal: cli.signal, onEvent }));
      cli.terminal.ok('The stack is as if it had never been started.');
    });

  program
    .command('status')
    .description('the services: state, ports, process')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const engine = cli.workbench.engine();
      const services = await engine.status({ signal: cli.signal });
      if (json) cli.terminal.json({ engine: engine.name, services });
      else showStatus(cli, services);
      const wanted = services.filter(({ profiles, state }) => profiles.length === 0 || state !== 'stopped');
      const well = wanted.every(({ state }) => state === 'healthy' || state === 'running');
      cli.exitCode = well ? exitCodes.ok : exitCodes.unreachable;
    });

  program
    .command('logs')
    .description("the services' logs")
    .argument('[services...]', 'only these')
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('-n, --tail <n>', 'only the last lines of each', wholeNumber)
    .action(async (services: string[], { follow, tail }: { follow?: boolean; tail?: number }) => {
      const engine = cli.workbench.engine();
      const lines = engine.logs({
        ...(services.length > 0 ? { services } : {}),
        follow: follow === true,
        tail,
        signal: cli.signal,
      });
      const width = 16;
      for await (const { service, replica, line } of lines) {
        await cli.terminal.write(`${replicaName(service, replica).padEnd(width)} | ${plainText(line)}\n`);
      }
    });

  program
    .command('doctor')
    .description('what is wrong, or could be, and how to mend it')
    .option('--json', 'as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const findings = await cli.withProgress(() => cli.workbench.examine(cli.signal));
      if (json) cli.terminal.json(findings);
      else {
        for (const { name, state, detail, fix } of findings) {
          const mark = { ok: '\u2713', warn: '!', fail: '\u2717' }[state];
          cli.terminal.print(`${mark} ${name.padEnd(16)} ${plainText(detail)}`);
          if (fix !== undefined) cli.terminal.print(`  ${''.padEnd(16)} \u2192 ${plainText(fix)}`);
        }
      }
      if (findings.some(({ state }) => state === 'fail')) cli.exitCode = exitCodes.failed;
    });
}

/** A line for each service that has got where it should be, and what is still waited for. */
async function showEvents(
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
      const text = detail === undefined ? '' : ` ${detail}`;
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

function showStatus(cli: Cli, services: readonly ServiceStatus[]): void {
  const count = new Map<string, number>();
  for (const { service } of services) count.set(service, (count.get(service) ?? 0) + 1);
  cli.terminal.table(
    ['service', 'state', 'ports', 'pid', 'up for', ''],
    services.map(({ service, replica, state, ports, pid, since, exitCode, message, profiles }) => [
      replicaName(service, replica, count.get(service) ?? 1),
      exitCode === undefined ? state : `${state} (${exitCode})`,
      ports.join(', '),
      pid === undefined ? '' : String(pid),
      since === undefined ? '' : formatDuration(Date.now() - since.getTime()),
      message ?? (profiles.length > 0 && state === 'stopped' ? `profile ${profiles.join(', ')}` : ''),
    ]),
  );
}

async function askToRemove(cli: Cli, yes: boolean, what: string): Promise<void> {
  if (yes || (await cli.terminal.confirm(`Remove ${what}?`, cli.signal))) return;
  throw new WorkbenchError('cancelled', `Nothing was removed: removing ${what} needs a yes, or --yes.`);
}

function scales(entries: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    entries.map((entry) => {
      const match = /^([^=]+)=(\d+)$/.exec(entry);
      if (!match) throw new WorkbenchError('invalid', `--scale ${entry} is not of the form service=number.`);
      return [match[1]!, wholeNumber(match[2]!)];
    }),
  );
}

function engineName(name: string): string {
  if (name === 'auto' || name === 'local') return name;
  throw new InvalidArgumentError('The engines are auto and local; the Docker engine is not built yet.');
}
