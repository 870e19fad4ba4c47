import { randomUUID } from 'node:crypto';
import { WorkbenchError } from '../base/errors.ts';
import type { OnProgress } from '../base/log.ts';
import type { CancelOptions, FileStatus } from './fileSource.ts';
import { baseName, isWithin, temporaryPath } from './hdfsPath.ts';
import { walk } from './walk.ts';
import type { WebHdfs } from './webHdfs.ts';

export interface CopyOptions extends CancelOptions {
  /** Replace a file, or an empty directory, that is there. Without it that fails with `exists`. */
  overwrite?: boolean | undefined;
  onProgress?: OnProgress | undefined;
}

/**
 * Copies a file, or a directory with all that is in it. WebHDFS has no copy, so the bytes go through here, in flat
 * memory. Under the new name there is the whole copy or nothing.
 */
export async function copyInLake(
  lake: WebHdfs,
  from: string,
  to: string,
  options: CopyOptions = {},
): Promise<void> {
  const { signal, overwrite, onProgress } = options;
  const action = `copy "${from}" to "${to}"`;
  if (isWithin(to, from)) {
    throw new WorkbenchError('invalid', `Could not ${action}: it cannot be copied into itself.`);
  }
  const source = await lake.stat(from, { signal });
  if (source.type === 'FILE') return copyFile(lake, source, to, options);

  if (!overwrite && (await lake.exists(to, { signal }))) {
    throw new WorkbenchError('exists', `Could not ${action}: "${to}" exists already.`);
  }
  const { length: total } = await lake.summary(from, { signal });
  let done = 0;
  const temporary = temporaryPath(to, randomUUID());
  try {
    await lake.mkdirs(temporary, { permission: source.permission, signal });
    for await (const entry of walk(lake, from, { signal })) {
      const target = temporary + entry.path.slice(from === '/' ? 0 : from.length);
      if (entry.type === 'DIRECTORY') {
        await lake.mkdirs(target, { permission: entry.permission, signal });
        continue;
      }
      await copyFile(lake, entry, target, { signal });
      done += entry.length;
      onProgress?.({ message: baseName(from), done, total, unit: 'bytes' });
    }
    await lake.rename(temporary, to, { overwrite, signal });
  } catch (error) {
    // Cancelled or not, nothing half is left.
    await lake.remove(temporary, { recursive: true }).catch(() => {});
    throw error;
  }
}

async function copyFile(
  lake: WebHdfs,
  source: FileStatus,
  to: string,
  { signal, overwrite, onProgress }: CopyOptions,
): Promise<void> {
  const data = await lake.stream(source.path, { signal });
  await lake.write(to, data, {
    overwrite,
    permission: source.permission,
    size: source.length,
    signal,
    onProgress,
  });
}
