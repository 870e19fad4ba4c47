import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { WorkbenchError } from '../../base/errors.ts';
import { formatDuration, plainText } from '../../base/format.ts';
import type { OnProgress } from '../../base/log.ts';
import { engineNames, type EngineName } from '../../stack/chosenEngine.ts';
import { isRunning, replicaName, type ServiceStats } from '../../stack/engine.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exitCodes.ts';
import { collect } from './jobCommands.ts';
import { wholeNumber } from './lakeCommands.ts';
import { showEvents, showPlan, showSamples, showStatus } from './stackViews.ts';

interface UpFlags {
  engine: EngineName | 'auto';
  file: string[];
  envFile: string[];
  projectName?: string;
  profile: string[];
  scale: string[];
  build?: boolean;
  removeOrphans?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

interface DownFlags {
  volumes?: true | string[];
  removeOrphans?: boolean;
  yes?: boolean;
}

interface LogFlags {
  follow?: boolean;
  tail?: number;
  timestamps?: boolean;
}

export function addStackCommands(program: Command, cli: Cli): void {
  program
    .command('up')
    .description('start the stack; what already runs is left alone')
    .argument('[services...]', 'only these, and what they depend on')
    .addOption(
      new Option('--engine <name>', 'auto: the one of last time, else Docker where it answers, else local')
        .choices(['auto', ...engineNames])
        .default('auto')
        .env('MEDALLION_ENGINE'),
    )
    .option(
      '-f, --file <path>',
      "Docker: this Compose file, or `default` for Medallion's own; may be repeated (default: as last time)",
      collect,
      [],
    )
    .option('--env-file <path>', 'Docker: variables for the Compose files; may be repeated', collect, [])
    .option('-p, --project-name <name>', 'Docker: the name of the Compose project')
    .option('--profile <name>', 'also the services of this profile; may be repeated', collect, [])
    .option('--scale <service=n>', 'so many replicas of a service; may be repeated', collect, [])
    .option('--build', 'Docker: build images even if they are there')
    .option('--remove-orphans', 'Docker: remove containers of services that the files no longer have')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'with --dry-run: as JSON')
    .action((services: string[], flags: UpFlags) => up(cli, services, flags));

  program
    .command('down')
    .description('stop the stack; its data stays')
    .option('--volumes [names...]', 'remove the data too, all of it or of these volumes; asks first')
    .option('--remove-orphans', 'Docker: remove containers of services that the files no longer have')
    .option('-y, --yes', 'do not ask')
    .action((flags: DownFlags) => down(cli, flags));

  program
    .command('restart')
    .description('stop and start one service')
    .argument('<service>')
    .action(async (service: string) => {
      const engine = await cli.workbench.engine();
      await showEvents(cli, (onEvent) => engine.restart(service, { signal: cli.signal, onEvent }));
      cli.terminal.ok(`${service} was restarted.`);
    });

  program
    .command('reset')
    .description('stop the stack and remove its data and logs; asks first')
    .option('-y, --yes', 'do not ask')
    .action(async ({ yes }: { yes?: boolean }) => {
      const engine = await cli.workbench.engine();
      const names = await engine.volumes({ signal: cli.signal });
      const what = ['all data and logs of this stack', ...names].join(', ');
      await askToRemove(cli, yes === true, `${what} (${engine.name} engine)`);
      await showEvents(cli, (onEvent) => engine.reset({ signal: cli.signal, onEvent }));
      cli.terminal.ok('The stack is as if it had never been started.');
    });

  program
    .command('status')
    .description('the services: state, ports, process or container')
    .option('-w, --watch', 'show it again after each change, until Ctrl-C')
    .option('--json', 'as JSON; with --watch one object a line')
    .action((flags: { watch?: boolean; json?: boolean }) => status(cli, flags));

  program
    .command('stats')
    .description('processor, memory and network of each service')
    .argument('[services...]', 'only these')
    .option('-w, --watch', 'go on until Ctrl-C')
    .option('--json', 'one object a line')
    .action((services: string[], flags: { watch?: boolean; json?: boolean }) => stats(cli, services, flags));

