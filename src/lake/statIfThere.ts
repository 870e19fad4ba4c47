import { isWorkbenchError } from '../base/errors.ts';
import type { CancelOptions, FileSource, FileStatus } from './fileSource.ts';

/** What is at a path; undefined where nothing is. */
export async function statIfThere(
  source: FileSource,
  path: string,
  options: CancelOptions = {},
): Promise<FileStatus | undefined> {
  try {
    return await source.stat(path, options);
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return undefined;
    throw error;
  }
}
