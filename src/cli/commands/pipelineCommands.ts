import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { WorkbenchError } from '../../base/errors.ts';
import { formatCount, formatDuration, plainText } from '../../base/format.ts';
import type { PipelineRun } from '../../pipeline/history.ts';
import type { Pipeline } from '../../pipeline/pipelineFile.ts';
import type { StepEvent } from '../../pipeline/runPipeline.ts';
import type { Verification } from '../../pipeline/verify.ts';
import { requirePostgres } from '../../stack/connection.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exitCodes.ts';
import { collect, jobExitCode, properties, reportResult, watchJob } from './jobCommands.ts';
import { wholeNumber } from './lakeCommands.ts';

const fileHelp = 'the pipeline file (default: the pipeline.yaml of this folder, or the only one below it)';

interface RunOptions {
  file?: string;
  from?: string;
  only?: string;
  resume?: boolean;
  conf: string[];
  verbose?: boolean;
  json?: boolean;
}

export function addPipelineCommands(program: Command, cli: Cli): void {
  const pipeline = program.command('pipeline').description('run a pipeline, or look at its runs');

  pipeline
    .command('run')
    .description('run the steps as one Spark application')
    .option('--file <file>', fileHelp)
    .option('--resume', 'start at the step where the last run failed')
    .option('--from <step>', 'start at this step')
    .option('--only <step>', 'run only this step')
    .option('--conf <key=value>', 'a Spark property; may be repeated', collect, [])
    .option('-v, --verbose', "also Spark's own log")
    .option('--json', 'the run as JSON')
    .action(async (options: RunOptions) => {
      const file = await loadFile(cli, options.file);
      const { runPipeline } = await import('../../pipeline/runPipeline.ts');
      const parts = await cli.jobParts();
      const { job, run, runId } = await cli.withProgress((onProgress) => {
        let step: string | undefined;
        const watch = watchJob(cli, onProgress, options.verbose === true, () => step);
        return runPipeline(
          file,
          parts,
          {
            ...(options.resume ? { resume: true } : {}),
            ...(options.from === undefined ? {} : { from: options.from }),
            ...(options.only === undefined ? {} : { only: options.only }),
            properties: properties(options.conf),
            signal: cli.signal,
            onStep: (event) => {
              step = event.step;
              showStep(cli, event);
            },
          },
          {
            ...watch,
            // What the steps print is about the run: stdout is for its result.
            onOutput: (stream, text) => {
              if (stream === 'stdout' || options.verbose) cli.terminal.writeLog(text);
            },
          },
        );
      });
      if (options.json) cli.terminal.json(run ?? { runId, job });
      reportResult(cli, job);
      const failed = run?.steps.find(
        ({ state }) => state === 'FAILED' || state === 'RUNNING' || state === 'KILLED',
      );
      if (job.state !== 'FINISHED' && failed) {
        cli.terminal.note(
          `  It stopped at ${failed.name}: \`medallion pipeline run --resume\` goes on there.`,
        );
      }
      cli.exitCode = jobExitCode(job);
    });

  pipeline
    .command('status')
    .description('the runs, latest first: steps, rows, durations, errors')
    .option('--file <file>', fileHelp)
    .option('-n, --limit <n>', 'how many', wholeNumber, 10)
    .option('--json', 'as JSON')
    .action(async (options: { file?: string; limit: number; json?: boolean }) => {
      const file = await loadFile(cli, options.file);
      const { listRuns } = await import('../../pipeline/history.ts');
      const { lake, spark } = await cli.jobParts();
      const runs = await listRuns({ lake, spark }, file.name, { limit: options.limit, signal: cli.signal });
      if (options.json) cli.terminal.json(runs);
      else showRuns(cli, runs);
    });

  program
    .command('verify')
    .description('hold gold against SQL over the source; ends with 1 where they differ')
    .option('--file <file>', fileHelp)
    .option('--json', 'as JSON')
    .action(async (options: { file?: string; json?: boolean }) => {
      const file = await loadFile(cli, options.file);
      const { verifyPipeline } = await import('../../pipeline/verify.ts');
      const [lake, connection] = await Promise.all([cli.lake(), cli.workbench.connection()]);
      const postgres = requirePostgres(connection);
      const result = await verifyPipeline(file, { lake, postgres }, { signal: cli.signal });
      if (options.json) cli.terminal.json(result);
      else showVerification(cli, result);
      if (!result.equal) cli.exitCode = exitCodes.failed;
    });
}

