import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { WorkbenchError, systemErrorCode } from '../../base/errors.ts';
import { formatDuration, plainText } from '../../base/format.ts';
import type { OnProgress } from '../../base/log.ts';
import type { JobResult, JobWatch, PythonFailure } from '../../spark/job.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exitCodes.ts';
import { wholeNumber } from './lakeCommands.ts';

export function addJobCommands(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a PySpark script on the cluster; ends with its exit code')
    .argument('<script>')
    .argument('[args...]', 'for the script; put them after --')
    .option('--name <name>', 'the application name (default: the file name)')
    .option('--conf <key=value>', 'a Spark property; may be repeated', collect, [])
    .option('-v, --verbose', "also Spark's own log")
    .option('--json', 'the result as JSON on the last line')
    .action(async (script: string, args: string[], options: RunOptions) => {
      const { runJob } = await import('../../spark/runJob.ts');
      const { libraryFor } = await import('../../pipeline/library.ts');
      const path = cli.fromWorkspace(script);
      const source = await readScript(path);
      const parts = await cli.jobParts();
      const modules = await libraryFor(source);
      const result = await cli.withProgress((onProgress) =>
        runJob(
          {
            name: options.name ?? basename(script),
            script: { path, source },
            args,
            properties: properties(options.conf),
            modules,
          },
          parts,
          watchJob(cli, onProgress, options.verbose === true),
        ),
      );
      if (options.json) cli.terminal.json(result);
      reportResult(cli, result);
      cli.exitCode = jobExitCode(result);
    });

  program
    .command('jobs')
    .description('the jobs that ran, latest first, with how they ended')
    .option('-n, --limit <n>', 'how many', wholeNumber, 20)
    .option('--json', 'as JSON')
    .action(async ({ limit, json }: { limit: number; json?: boolean }) => {
      const { listJobs } = await import('../../spark/runRecords.ts');
      const jobs = await listJobs(await cli.jobParts(), { limit, signal: cli.signal });
      if (json) return cli.terminal.json(jobs);
      cli.terminal.table(
        ['run', 'state', 'started', 'took', 'what'],
        jobs.map((job) => [
          job.runId,
          job.state,
          job.startedAt.slice(0, 19).replace('T', ' '),
          job.durationMs === undefined ? '' : formatDuration(job.durationMs),
          job.failure ? `${job.failure.type} line ${job.failure.line ?? '?'}` : (job.message ?? job.name),
        ]),
      );
    });

  program
    .command('kill')
    .description('stop a running job on the cluster, and wait until it has stopped')
    .argument('<run>', 'a run or submission id, as `jobs` shows it')
    .action(async (run: string) => {
      const { killJob } = await import('../../spark/runRecords.ts');
      const state = await killJob(run, await cli.jobParts(), { signal: cli.signal });
      cli.terminal.ok(`${plainText(run)} is ${state.toLowerCase()}.`);
    });
}

interface RunOptions {
  name?: string;
  conf: string[];
  verbose?: boolean;
  json?: boolean;
}

/** What `run` and `pipeline run` show while a job is going. `doing` names the step that is under way. */
export function watchJob(
  cli: Cli,
  onProgress: OnProgress,
  verbose: boolean,
  doing: () => string | undefined = () => undefined,
): JobWatch & { signal: AbortSignal } {
  return {
    signal: cli.signal,
    onOutput: (stream, text) => {
      if (stream === 'stdout') void cli.terminal.write(text);
      else if (verbose) cli.terminal.writeLog(text);
    },
    onState: (state) => onProgress({ message: state.message }),
    onStages: ({ active, tasks, tasksDone }) => {
      const stage = active.at(-1);
      if (!stage) return;
      const step = doing();
      const message = `${step === undefined ? 'Stage' : `${step}: stage`} ${stage.id}${ownLine(stage.name)}`;
      onProgress({ message, done: tasksDone, total: tasks, unit: 'tasks' });
    },
  };
}

/** Spark names a stage after the call that made it; only a line of a script says something to its author. */
function ownLine(stageName: string): string {
  const match = /^(\w+) at (?:.*\/)?([^/]+\.py:\d+)$/.exec(stageName);
  return match && !stageName.includes('py4j') ? ` (${match[1]} at ${match[2]})` : '';
}

/** One sentence on how a job ended, with the user's own line for a Python failure. */
export function reportResult(cli: Cli, result: JobResult): void {
  const took = formatDuration(result.durationMs);
  if (result.state === 'FINISHED' && (result.exitCode ?? 0) === 0) {
    cli.terminal.ok(`${result.runId} finished in ${took}`);
    return;
  }
  const how = result.exitCode ? ` with exit code ${result.exitCode}` : '';
  cli.terminal.bad(`${result.runId} ${result.state.toLowerCase()}${how} after ${took}`);
  if (result.message) cli.terminal.note(`  ${plainText(result.message)}`);
  if (result.failure) for (const line of failureLines(result.failure)) cli.terminal.note(`  ${line}`);
}

function failureLines(failure: PythonFailure): string[] {
  const where = failure.file === undefined ? '' : ` (${plainText(failure.file)}:${failure.line ?? '?'})`;
  const [first = ''] = failure.message.split('\n');
  const own = `${plainText(failure.type)}: ${plainText(first)}${where}`;
  return [own, ...failure.causes.flatMap((cause) => failureLines(cause).map((line) => `caused by ${line}`))];
}

/** The script's own exit code where it has one; else 1 for a failure and 130 for a kill. */
export function jobExitCode(result: JobResult): number {
  if (result.state === 'KILLED') return exitCodes.cancelled;
  if (result.exitCode !== undefined) return result.exitCode;
  return result.state === 'FINISHED' ? exitCodes.ok : exitCodes.failed;
}

export async function readScript(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = systemErrorCode(error) === 'ENOENT' ? 'there is no such file' : 'it cannot be read';
    throw new WorkbenchError('not-found', `${path}: ${why}.`, { cause: error });
  }
}

/** For an option that may be repeated. */
export function collect(value: string, all: string[]): string[] {
  return [...all, value];
}

/** `--conf key=value` entries as Spark properties. */
export function properties(conf: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    conf.map((entry) => {
      const at = entry.indexOf('=');
      if (at <= 0) throw new WorkbenchError('invalid', `--conf ${entry} is not of the form key=value.`);
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
