import * as vscode from 'vscode';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import { formatCount } from '../../base/format.ts';
import type { FileStatus } from '../../lake/fileSource.ts';
import { baseName, isWithin } from '../../lake/hdfsPath.ts';
import { layerPath, layers, type Layer } from '../../lake/layers.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { readSetting } from '../connection/settings.ts';
import type { StackWatch } from '../stack/stackWatch.ts';
import type { Errors } from '../ui/errors.ts';
import { lakeUri, type EntryTable } from './lakeEntry.ts';
import { LakeFolder } from './lakeFolder.ts';
import { lakeItem, lakeTooltip, type EntryRow, type ItemOptions, type LakeRow } from './lakeRows.ts';
import { TableFactsReader } from './tableFactsReader.ts';

/** The rows of the Lake view: the layers with their tables, and all files. Reads only what is open. */
export class LakeTree implements vscode.TreeDataProvider<LakeRow>, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #stack: StackWatch;
  readonly #errors: Errors;
  readonly #changed = new vscode.EventEmitter<LakeRow | undefined>();
  readonly #facts: TableFactsReader;
  /** By the id of the row. */
  readonly #folders = new Map<string, LakeFolder>();
  #roots: EntryRow[] | undefined;
  readonly onDidChangeTreeData = this.#changed.event;
  /** When something was read last. */
  readAt = 0;

  constructor(workbench: ActiveWorkbench, stack: StackWatch, errors: Errors) {
    this.#workbench = workbench;
    this.#stack = stack;
    this.#errors = errors;
    this.#facts = new TableFactsReader(() => workbench.lake());
  }

  getTreeItem(row: LakeRow): vscode.TreeItem {
    return lakeItem(row, this.#itemOptions());
  }

  resolveTreeItem(item: vscode.TreeItem, row: LakeRow): vscode.TreeItem {
    if (row.row === 'entry') item.tooltip ??= lakeTooltip(row, this.#itemOptions());
    return item;
  }

  async getChildren(row?: LakeRow): Promise<LakeRow[]> {
    if (row === undefined) return this.#topRows();
    if (row.row !== 'entry' || row.kind === 'file') return [];
    const folder = this.#folderOf(row);
    const wasRead = await folder.read();
    if (wasRead) this.readAt = Date.now();
    return this.#shown(folder, wasRead);
  }

  /** Reads all that is open anew; with a path, this folder only. */
  refresh(path?: string): void {
    const spoilt = [...this.#folders.values()].filter(({ row }) => path === undefined || row.path === path);
    for (const folder of spoilt) folder.spoil();
    if (path === undefined) this.#changed.fire(undefined);
    else for (const { row } of spoilt) this.#changed.fire(row);
  }

  /** Reads again what could not be read. */
  heal(): void {
    for (const folder of this.#folders.values()) {
      if (folder.error === undefined) continue;
      folder.spoil();
      this.#changed.fire(folder.row.fixed === 'layer' ? undefined : folder.row);
    }
  }

  /** Another connection: nothing of before is of use. */
  reset(): void {
    for (const folder of this.#folders.values()) folder.abort();
    this.#folders.clear();
    this.#facts.clear();
    this.#roots = undefined;
    this.#changed.fire(undefined);
  }

  async more(row: EntryRow): Promise<void> {
    await this.#folderOf(row).more();
    this.#changed.fire(row);
  }

  prefixOf(row: EntryRow): string {
    return this.#folderOf(row).prefix;
  }

  find(row: EntryRow, prefix: string): void {
    this.#folderOf(row).find(prefix);
    this.#changed.fire(row);
  }

  /** The row was closed: what is still being read for it is not wanted any more. */
  collapsed(row: LakeRow): void {
    if (row.row === 'entry') this.#folders.get(row.id)?.abort();
  }

  /** The editor shows an opened row's children as they were when it was closed. */
  expanded(row: LakeRow): void {
    if (row.row === 'entry' && this.#folders.get(row.id)?.isOutdated) this.#changed.fire(row);
  }

  /** Ages are told in words that go out of date; nothing is read for it. */
  tick(): void {
    for (const { rows } of this.#folders.values())
      for (const row of rows) if (row.facts) this.#changed.fire(row);
  }

  dispose(): void {
    for (const folder of this.#folders.values()) folder.abort();
    this.#changed.dispose();
  }

  /** Whether HDFS runs, as far as the stack tells. */
  get isReadable(): boolean {
    const { isUsable, isRemote } = this.#workbench;
    const { isUp, status = [] } = this.#stack;
    const runs = status.some(({ service, state }) => service === 'namenode' && serving.includes(state));
    return isUsable && (isRemote || isUp || runs);
  }

  /** While nothing answers there is nothing to show but the view's welcome, or why the stack cannot be asked. */
  async #topRows(): Promise<LakeRow[]> {
    if (this.isReadable) return this.#rootRows();
    const { error } = this.#stack;
    if (error === undefined || !this.#workbench.isUsable) return [];
    const command = { command: 'medallion.refreshStack', title: vscode.l10n.t('Try Again') };
    return [{ row: 'note', folder: undefined, text: describeError(error), icon: 'error', command }];
  }

  /** The layers are read at once: their tables are what the view is for. */
  async #rootRows(): Promise<LakeRow[]> {
    this.#roots ??= this.#makeRoots();
    const [first, ...rest] = this.#roots.map((row) => this.#folderOf(row));
    const firstLayers = [first!, ...rest.slice(0, -1)];
    const reads = await Promise.all(firstLayers.map((folder) => folder.read()));
    if (reads.includes(true)) this.readAt = Date.now();
    const wrong = firstLayers.find(({ error }) => error !== undefined && !isMissing(error));
    if (wrong) return [this.#errorRow(wrong.error, undefined)];
    for (const folder of firstLayers) folder.row.count = countText(folder);
    return this.#roots;
  }

  #makeRoots(): EntryRow[] {
    const { authority, lakeRoot } = this.#workbench;
    const root = (path: string, name: string, fixed: 'layer' | 'all'): EntryRow => ({
      row: 'entry',
      id: `${authority}\n${fixed}\n${path}`,
      name,
      fixed,
      uri: lakeUri(authority, path),
      path,
      kind: 'folder',
      inTable: false,
    });
    return [
      ...layers.map((layer) => root(layerPath(layer, lakeRoot), layer, 'layer')),
      root('/', vscode.l10n.t('All files'), 'all'),
    ];
  }

  #folderOf(row: EntryRow): LakeFolder {
    const known = this.#folders.get(row.id);
    if (known) return known;
    const isInTable = row.kind === 'table' || row.inTable;
    const folder = new LakeFolder(row, {
      lake: () => this.#workbench.lake(),
      pageSize: () => readSetting('lake.pageSize', this.#workbench.folder),
      newRow: (status, parent) => this.#newRow(status, parent),
      newTable: (path, format) => this.#newTable(path, format),
      holdsTables: !isInTable && this.#layerOf(row.path) !== undefined,
    });
    this.#folders.set(row.id, folder);
    return folder;
  }

  #newRow(status: FileStatus, parent: EntryRow): EntryRow {
    const { path, name, type } = status;
    const section = parent.id.slice(0, parent.id.lastIndexOf('\n'));
    return {
      row: 'entry',
      id: `${section}\n${path}`,
      name,
      uri: lakeUri(this.#workbench.authority, path),
      path,
      kind: type === 'DIRECTORY' ? 'folder' : 'file',
      inTable: parent.inTable || parent.kind === 'table',
      status,
    };
  }

  #newTable(path: string, format: EntryTable['format']): EntryTable {
    const layer = this.#layerOf(path);
    const name = layer ? path.slice(layerPath(layer, this.#workbench.lakeRoot).length + 1) : path;
    return { format, name: name === '' ? baseName(path) : name, layer };
  }

  #layerOf(path: string): Layer | undefined {
    return layers.find((layer) => isWithin(path, layerPath(layer, this.#workbench.lakeRoot)));
  }

  #shown(folder: LakeFolder, wasRead: boolean): LakeRow[] {
    const { row, prefix } = folder;
    if (folder.error !== undefined && !(row.fixed === 'layer' && isMissing(folder.error)))
      return [...folder.rows, this.#errorRow(folder.error, row)];
    this.#learn(folder, wasRead);
    const shown: LakeRow[] = [...folder.rows];
    if (prefix !== '') shown.unshift(findRow(row, prefix, shown.length === 0));
    else if (shown.length === 0) shown.push(emptyRow(row));
    if (folder.hasMore) shown.push({ row: 'more', folder: row, remaining: folder.remaining });
    return shown;
  }

  /** What an opened folder has told: that it is a table itself, and what its tables say. */
  #learn(folder: LakeFolder, wasRead: boolean): void {
    const { row, rows, format, signal } = folder;
    if (format && row.kind === 'folder' && !row.fixed && !row.inTable && !row.name.startsWith('_')) {
      row.kind = 'table';
      row.table = this.#newTable(row.path, format);
      for (const inside of rows) inside.inTable = true;
      this.#changed.fire(row);
    }
    // Of a table that only its own entries have told of, nobody else asks; nothing tells whether its facts are of now.
    const own = wasRead && row.kind === 'table' && row.changedAt === undefined ? [row] : [];
    const tables = [...own, ...rows.filter(({ kind }) => kind === 'table')];
    if (tables.length === 0) return;
    void this.#facts.read(tables, (table) => this.#changed.fire(table), signal);
  }

  #errorRow(error: unknown, folder: EntryRow | undefined): LakeRow {
    this.#errors.note(error, 'medallion.lake');
    const command = {
      command: 'medallion.refreshLake',
      title: vscode.l10n.t('Try Again'),
      arguments: folder ? [folder.uri] : [],
    };
    return { row: 'note', folder, text: describeError(error), icon: 'error', command };
  }

  #itemOptions(): ItemOptions {
    return {
      now: new Date(),
      freshForMinutes: readSetting('lake.freshForMinutes', this.#workbench.folder),
      language: vscode.env.language,
    };
  }
}

/** States of a NameNode that is worth asking: of an unhealthy one, the answer says more than its state. */
const serving: readonly string[] = ['healthy', 'running', 'unhealthy'];

const isMissing = (error: unknown): boolean => isWorkbenchError(error, 'not-found');

function countText({ rows, hasMore }: LakeFolder): string {
  const count = rows.filter(({ kind }) => kind === 'table').length;
  if (hasMore) return vscode.l10n.t('{0} tables or more', formatCount(count));
  return count === 1 ? vscode.l10n.t('1 table') : vscode.l10n.t('{0} tables', formatCount(count));
}

function findRow(folder: EntryRow, prefix: string, isEmpty: boolean): LakeRow {
  const text = isEmpty
    ? vscode.l10n.t('No name begins with “{0}”', prefix)
    : vscode.l10n.t('Names that begin with “{0}”', prefix);
  const command = {
    command: 'medallion.filterEntries',
    title: vscode.l10n.t('Find in Folder…'),
    arguments: [folder],
  };
  return { row: 'note', folder, text, icon: 'filter', command };
}

function emptyRow(folder: EntryRow): LakeRow {
  if (folder.fixed !== 'layer') {
    return { row: 'note', folder, text: vscode.l10n.t('Empty'), icon: 'blank' };
  }
  const command = { command: 'medallion.runPipeline', title: vscode.l10n.t('Run Pipeline') };
  const text = vscode.l10n.t('No tables yet: run a pipeline that writes some');
  return { row: 'note', folder, text, icon: 'info', command };
}
