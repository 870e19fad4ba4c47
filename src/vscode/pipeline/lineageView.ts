import { dirname } from 'node:path/posix';
import * as vscode from 'vscode';
import * as v from 'valibot';
import { describeError, isWorkbenchError } from '../../base/errors.ts';
import { joinPath } from '../../lake/hdfsPath.ts';
import type { PipelineRun } from '../../pipeline/history.ts';
import type { LineageChart, Lineage } from '../../pipeline/lineage.ts';
import type { PipelineOutline } from '../../pipeline/pipelineOutline.ts';
import { readSetting } from '../connection/settings.ts';
import type { Parts } from '../parts.ts';
import { html, renderPage } from '../ui/page.ts';
import { fromPageSchema, type ToPage } from './lineageProtocol.ts';
import { lineageStyle } from './lineageStyle.ts';
import { isPipelineFile, skippedFolders, type PipelineFiles } from './pipelineFiles.ts';
import type { PipelineHistory } from './pipelineHistory.ts';
import { shownNodes, type LineageFacts } from './shownLineage.ts';

const calmMs = 400;
/** "2 min. ago" is told anew this often. */
const agePauseMs = 60_000;
const tablesAtOnce = 4;
const maxCharts = 50;

const chartSchema = v.object({ title: v.string(), source: v.object({ table: v.string() }) });

