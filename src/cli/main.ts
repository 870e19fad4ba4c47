import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { describeError, WorkbenchError } from '../base/errors.ts';
import { plainText } from '../base/format.ts';
import type { Log } from '../base/log.ts';
import { findInstallDir, findWorkspaceDir, Workbench } from '../workbench.ts';
import { Cli } from './cli.ts';
import { addChartCommand } from './commands/chartCommand.ts';
import { addJobCommands } from './commands/jobCommands.ts';
import { addLakeCommands } from './commands/lakeCommands.ts';
import { addPipelineCommands } from './commands/pipelineCommands.ts';
import { addSimulateCommand } from './commands/simulateCommand.ts';
import { addStackCommands } from './commands/stackCommands.ts';
import { exitCodeOf, exitCodes } from './exitCodes.ts';
import { Terminal } from './terminal.ts';

const helpAfter = `
Exit codes: 0 done, 1 failed or unequal, 2 wrong arguments, 3 not found, 4 the stack does not answer, 5 timed out,
6 refused, 7 Java or Python is missing, 130 cancelled. \`run\` ends with the script's own exit code.`;

const installDir = findInstallDir(dirname(fileURLToPath(import.meta.url)));

async function main(argv: string[]): Promise<number> {
  const terminal = new Terminal(process, process.env);
  const controller = new AbortController();
  listenForInterrupts(controller, terminal);

  const log = terminalLog(terminal, argv.includes('--debug') || process.env.MEDALLION_DEBUG !== undefined);
  const workbench = new Workbench({
    workspaceDir: findWorkspaceDir(process.cwd(), process.env),
    installDir,
    env: process.env,
    log,
  });
  const cli = new Cli({ terminal, workbench, log, signal: controller.signal, env: process.env });
  const program = new Command('medallion')
    .description('A medallion lakehouse on your machine: its stack, its lake, its jobs, its gold.')
    .version(version())
    .option('--debug', 'say on stderr what is done')
    .addHelpText('after', helpAfter)
    .showHelpAfterError('(medallion --help lists the commands)')
    .exitOverride();
  addStackCommands(program, cli);
  addSimulateCommand(program, cli);
  addPipelineCommands(program, cli);
  addJobCommands(program, cli);
  addLakeCommands(program, cli);
  addChartCommand(program, cli);
  program.commands.forEach((command) => command.exitOverride());

  try {
    await program.parseAsync(argv);
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    report(terminal, log, error);
    return exitCodeOf(error);
  } finally {
    await workbench.close();
  }
}

/** The one place where the command line shows an error. */
function report(terminal: Terminal, log: Log, error: unknown): void {
  const [first = '', ...rest] = describeError(error).split('\n');
  terminal.bad(plainText(first));
  for (const line of rest) terminal.note(`  ${plainText(line)}`);
  if (error instanceof WorkbenchError) {
    for (const line of error.details.logTail ?? []) terminal.note(`  | ${plainText(line)}`);
  }
  // Not one of ours: a fault of the program, so the stack is what a report needs.
  if (error instanceof Error && !(error instanceof WorkbenchError)) terminal.note(error.stack ?? '');
  else if (error instanceof Error && error.cause !== undefined)
    log.debug(`cause: ${describeError(error.cause)}`);
}

/** The first Ctrl-C asks everything to stop and clean up; the second one leaves at once. */
function listenForInterrupts(controller: AbortController, terminal: Terminal): void {
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.cancelled);
    terminal.note('Stopping \u2026 (once more to leave at once)');
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // A reader that has seen enough (`medallion cat x | head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
}

function terminalLog(terminal: Terminal, debug: boolean): Log {
  const quiet = (): void => {};
  const say = (line: string): void => terminal.note(terminal.dim(plainText(line)));
  return { debug: debug ? say : quiet, info: debug ? say : quiet, warn: say, error: say };
}

function version(): string {
  const file = join(installDir, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

process.exitCode = await main(process.argv);
