import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { WholeConnection } from '../../src/stack/connection.ts';

/**
 * Runs a script as a user of Spark's own client would: client mode, the stack's master, Spark's defaults otherwise.
 * `npm run bench` says in MEDALLION_RUNTIME where Spark is.
 */
export async function sparkSubmit(
  connection: WholeConnection,
  script: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<void> {
  const runtime = process.env.MEDALLION_RUNTIME;
  if (!runtime) throw new Error('MEDALLION_RUNTIME does not say where the runtime is: use `npm run bench`.');
  const python = join(runtime, 'venv', 'bin', 'python');
  const conf = [`spark.hadoop.fs.defaultFS=${connection.lake.fileSystem}`, 'spark.hadoop.dfs.replication=1'];
  const options = ['--master', connection.spark.master, ...conf.flatMap((setting) => ['--conf', setting])];
  await runProgram(join(runtime, 'spark', 'bin', 'spark-submit'), [...options, script, ...args], {
    SPARK_HOME: join(runtime, 'spark'),
    SPARK_LOCAL_IP: '127.0.0.1',
    HADOOP_USER_NAME: connection.lake.user,
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
    ...env,
  });
}

/** Runs a program to its end, and throws the last of what it said if it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString('utf8')).slice(-4_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}: ${stderr}`);
}

/** Seconds that `work` takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
