import { isWorkbenchError } from '../base/errors.ts';
import { versionName } from './deltaLog.ts';
import type { CancelOptions, FileSource } from './fileSource.ts';
import { joinPath } from './hdfsPath.ts';

/**
 * Whether a Delta table has another version than this one, which was its newest: by one listing of what its log has from
 * there on. A table that is gone, or was made anew with fewer versions, has another, too.
 */
export async function hasNewerVersion(
  source: FileSource,
  table: string,
  version: number,
  { signal }: CancelOptions = {},
): Promise<boolean> {
  const known = `${versionName(version)}.json`;
  // Without an ending it sorts before the version's own files, and after those of the versions before it.
  const startAfter = versionName(version);
  try {
    const { entries } = await source.list(joinPath(table, '_delta_log'), { startAfter, signal });
    const commits = entries.map(({ name }) => name).filter((name) => /^\d{20}\.json$/.test(name));
    return commits.some((name) => name > known) || !commits.includes(known);
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return true;
    throw error;
  }
}
