import type { PythonFailure } from './job.ts';

export function parseFailure(
  _output: string,
  _o: { script: string; sources: Readonly<Record<string, string>> },
): PythonFailure | undefined {
  return undefined;
}