/** The tables of a pipeline as a graph, in the panel. Reads the lake only while it is visible. */
export class LineageView implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly #parts: Pick<Parts, 'context' | 'workbench' | 'stack' | 'runs' | 'errors'>;
  readonly #files: PipelineFiles;
  readonly #history: PipelineHistory;
  readonly #listening: { dispose(): unknown }[];
  #view: vscode.WebviewView | undefined;
  #file: vscode.Uri | undefined;
  #lineage: Lineage = { nodes: [], edges: [] };
  #root = '/data';
  #facts: LineageFacts | undefined;
  #factsRead = '';
  #error: unknown;
  #soon: NodeJS.Timeout | undefined;
  #clock: NodeJS.Timeout | undefined;
  #reading: AbortController | undefined;
  #steps = 0;
  #charts: { folder: string; found: Promise<LineageChart[]> } | undefined;

  constructor(
    parts: Pick<Parts, 'context' | 'workbench' | 'stack' | 'runs' | 'errors'>,
    files: PipelineFiles,
    history: PipelineHistory,
  ) {
    const { workbench, stack, runs } = parts;
    this.#parts = parts;
    this.#files = files;
    this.#history = history;
    const charts = vscode.workspace.createFileSystemWatcher('**/*.chart.json');
    const otherCharts = (): void => {
      this.#charts = undefined;
      this.#refresh();
    };
    this.#listening = [
      vscode.window.registerWebviewViewProvider('medallion.lineage', this),
      charts,
      charts.onDidCreate(otherCharts),
      charts.onDidChange(otherCharts),
      charts.onDidDelete(otherCharts),
      workbench.onDidChange(() => {
        this.#facts = undefined;
        this.#readAnew();
      }),
      stack.onDidChangePhase(() => this.#readAnew()),
      runs.onDidChange((run) => {
        // Each step that ends has written its tables.
        const steps = run.events.filter(({ event }) => event === 'step-end').length;
        const count = steps + (run.result || run.error !== undefined ? 1_000 : 0);
        if (count === this.#steps) return;
        this.#steps = count;
        this.#readAnew();
      }),
      history.onDidChange(() => this.#refresh()),
      files.onDidChange(() => this.#refresh()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.toString() === this.#file?.toString()) this.#refresh();
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        const uri = editor?.document.uri;
        if (!uri || !isPipelineFile(uri) || uri.toString() === this.#file?.toString()) return;
        this.#file = uri;
        this.#refresh();
      }),
    ];
  }

  get isVisible(): boolean {
    return this.#view?.visible === true;
  }

  /** Opens the view with the lineage of this file, and gives it the focus. */
  async show(file: vscode.Uri): Promise<void> {
    this.#file = file;
    await vscode.commands.executeCommand('medallion.lineage.focus');
    this.#readAnew();
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const scripts = vscode.Uri.joinPath(this.#parts.context.extensionUri, 'dist', 'webview');
    view.webview.options = { enableScripts: true, localResourceRoots: [scripts] };
    view.webview.onDidReceiveMessage((message: unknown) => this.#hear(message));
    view.onDidChangeVisibility(() => this.#turn(view.visible));
    view.onDidDispose(() => {
      this.#view = undefined;
      this.#turn(false);
    });
    view.webview.html = renderPage(view.webview, {
      title: vscode.l10n.t('Lineage'),
      body: html`<main>
        <h1 id="title" class="unseen"></h1>
        <p id="message" role="status"></p>
        <div id="graph"></div>
        <h2 class="unseen">${vscode.l10n.t('The same as a list')}</h2>
        <ul id="list" class="unseen"></ul>
      </main>`,
      style: lineageStyle,
      script: vscode.Uri.joinPath(scripts, 'lineage.js'),
      language: vscode.env.language,
    });
    this.#turn(true);
  }

  dispose(): void {
    this.#turn(false);
    for (const one of this.#listening) one.dispose();
  }

  #turn(visible: boolean): void {
    clearInterval(this.#clock);
    clearTimeout(this.#soon);
    this.#soon = undefined;
    if (!visible) {
      this.#reading?.abort();
      return;
    }
    this.#clock = setInterval(() => this.#refresh(), agePauseMs);
    this.#readAnew();
  }

  #hear(message: unknown): void {
    const parsed = v.safeParse(fromPageSchema, message);
    if (!parsed.success) return;
    if (parsed.output.type === 'ready') return this.#refresh();
    const { id } = parsed.output;
    const node = this.#lineage.nodes.find((one) => one.id === id);
    if (node?.kind === 'table') {
      void vscode.commands.executeCommand('medallion.openTable', joinPath(this.#root, node.label));
    } else if (node?.kind === 'chart' && node.file !== undefined) {
      void vscode.commands.executeCommand('medallion.openChart', vscode.Uri.parse(node.file, true));
    } else if (node?.kind === 'source' && this.#file) {
      void vscode.window.showTextDocument(this.#file);
    }
  }

  /** The tables may have changed. */
  #readAnew(): void {
    this.#factsRead = '';
    this.#refresh();
  }

  /** Shows what is known, soon. */
  #refresh(): void {
    if (!this.isVisible) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#draw().catch((error: unknown) => this.#parts.errors.note(error, 'lineage'));
    }, calmMs);
  }

  async #draw(): Promise<void> {
    this.#file ??= (await this.#files.all())[0];
    const file = this.#file;
    if (!file)
      return this.#tell({ nodes: [], title: '', message: vscode.l10n.t('There is no pipeline file.') });
    const [{ outlinePipeline }, { lineageOf }] = await Promise.all([
      import('../../pipeline/pipelineOutline.ts'),
      import('../../pipeline/lineage.ts'),
    ]);
    let outline: PipelineOutline;
    try {
      outline = outlinePipeline((await vscode.workspace.openTextDocument(file)).getText());
    } catch {
      this.#file = undefined;
      const message = vscode.l10n.t('The pipeline file {0} is not there any more.', file.path);
      return this.#tell({ nodes: [], title: '', message });
    }
    const course = this.#history.course(outline.name ?? '');
    const charts = await this.#chartsBeside(file);
    const lineage = lineageOf(
      outline.steps,
      sourcesOf(this.#history.records(outline.name ?? '')),
      charts,
      vscode.l10n.t('Source'),
    );
    this.#lineage = lineage;
    this.#root = outline.root;
    this.#readTables();
    const nodes = shownNodes(lineage, this.#facts ?? new Map(), course, {
      now: new Date(),
      freshForMs: readSetting('lake.freshForMinutes', file) * 60_000,
      language: vscode.env.language,
    });
    const title = outline.name ?? '';
    if (this.#view) this.#view.description = title;
    this.#tell({ nodes, title, message: this.#message });
  }

  /** Looked for once; a change of one is told. */
  #chartsBeside(file: vscode.Uri): Promise<LineageChart[]> {
    const folder = dirname(file.path);
    if (this.#charts?.folder === folder) return this.#charts.found;
    const found = chartsBeside(file);
    this.#charts = { folder, found };
    return found;
  }

  get #message(): string {
    if (this.#lineage.nodes.length === 0) {
      return vscode.l10n.t(
        'The pipeline names no tables: say in "reads" and "writes" of its steps what they need and fill.',
      );
    }
    if (!this.#mayRead) return vscode.l10n.t('The stack does not run: rows and ages are not known.');
    return this.#error === undefined ? '' : describeError(this.#error);
  }

  get #mayRead(): boolean {
    const { workbench, stack } = this.#parts;
    if (!workbench.isUsable) return false;
    return workbench.isRemote || !['stopped', 'starting', 'stopping'].includes(stack.phase);
  }

  #tell({ nodes, title, message }: Pick<ToPage, 'nodes' | 'title' | 'message'>): void {
    const told: ToPage = { type: 'lineage', nodes, edges: this.#lineage.edges, title, message };
    if (nodes.length === 0) told.edges = [];
    void this.#view?.webview.postMessage(told);
  }

  /** Reads the tables of the graph, where that was not done since something changed. */
  #readTables(): void {
    const tables = this.#lineage.nodes.flatMap(({ kind, label }) => (kind === 'table' ? [label] : []));
    const wanted = `${this.#root} ${tables.join(' ')}`;
    if (!this.#mayRead || this.#factsRead === wanted) return;
    this.#factsRead = wanted;
    this.#reading?.abort();
    const reading = new AbortController();
    this.#reading = reading;
    this.#load(tables, reading.signal)
      .then(
        (facts) => {
          this.#facts = facts;
          this.#error = undefined;
        },
        (error: unknown) => {
          if (!reading.signal.aborted && describeError(error) !== describeError(this.#error)) {
            this.#parts.errors.note(error, 'lineage');
          }
          this.#error = error;
        },
      )
      .finally(() => {
        if (!reading.signal.aborted) this.#refresh();
      });
  }

  async #load(tables: readonly string[], signal: AbortSignal): Promise<LineageFacts> {
    const [{ openTable }, lake] = await Promise.all([
      import('../../lake/table.ts'),
      this.#parts.workbench.lake(),
    ]);
    const facts = new Map<
      string,
      { rows: number | undefined; lastChange: Date; version: number | undefined } | undefined
    >();
    const waiting = [...tables];
    const lane = async (): Promise<void> => {
      for (let table = waiting.shift(); table !== undefined; table = waiting.shift()) {
        try {
          const { rows, lastChange, version } = await openTable(lake, joinPath(this.#root, table), {
            signal,
          });
          facts.set(table, { rows, lastChange, version });
        } catch (error) {
          if (isWorkbenchError(error, 'not-found')) facts.set(table, undefined);
          // One that cannot be read says nothing; a lake that does not answer is told.
          else if (!isWorkbenchError(error, 'unsupported', 'protocol')) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: tablesAtOnce }, lane));
    return facts;
  }
}

/** What the steps last read from outside the lake: bronze steps report it. */
function sourcesOf(records: readonly PipelineRun[]): Map<string, string> {
  const sources = new Map<string, string>();
  // Latest first: a later word wins.
  for (const { steps } of [...records].reverse()) {
    for (const { name, bookmark } of steps) {
      if (typeof bookmark?.source === 'string') sources.set(name, bookmark.source);
    }
  }
  return sources;
}

/** Charts in and below the pipeline's folder; one that cannot be read is left out. */
async function chartsBeside(pipeline: vscode.Uri): Promise<LineageChart[]> {
  const folder = pipeline.with({ path: dirname(pipeline.path) });
  const pattern = new vscode.RelativePattern(folder, '**/*.chart.json');
  const files = await vscode.workspace.findFiles(pattern, skippedFolders, maxCharts);
  const charts = await Promise.all(
    files.map(async (file): Promise<LineageChart[]> => {
      try {
        const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
        const parsed = v.safeParse(chartSchema, JSON.parse(text));
        if (!parsed.success) return [];
        const { title, source } = parsed.output;
        return [{ file: file.toString(), title, table: source.table }];
      } catch {
        return [];
      }
    }),
  );
  return charts.flat().sort((a, b) => (a.file < b.file ? -1 : 1));
}
