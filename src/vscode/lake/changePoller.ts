import { isWorkbenchError } from '../../base/errors.ts';
import type { FileSource, FileStatus } from '../../lake/fileSource.ts';
import { joinPath } from '../../lake/hdfsPath.ts';

export interface Change {
  path: string;
  kind: 'created' | 'changed' | 'deleted';
}

/** Names in a folder and what tells their versions. */
type Entries = ReadonlyMap<string, string>;

interface Seen {
  /** As it was; undefined where nothing was. */
  status: FileStatus | undefined;
  /** Undefined for a file, and for a folder of many entries. */
  entries: Entries | undefined;
}

/** Folders with more entries are told of as a whole: a page is what one call gives. */
const maxEntries = 1_000;

/** Finds out what others changed in files and folders, by looking at their times: HDFS tells nobody by itself. */
export class ChangePoller {
  readonly #seen = new Map<string, Seen>();
  readonly #listed = new Map<string, Entries>();

  /**
   * What has changed in `paths` since the last look at each. At the first look a file has changed, for whoever shows it may
   * have read it before; a folder is compared with what `listed` was told of it.
   */
  async poll(lake: FileSource, paths: Iterable<string>, signal?: AbortSignal): Promise<Change[]> {
    const wanted = new Set(paths);
    for (const path of this.#seen.keys()) if (!wanted.has(path)) this.#seen.delete(path);
    const changes = new Map<string, Change>();
    for (const path of wanted) {
      const before = this.#seen.get(path);
      const after = await look(lake, path, before, signal);
      this.#seen.set(path, after);
      for (const change of difference(path, before ?? this.#assumed(path, after), after)) {
        changes.set(change.path, change);
      }
    }
    this.#listed.clear();
    return [...changes.values()];
  }

  /** A folder was read by somebody who will show it as it was then. */
  listed(path: string, entries: readonly FileStatus[]): void {
    if (entries.length <= maxEntries) this.#listed.set(path, versionsOf(entries));
  }

  /** The next look at everything is a first one. */
  forget(): void {
    this.#seen.clear();
    this.#listed.clear();
  }

  #assumed(path: string, { status, entries }: Seen): Seen {
    if (!status) return { status, entries };
    const known = this.#listed.get(path);
    if (status.type === 'DIRECTORY' && !known) return { status, entries };
    return { status: { ...status, modificationTime: -1 }, entries: known };
  }
}

async function look(
  lake: FileSource,
  path: string,
  before: Seen | undefined,
  signal: AbortSignal | undefined,
): Promise<Seen> {
  try {
    const status = await lake.stat(path, { signal });
    if (status.type === 'FILE') return { status, entries: undefined };
    // A folder's time tells of entries that came, went or were replaced by a rename.
    if (before?.status && sameVersion(before.status, status)) return { status, entries: before.entries };
    if (status.childrenNum > maxEntries) return { status, entries: undefined };
    const { entries, remaining } = await lake.list(path, { signal });
    if (remaining > 0) return { status, entries: undefined };
    return { status, entries: versionsOf(entries) };
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return { status: undefined, entries: undefined };
    throw error;
  }
}

function* difference(path: string, before: Seen, after: Seen): Generator<Change> {
  if (!before.status || !after.status) {
    if (after.status) yield { path, kind: 'created' };
    else if (before.status) yield { path, kind: 'deleted' };
    return;
  }
  if (sameVersion(before.status, after.status)) return;
  yield { path, kind: 'changed' };
  const [old, now] = [before.entries, after.entries];
  if (!old || !now) return;
  for (const [name, version] of now) {
    const known = old.get(name);
    if (known === undefined) yield { path: joinPath(path, name), kind: 'created' };
    else if (known !== version) yield { path: joinPath(path, name), kind: 'changed' };
  }
  for (const name of old.keys()) if (!now.has(name)) yield { path: joinPath(path, name), kind: 'deleted' };
}

function versionsOf(entries: readonly FileStatus[]): Entries {
  return new Map(entries.map((entry) => [entry.name, versionOf(entry)]));
}

function versionOf({ type, modificationTime, length }: FileStatus): string {
  return `${type} ${modificationTime} ${length}`;
}

function sameVersion(one: FileStatus, other: FileStatus): boolean {
  return versionOf(one) === versionOf(other);
}
