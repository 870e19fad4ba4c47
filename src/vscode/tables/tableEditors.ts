import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { FileSource } from '../../lake/fileSource.ts';
import { baseName, isWithin, pathBelow } from '../../lake/hdfsPath.ts';
import { layerPath, layers } from '../../lake/layers.ts';
import type { TableWatch } from '../lake/tableWatch.ts';
import { lakeUri } from '../lake/lakeEntry.ts';
import type { Parts } from '../parts.ts';
import { Milestone } from '../ui/milestone.ts';
import { PagePanel } from '../ui/pagePanel.ts';
import { pageTexts } from '../ui/pageTexts.ts';
import { FrameFiles, frameOf, frameScheme, frameUri } from './frameFiles.ts';
import { SessionTable } from './sessionTable.ts';
import type { TableHost } from './tableHost.ts';
import type { Detail, ToTablePage } from './tableProtocol.ts';

/** For files that are nothing but tables, and for those that people also edit as text. */
const viewTypes = { table: 'medallion.table', text: 'medallion.textTable' } as const;

/** What is open in a tab. A folder of the lake is a table, too. */
interface OpenTable {
  uri: vscode.Uri;
  panel: vscode.WebviewPanel;
  host: TableHost;
  watch: TableWatch;
  page: PagePanel;
  hasError: boolean;
  /** The version that is shown, of a Delta table's newest. */
  shown: number | undefined;
  /** The tab of its side panel that it is to open. */
  wanted: Detail | undefined;
}