  program
    .command('logs')
    .description("the services' logs")
    .argument('[services...]', 'only these')
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('-n, --tail <n>', 'only the last lines of each', wholeNumber)
    .option('-t, --timestamps', 'when each line was written, where the engine knows it')
    .action((services: string[], flags: LogFlags) => logs(cli, services, flags));

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

async function up(cli: Cli, services: string[], flags: UpFlags): Promise<void> {
  const beganAt = Date.now();
  let report: OnProgress | undefined;
  const { signal } = cli;
  const engine = await cli.workbench.engineToStart(flags.engine, {
    files: flags.file.map((path) => (path === 'default' ? cli.workbench.composeFile : resolve(path))),
    envFiles: flags.envFile.map((path) => resolve(path)),
    projectName: flags.projectName,
    signal,
    onProgress: (progress) => report?.(progress),
  });
  const options = {
    services: services.length > 0 ? services : undefined,
    profiles: flags.profile,
    scale: scales(flags.scale),
    build: flags.build,
    removeOrphans: flags.removeOrphans,
    signal,
  };
  if (flags.dryRun) {
    const steps = await engine.plan(options);
    if (flags.json) cli.terminal.json({ engine: engine.name, steps });
    else showPlan(cli, engine.name, steps);
    return;
  }
  await cli.workbench.noteEngine(engine.name);
  await showEvents(cli, (onEvent, onProgress) => {
    report = onProgress;
    return engine.up({ ...options, onEvent });
  });
  cli.terminal.ok(`The stack is up (${engine.name} engine, ${formatDuration(Date.now() - beganAt)}).`);
}

async function down(cli: Cli, { volumes, removeOrphans, yes }: DownFlags): Promise<void> {
  const engine = await cli.workbench.engine();
  if (volumes) {
    const names = Array.isArray(volumes) ? volumes : await engine.volumes({ signal: cli.signal });
    const what = names.length === 0 ? 'all data' : `the volumes ${names.join(', ')}, with all data in them`;
    await askToRemove(cli, yes === true, `${what} (${engine.name} engine)`);
  }
  await showEvents(cli, (onEvent) => engine.down({ volumes, removeOrphans, signal: cli.signal, onEvent }));
  cli.terminal.ok(
    volumes ? 'The stack is down, and its data removed.' : 'The stack is down; its data is kept.',
  );
}

async function status(cli: Cli, { watch, json }: { watch?: boolean; json?: boolean }): Promise<void> {
  const engine = await cli.workbench.engine();
  if (watch) {
    for await (const services of engine.watch({ signal: cli.signal })) {
      if (json) cli.terminal.print(JSON.stringify({ engine: engine.name, services }));
      else showStatus(cli, engine.name, services);
    }
    return;
  }
  const services = await engine.status({ signal: cli.signal });
  if (json) cli.terminal.json({ engine: engine.name, services });
  else showStatus(cli, engine.name, services);
  const wanted = services.filter(({ profiles, state }) => profiles.length === 0 || state !== 'stopped');
  const well = wanted.every(({ state }) => state === 'healthy' || state === 'running');
  cli.exitCode = well ? exitCodes.ok : exitCodes.unreachable;
}

async function stats(
  cli: Cli,
  services: string[],
  { watch, json }: { watch?: boolean; json?: boolean },
): Promise<void> {
  const engine = await cli.workbench.engine();
  const enough = new AbortController();
  const signal = AbortSignal.any([cli.signal, enough.signal]);
  const only = services.length > 0 ? { services, signal } : { signal };
  const running = (await engine.status(only)).filter(isRunning);
  if (running.length === 0) {
    throw new WorkbenchError('not-found', 'None of these services runs. `medallion up` starts them.');
  }
  const samples = new Map<string, ServiceStats>();
  for await (const sample of engine.stats(only)) {
    if (json) cli.terminal.print(JSON.stringify(sample));
    samples.set(replicaName(sample.service, sample.replica), sample);
    // A table once there is a sample of each.
    if (samples.size < running.length) continue;
    if (!json) showSamples(cli, [...samples.values()]);
    samples.clear();
    if (!watch) enough.abort();
  }
}

async function logs(cli: Cli, services: string[], { follow, tail, timestamps }: LogFlags): Promise<void> {
  const engine = await cli.workbench.engine();
  const lines = engine.logs({
    ...(services.length > 0 ? { services } : {}),
    follow: follow === true,
    tail,
    signal: cli.signal,
  });
  const width = 16;
  for await (const { service, replica, line, time } of lines) {
    const when = timestamps && time ? `${time.toISOString()} ` : '';
    const name = replicaName(service, replica).padEnd(width);
    await cli.terminal.write(`${name} | ${when}${plainText(line)}\n`);
  }
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
