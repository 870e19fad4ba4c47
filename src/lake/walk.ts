import type { WebHdfs } from './webHdfs.ts';
import type { CancelOptions, FileStatus } from './fileSource.ts';

/** All entries below a directory, each folder before what is in it, page by page. */
export async function* walk(
  lake: Pick<WebHdfs, 'listAll'>,
  path: string,
  options: CancelOptions = {},
): AsyncGenerator<FileStatus, void, undefined> {
  const folders = [path];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of lake.listAll(folder, options)) {
      yield entry;
      if (entry.type === 'DIRECTORY') folders.push(entry.path);
    }
  }
}
