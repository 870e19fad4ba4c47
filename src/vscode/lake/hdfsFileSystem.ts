import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import type { FileStatus } from '../../lake/fileSource.ts';
import { baseName, isWithin, parentPath } from '../../lake/hdfsPath.ts';
import type { WebHdfs } from '../../lake/webHdfs.ts';
import { statIfThere } from '../../lake/statIfThere.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { readSetting } from '../connection/settings.ts';
import type { Change } from './changePoller.ts';
import { toFileSystemError } from './fileSystemErrors.ts';
import { lakeUri } from './lakeEntry.ts';
import { LakeWatch } from './lakeWatch.ts';

/** How long the editor, which cannot cancel, waits for a NameNode that is starting or in safe mode. */
const patienceMs = 4_000;

const kinds = {
  created: vscode.FileChangeType.Created,
  changed: vscode.FileChangeType.Changed,
  deleted: vscode.FileChangeType.Deleted,
} as const;

export interface HdfsFileSystemEvents {
  /** This window has changed the lake. */
  onOwnChange: (changes: readonly Change[]) => void;
  /** A file is too large for an editor. */
  onTooLarge: (uri: vscode.Uri, bytes: number, maxBytes: number) => void;
}

/** The lake as files of the editor: `hdfs://<connection>/<path>`. A write is whole or not at all; deleted goes to the trash. */
export class HdfsFileSystem implements vscode.FileSystemProvider, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #events: HdfsFileSystemEvents;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;
  readonly #watch: LakeWatch;
  readonly #listening: vscode.Disposable;

  constructor(workbench: ActiveWorkbench, events: HdfsFileSystemEvents) {
    this.#workbench = workbench;
    this.#events = events;
    this.#watch = new LakeWatch(
      async () => (await workbench.lake()).retryingFor(0),
      () => workbench.authority,
      (changes) => this.#fire(changes),
    );
    this.#listening = workbench.onDidChange(() => this.#watch.reset());
  }

  watch(uri: vscode.Uri, { recursive }: { readonly recursive: boolean }): vscode.Disposable {
    return this.#watch.add(uri, recursive);
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#with(uri, async (lake) => this.#toStat(await lake.stat(uri.path)));
  }

  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.#with(uri, async (lake) => {
      const entries: FileStatus[] = [];
      for await (const entry of lake.listAll(uri.path)) entries.push(entry);
      if (entries.length === 1 && (await lake.stat(uri.path)).type === 'FILE') {
        throw vscode.FileSystemError.FileNotADirectory(uri);
      }
      this.#watch.listed(uri.path, entries);
      return entries.map(({ name, type }) => [name, fileType(type)]);
    });
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#with(uri, async (lake) => {
      const { type, length } = await lake.stat(uri.path);
      if (type === 'DIRECTORY') throw vscode.FileSystemError.FileIsADirectory(uri);
      const maxBytes = readSetting('lake.maxEditorMegabytes', this.#workbench.folder) * 1_000_000;
      if (length > maxBytes) {
        this.#events.onTooLarge(uri, length, maxBytes);
        throw new vscode.FileSystemError(
          vscode.l10n.t(
            '"{0}" has {1}, and files of more than {2} are not opened in an editor: download it (Medallion: Download from Lake…).',
            baseName(uri.path),
            formatBytes(length),
            formatBytes(maxBytes),
          ),
        );
      }
      return lake.read(uri.path);
    });
  }

  writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    { create, overwrite }: { readonly create: boolean; readonly overwrite: boolean },
  ): Promise<void> {
    return this.#change(uri, async (lake) => {
      const there = await statIfThere(lake, uri.path);
      if (there?.type === 'DIRECTORY') throw vscode.FileSystemError.FileIsADirectory(uri);
      if (!there && !create) throw vscode.FileSystemError.FileNotFound(uri);
      if (there && create && !overwrite) throw vscode.FileSystemError.FileExists(uri);
      const data = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
      await lake.write(uri.path, data, { overwrite: there !== undefined });
      return [{ path: uri.path, kind: there ? 'changed' : 'created' }];
    });
  }

  createDirectory(uri: vscode.Uri): Promise<void> {
    return this.#change(uri, async (lake) => {
      if (await lake.exists(uri.path)) throw vscode.FileSystemError.FileExists(uri);
      await lake.mkdirs(uri.path);
      return [{ path: uri.path, kind: 'created' }];
    });
  }

  rename(from: vscode.Uri, to: vscode.Uri, { overwrite }: { readonly overwrite: boolean }): Promise<void> {
    return this.#change(from, async (lake) => {
      this.#requireOwn(to);
      await lake.rename(from.path, to.path, { overwrite });
      return [
        { path: from.path, kind: 'deleted' },
        { path: to.path, kind: 'created' },
      ];
    });
  }

  copy(from: vscode.Uri, to: vscode.Uri, { overwrite }: { readonly overwrite: boolean }): Promise<void> {
    return this.#change(from, async (lake) => {
      this.#requireOwn(to);
      const { copyInLake } = await import('../../lake/copyInLake.ts');
      await copyInLake(lake, from.path, to.path, { overwrite });
      return [{ path: to.path, kind: 'created' }];
    });
  }

  /** To the user's trash, whatever the editor says; what is in the trash goes for good. */
  delete(uri: vscode.Uri, { recursive }: { readonly recursive: boolean }): Promise<void> {
    return this.#change(uri, async (lake) => {
      const trash = !isWithin(uri.path, await lake.trashOf(uri.path));
      await lake.remove(uri.path, { recursive, trash });
      return [{ path: uri.path, kind: 'deleted' }];
    });
  }

  /** Tells the editor, and the views, what a command has changed. */
  tell(changes: readonly Change[]): void {
    this.#fire(changes);
    this.#events.onOwnChange(changes);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#watch.dispose();
    this.#changed.dispose();
  }

  #fire(changes: readonly Change[]): void {
    const { authority } = this.#workbench;
    const parents = new Map<string, Change>();
    for (const { path, kind } of changes) {
      const parent = parentPath(path);
      if (kind !== 'changed' && path !== '/') parents.set(parent, { path: parent, kind: 'changed' });
    }
    this.#changed.fire(
      [...changes, ...parents.values()].map(({ path, kind }) => ({
        type: kinds[kind],
        uri: lakeUri(authority, path),
      })),
    );
  }

  async #change(uri: vscode.Uri, change: (lake: WebHdfs) => Promise<Change[]>): Promise<void> {
    await this.#with(uri, async (lake) => {
      requireWritable(this.#workbench);
      this.tell(await change(lake));
    });
  }

  async #with<T>(uri: vscode.Uri, use: (lake: WebHdfs) => Promise<T>): Promise<T> {
    try {
      this.#requireOwn(uri);
      return await use((await this.#workbench.lake()).retryingFor(patienceMs));
    } catch (error) {
      throw toFileSystemError(error);
    }
  }

  #requireOwn({ authority }: vscode.Uri): void {
    if (authority === this.#workbench.authority) return;
    throw vscode.FileSystemError.Unavailable(
      vscode.l10n.t(
        'This file is of the connection "{0}", and the editor works with "{1}": switch the connection (Medallion: Switch Connection…).',
        authority,
        this.#workbench.authority,
      ),
    );
  }

  #toStat({ type, modificationTime, length }: FileStatus): vscode.FileStat {
    return {
      type: fileType(type),
      // HDFS does not keep the time of creation.
      ctime: modificationTime,
      mtime: modificationTime,
      size: length,
      ...(readSetting('lake.readOnly', this.#workbench.folder) && {
        permissions: vscode.FilePermission.Readonly,
      }),
    };
  }
}

/** Throws `denied` if the setting forbids changes. */
export function requireWritable({ folder }: ActiveWorkbench): void {
  if (!readSetting('lake.readOnly', folder)) return;
  throw new WorkbenchError(
    'denied',
    vscode.l10n.t('The setting medallion.lake.readOnly forbids changes of the lake from the editor.'),
  );
}

function fileType(type: FileStatus['type']): vscode.FileType {
  return type === 'DIRECTORY' ? vscode.FileType.Directory : vscode.FileType.File;
}