/** Shows tables and files of rows: of the lake under `hdfs:`, of this machine, and frames of the session. */
export class TableEditors implements vscode.CustomReadonlyEditorProvider, vscode.Disposable {
  readonly #parts: Parts;
  readonly #seen: Milestone;
  readonly #open = new Set<OpenTable>();
  readonly #listening: vscode.Disposable;
  /** Which part a table that is about to be opened shows first, by its URI. */
  readonly #wanted = new Map<string, Detail>();
  #hadSession: boolean;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { workbench, stack, session } = parts;
    this.#hadSession = session.current() !== undefined;
    const options = {
      // What was shown is kept by the page's state; its rows are read again in a moment.
      webviewOptions: { retainContextWhenHidden: false, enableFindWidget: false },
      supportsMultipleEditorsPerDocument: true,
    };
    this.#listening = vscode.Disposable.from(
      ...Object.values(viewTypes).map((type) =>
        vscode.window.registerCustomEditorProvider(type, this, options),
      ),
      workbench.onDidChange(() => this.#refresh(({ uri }) => uri.scheme === 'hdfs')),
      stack.onDidChangePhase(() => this.#refresh(({ hasError }) => hasError)),
      session.onDidChangeState(() => this.#sessionChanged()),
      session.onRunEvent(({ event }) => {
        if (event.kind === 'end') this.#noteCode();
      }),
      vscode.workspace.registerFileSystemProvider(frameScheme, new FrameFiles(), { isReadonly: true }),
    );
    this.#seen = new Milestone(parts.context, 'tableSeen', 'medallion.tableSeen');
  }

  /** Shows a table of the lake; one that is open already comes to the front. */
  async show(path: string, detail?: Detail): Promise<void> {
    const uri = lakeUri(this.#parts.workbench.authority, path);
    const there = [...this.#open].find((one) => one.uri.toString() === uri.toString());
    if (detail) {
      if (there) this.#ask(there, detail);
      else this.#wanted.set(uri.toString(), detail);
    }
    await vscode.commands.executeCommand('vscode.openWith', uri, viewTypes.table, { preview: false });
  }

  /** Shows a frame of the session, as it is now. */
  async showFrame(name: string): Promise<void> {
    const uri = frameUri(name);
    const isThere = [...this.#open].some((one) => one.uri.toString() === uri.toString());
    await vscode.commands.executeCommand('vscode.openWith', uri, viewTypes.table, { preview: false });
    if (isThere) this.#refresh((one) => one.uri.toString() === uri.toString());
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => {} };
  }

  async resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): Promise<void> {
    // Loaded at its first use, as what reads tables is.
    const [{ TableHost, useTexts }, { TableWatch }] = await Promise.all([
      import('./tableHost.ts'),
      import('../lake/tableWatch.ts'),
    ]);
    const { context, errors } = this.#parts;
    // The host knows no vscode: its sentences are translated as the page's are.
    useTexts(pageTexts());
    const { path } = uri;
    const name = this.#nameOf(uri);
    const isFrame = uri.scheme === frameScheme;
    const sessionTable = new SessionTable(this.#parts);
    const open: OpenTable = {
      uri,
      panel,
      page: new PagePanel(panel, {
        ...{ extensionUri: context.extensionUri, name, script: 'table.js' },
        hear: (message) => void open.host.receive(message),
      }),
      watch: new TableWatch(this.#parts.workbench, () => this.#newVersion(open)),
      shown: undefined,
      host: new TableHost({
        name,
        what: isFrame ? name : path,
        open: async ({ signal, version }) => {
          if (isFrame) return sessionTable.openFrame(frameOf(uri), { signal });
          const { openPreview } = await import('../../lake/preview/openPreview.ts');
          return openPreview(await this.#filesOf(uri), path, { signal, version });
        },
        post: (message) => this.#post(open, message),
        copy: async (text) => vscode.env.clipboard.writeText(text),
        ...((uri.scheme === 'hdfs' || isFrame) && {
          chart: async () => {
            const command = isFrame ? 'medallion.session.chartFrame' : 'medallion.chartTable';
            await vscode.commands.executeCommand(command, isFrame ? name : path);
          },
        }),
        get session() {
          return uri.scheme === 'hdfs' || isFrame ? sessionTable.whole : undefined;
        },
        note: (error) => errors.note(error, 'table'),
      }),
      hasError: false,
      wanted: this.#wanted.get(uri.toString()),
    };
    this.#wanted.delete(uri.toString());
    this.#open.add(open);
    panel.onDidChangeViewState(() => this.#watch(open));
    panel.onDidDispose(() => {
      this.#open.delete(open);
      open.page.dispose();
      open.watch.dispose();
      open.host.dispose();
      sessionTable.dispose();
    });
    this.#watch(open);
  }

  /** A run has ended, which may have written any table: what is shown stays until it is read anew. */
  noteRun(): void {
    this.#refresh(({ hasError }) => hasError);
  }

  dispose(): void {
    this.#listening.dispose();
  }

  #sessionChanged(): void {
    const has = this.#parts.session.current() !== undefined;
    if (has === this.#hadSession) return;
    this.#hadSession = has;
    for (const { host } of this.#open) void host.sessionChanged();
    if (has) this.#refresh(({ uri, hasError }) => uri.scheme === frameScheme && hasError);
  }

  /** Code has run, which may have made other frames under the same names. */
  #noteCode(): void {
    for (const { uri, host } of this.#open) {
      if (uri.scheme === frameScheme) {
        host.changed(vscode.l10n.t('Code has run in the session since this frame was read.'));
      }
    }
  }

  #refresh(which: (open: OpenTable) => boolean): void {
    for (const open of this.#open) if (which(open)) void open.host.refresh();
  }

  /** A message may come when the tab has been closed. */
  #post(open: OpenTable, message: ToTablePage): void {
    if (message.kind === 'failed') open.hasError = true;
    open.page.post(message);
    if (message.kind !== 'table') return;
    open.hasError = false;
    open.shown = message.isPast ? undefined : message.version;
    this.#watch(open);
    if (open.wanted) this.#ask(open, open.wanted);
    this.#seen.reach();
  }

  #ask(open: OpenTable, detail: Detail): void {
    if (!open.page.isReady) {
      open.wanted = detail;
      return;
    }
    open.wanted = undefined;
    open.page.post({ kind: 'show', detail } satisfies ToTablePage);
  }

  /** A new version is told, not shown: somebody may be reading. */
  #newVersion({ host }: OpenTable): void {
    host.changed(vscode.l10n.t('The table has a newer version.'));
  }

  /** Looked for while the table is seen, and only then. */
  #watch({ uri, panel, watch, shown }: OpenTable): void {
    watch.watch(new Map(panel.visible && shown !== undefined ? [[uri.path, shown]] : []));
  }

  async #filesOf(uri: vscode.Uri): Promise<FileSource> {
    const { workbench } = this.#parts;
    switch (uri.scheme) {
      case 'hdfs':
        if (uri.authority === workbench.authority) return workbench.lake();
        throw new WorkbenchError(
          'conflict',
          vscode.l10n.t(
            'This table is of the connection "{0}": switch to it to see its rows.',
            uri.authority,
          ),
        );
      case 'file': {
        const { DiskFiles } = await import('../../lake/diskFiles.ts');
        return new DiskFiles();
      }
      default:
        throw new WorkbenchError(
          'unsupported',
          vscode.l10n.t(
            'Files of "{0}:" cannot be read by range: copy it to this machine first.',
            uri.scheme,
          ),
        );
    }
  }

  /** `gold/deliveriescount` for a table of a layer, else the file's name. */
  #nameOf({ scheme, path }: vscode.Uri): string {
    const { lakeRoot } = this.#parts.workbench;
    const isInLayer = scheme === 'hdfs' && layers.some((layer) => isWithin(path, layerPath(layer, lakeRoot)));
    return isInLayer ? pathBelow(path, lakeRoot) : baseName(path);
  }
}
