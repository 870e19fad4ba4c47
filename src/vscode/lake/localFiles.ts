import * as vscode from 'vscode';
import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { joinPath } from '../../lake/hdfsPath.ts';

/** A file that the browser hands over by its content: it has no path here. */
export interface DroppedFile {
  name: string;
  read(): Thenable<Uint8Array>;
}

export type UploadSource = vscode.Uri | DroppedFile;

/** A file or folder to upload, under its name in the lake. */
export interface UploadItem {
  /** Below the folder that it goes to: `a.csv`, `logs/a.csv`. */
  name: string;
  isFolder: boolean;
  /** Undefined if it is known only once it is read. */
  bytes: number | undefined;
  open(): Promise<Buffer | Readable>;
}

/** All that is in the sources, each folder before its content. Links are followed, but not in circles. */
export async function* uploadItems(sources: readonly UploadSource[]): AsyncGenerator<UploadItem> {
  for (const source of sources) {
    if (source instanceof vscode.Uri) {
      yield* itemsOf(source, source.path.replace(/\/$/, '').split('/').at(-1) ?? '', []);
    } else {
      const { name } = source;
      const open = async (): Promise<Buffer> => Buffer.from(await source.read());
      yield { name, isFolder: false, bytes: undefined, open };
    }
  }
}

async function* itemsOf(
  uri: vscode.Uri,
  name: string,
  around: readonly string[],
): AsyncGenerator<UploadItem> {
  const { type, size } = await vscode.workspace.fs.stat(uri);
  if ((type & vscode.FileType.Directory) === 0) {
    yield { name, isFolder: false, bytes: size, open: () => openFile(uri) };
    return;
  }
  const real = uri.scheme === 'file' ? await realpath(uri.fsPath) : uri.toString();
  if (around.includes(real)) return;
  yield { name, isFolder: true, bytes: 0, open: () => Promise.resolve(Buffer.alloc(0)) };
  for (const [child] of await vscode.workspace.fs.readDirectory(uri)) {
    yield* itemsOf(vscode.Uri.joinPath(uri, child), joinPath(name, child), [...around, real]);
  }
}

/** A file on a disk as a stream; of another file system (a repository on the web) as a whole. */
async function openFile(uri: vscode.Uri): Promise<Buffer | Readable> {
  if (uri.scheme === 'file') return createReadStream(uri.fsPath, { highWaterMark: 1024 * 1024 });
  return Buffer.from(await vscode.workspace.fs.readFile(uri));
}
