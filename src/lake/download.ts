import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError, isWorkbenchError, systemErrorCode } from '../base/errors.ts';
import { formatBytes } from '../base/format.ts';
import type { OnProgress } from '../base/log.ts';
import type { CancelOptions, FileStatus } from './fileSource.ts';
import { baseName } from './hdfsPath.ts';
import { walk } from './walk.ts';
import type { WebHdfs } from './webHdfs.ts';

export interface DownloadOptions extends CancelOptions {
  /** Replace a local file that is there; a local folder is never replaced. */
  overwrite?: boolean | undefined;
  onProgress?: OnProgress | undefined;
}

export interface Downloaded {
  files: number;
  bytes: number;
}

/**
 * Copies a file, or a directory with all that is in it, to this machine, as a stream. It is written beside the target and
 * then renamed, so that under the target's name there is the whole or nothing. Throws `exists`, `no-space`.
 */
export async function download(
  lake: WebHdfs,
  path: string,
  target: string,
  options: DownloadOptions = {},
): Promise<Downloaded> {
  const { signal, overwrite = false, onProgress } = options;
  const source = await lake.stat(path, { signal });
  const isFolder = source.type === 'DIRECTORY';
  const there = await stat(target).catch(() => undefined);
  if (there && (!overwrite || isFolder || there.isDirectory())) {
    throw new WorkbenchError('exists', `${target} is there already: choose another name.`);
  }
  const total = isFolder ? (await lake.summary(path, { signal })).length : source.length;
  let bytes = 0;
  let files = 0;
  const partial = join(dirname(target), `.${basename(target)}.part-${randomUUID().slice(0, 8)}`);
  const copy = async (entry: FileStatus, file: string): Promise<void> => {
    const counter = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        onProgress?.({ message: baseName(entry.path), done: bytes, total, unit: 'bytes' });
        done(null, chunk);
      },
    });
    await pipeline(
      await lake.stream(entry.path, { signal }),
      counter,
      createWriteStream(file),
      signal ? { signal } : {},
    );
    files++;
  };
  try {
    await mkdir(dirname(target), { recursive: true });
    if (isFolder) {
      await mkdir(partial);
      for await (const entry of walk(lake, path, { signal })) {
        const below = entry.path.slice(path === '/' ? 1 : path.length + 1).split('/');
        const file = join(partial, ...below.map((name) => localName(name)));
        if (entry.type === 'DIRECTORY') await mkdir(file, { recursive: true });
        else await copy(entry, file);
      }
    } else await copy(source, partial);
    await rename(partial, target);
    return { files, bytes };
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    if (signal?.aborted) throw cancelled(signal);
    throw localFault(error, target, total);
  }
}

/** A name of the lake as this machine allows it: a backslash or a colon means something else on Windows. */
export function localName(name: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return name;
  // eslint-disable-next-line no-control-regex -- Windows forbids them
  const clean = name.replace(/[\\/:*?"<>|\u0000-\u001f]/g, '_').replace(/[. ]+$/, '_');
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(clean) ? `_${clean}` : clean;
}

function localFault(error: unknown, target: string, total: number): unknown {
  if (isWorkbenchError(error)) return error;
  const code = systemErrorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new WorkbenchError(
      'no-space',
      `No space left for ${target} (${formatBytes(total)}): free some, or choose another place.`,
      { cause: error },
    );
  }
  if (code?.startsWith('E')) {
    return new WorkbenchError('failed', `${target} could not be written: ${describeError(error)}.`, {
      cause: error,
    });
  }
  return error;
}