/** The pipeline that is meant; where several could be, the person has to say. */
async function loadFile(cli: Cli, given: string | undefined): Promise<Pipeline> {
  const { loadPipeline } = await import('../../pipeline/pipelineFile.ts');
  return loadPipeline(given === undefined ? await findPipelineFile(process.cwd()) : cli.fromWorkspace(given));
}

const pipelineName = 'pipeline.yaml';
/** A workspace keeps its pipeline near its top; deeper ones are named with --file. */
const searchDepth = 3;

async function findPipelineFile(folder: string): Promise<string> {
  const found = await findBelow(folder, searchDepth);
  const [first, second] = found;
  if (first === undefined) {
    throw new WorkbenchError(
      'not-found',
      `There is no ${pipelineName} in ${folder} or below: name it with --file.`,
    );
  }
  if (second === undefined || dirname(first) === folder) return first;
  throw new WorkbenchError(
    'invalid',
    `There are several pipelines: name one with --file (${found.join(', ')}).`,
  );
}

/** Pipeline files, the nearest first. */
async function findBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const here = entries
    .filter((entry) => entry.isFile() && entry.name === pipelineName)
    .map(() => join(folder, pipelineName));
  if (here.length > 0 || depth === 0) return here;
  const skipped = /^\.|^(node_modules|dist|out|test)$/;
  const folders = entries.filter((entry) => entry.isDirectory() && !skipped.test(entry.name));
  return (await Promise.all(folders.map((entry) => findBelow(join(folder, entry.name), depth - 1)))).flat();
}

function showStep(cli: Cli, event: StepEvent): void {
  if (event.event === 'step-start') {
    cli.terminal.note(`  ${plainText(event.step)} \u2026`);
    return;
  }
  const { step, state, rowsIn, rowsOut, durationMs, error } = event;
  const rows = [
    rowsIn === undefined ? '' : `${formatCount(rowsIn)} rows in`,
    rowsOut === undefined ? '' : `${formatCount(rowsOut)} out`,
    durationMs === undefined ? '' : formatDuration(durationMs),
  ];
  const line = [plainText(step), ...rows.filter((text) => text !== '')].join(', ');
  if (state === 'FINISHED') cli.terminal.ok(line);
  else cli.terminal.bad(error ? `${line}: ${plainText(error.type)}` : line);
}

function showRuns(cli: Cli, runs: readonly PipelineRun[]): void {
  cli.terminal.table(
    ['run', 'state', 'started', 'took', 'steps'],
    runs.map((run) => [
      run.runId,
      run.state,
      run.startedAt.slice(0, 19).replace('T', ' '),
      run.durationMs === undefined ? '' : formatDuration(run.durationMs),
      run.steps.map(stepText).join('  '),
    ]),
  );
}

function stepText({ name, state, rowsIn, error }: PipelineRun['steps'][number]): string {
  if (state === 'FINISHED') return rowsIn === undefined ? name : `${name} ${formatCount(rowsIn)}`;
  return `${name} ${state.toLowerCase()}${error ? ` (${error.type})` : ''}`;
}

function showVerification(cli: Cli, { equal, tables }: Verification): void {
  for (const { table, rows, behind } of tables) {
    const differ = rows.filter((row) => !row.equal);
    if (differ.length === 0) cli.terminal.ok(`${table} equals the source in all ${rows.length} rows`);
    else {
      cli.terminal.bad(`${table} differs from the source in ${differ.length} of ${rows.length} rows`);
      cli.terminal.table(
        ['key', 'value', 'source', 'gold'],
        differ.flatMap((row) =>
          row.values.map(({ column, source, gold }) => [
            row.key,
            column,
            String(source ?? ''),
            String(gold ?? ''),
          ]),
        ),
      );
    }
    const waiting = Object.values(behind ?? {}).reduce((sum, n) => sum + n, 0);
    if (waiting > 0)
      cli.terminal.note(`  It is ${formatCount(waiting)} rows behind the source: run the pipeline.`);
  }
  if (equal) cli.terminal.print('Gold equals the source.');
}
