import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import type { CancelOptions } from './fileSource.ts';
import { baseName, isWithin, joinPath, parentPath } from './hdfsPath.ts';
import type { WebHdfs } from './webHdfs.ts';
import { renameTo } from './webHdfsRename.ts';
import type { WebHdfsRequest } from './webHdfsRequest.ts';

/** Moves a path to the user's trash, from where it can be renamed back. */
export async function moveToTrash(
  lake: WebHdfs,
  request: WebHdfsRequest,
  path: string,
  options: CancelOptions & { action: string; recursive?: boolean | undefined },
): Promise<void> {
  const { action, signal } = options;
  const { type, childrenNum } = await lake.stat(path, { signal });
  if (type === 'DIRECTORY' && childrenNum > 0 && !options.recursive) {
    throw new WorkbenchError('conflict', `Could not ${action}: the directory is not empty.`);
  }
  const trash = await lake.trashOf(path, { signal });
  if (isWithin(path, trash)) {
    throw new WorkbenchError('invalid', `Could not ${action}: it is in the trash; remove it for good.`);
  }
  if (isWithin(trash, path)) {
    throw new WorkbenchError('invalid', `Could not ${action}: the trash lies in it; remove it for good.`);
  }
  // As Hadoop's own trash does: the same path below Current, and the time behind a name that is taken.
  const base = `${trash}/Current${parentPath(path) === '/' ? '' : parentPath(path)}`;
  for (let attempt = 0; ; attempt++) {
    const suffix = attempt === 0 ? '' : String(Date.now() + attempt);
    // A file of that name in the trash may stand where a directory is needed.
    const parent = attempt < 2 ? base : `${trash}/Current${suffix}${parentPath(path)}`;
    try {
      await lake.mkdirs(parent, { permission: '700', signal });
      await renameTo(request, path, joinPath(parent, baseName(path) + suffix), {
        overwrite: false,
        action,
        signal,
      });
      return;
    } catch (error) {
      if (attempt === 3 || !isWorkbenchError(error, 'exists', 'conflict')) throw error;
    }
  }
}
