import { deepEqual, equal } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli } from '../../../../src/cli/cli.ts';
import { reportResult } from '../../../../src/cli/commands/jobCommands.ts';
import type { JobResult, PythonFailure } from '../../../../src/spark/job.ts';

interface Manifest {
  contributes: {
    problemMatchers: { name: string; pattern: { regexp: string; message: 1; file: 2; line: 3 } }[];
  };
}

/** What VS Code finds with `$medallion` in what `medallion run` prints of a failure. */
function problems(failure: PythonFailure): string[][] {
  const path = join(import.meta.dirname, '../../../../package.json');
  const { contributes } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  const { pattern } = contributes.problemMatchers.find(({ name }) => name === 'medallion')!;
  const lines: string[] = [];
  const terminal = {
    ok() {},
    bad: (line: string) => lines.push(line),
    note: (line: string) => lines.push(line),
  };
  const result: JobResult = {
    runId: '20261121T090000-aaaaaa-silver.py',
    submissionId: 'driver-1',
    state: 'FAILED',
    exitCode: 1,
    startedAt: '2026-11-21T09:00:00Z',
    durationMs: 9000,
    failure,
  };
  reportResult({ terminal } as unknown as Cli, result);
  return lines
    .map((line) => new RegExp(pattern.regexp).exec(line))
    .filter((match) => match !== null)
    .map((match) => [match[pattern.message]!, match[pattern.file]!, match[pattern.line]!]);
}

describe('The problem matcher $medallion', () => {
  const cause = { type: 'KeyError', message: '1', file: '/shop/a.py', line: 2, frames: [], causes: [] };

  it('finds the user’s line in what the command line prints of a failure, once', () => {
    const failure = {
      type: 'pyspark.errors.AnalysisException',
      message: 'no column (brnch): what?\nmore',
      file: '/my shop/silver (old).py',
      line: 14,
      frames: [],
      causes: [cause],
    };
    deepEqual(problems(failure), [
      ['pyspark.errors.AnalysisException: no column (brnch): what?', '/my shop/silver (old).py', '14'],
    ]);
  });

  it('finds nothing where there is no line', () => {
    equal(problems({ type: 'ValueError', message: 'no', frames: [], causes: [] }).length, 0);
  });
});
