import * as vscode from 'vscode';
import { formatDuration } from '../../../base/format.ts';
import type { Progress } from '../../../base/log.ts';
import { cellAtLine } from '../../../session/cells.ts';
import { progressText } from '../../ui/progress.ts';
import type { RunStages } from '../results/runStages.ts';
import type { StoredRun } from '../results/runStore.ts';
import { cellsOf } from './cellsOf.ts';
import type { PlacedRuns } from './placedRuns.ts';

const everyMs = 1_000;
const calmMs = 50;

/** A line above each cell of the active script, and beside each cell that was run how that went. */
export class CellDecorations implements vscode.Disposable {
  readonly #placed: PlacedRuns;
  readonly #stages: RunStages;
  readonly #line = separator('interactive.inactiveCodeBorder');
  readonly #activeLine = separator('interactive.activeCodeBorder');
  readonly #state = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
  readonly #listening: vscode.Disposable;
  #soon: NodeJS.Timeout | undefined;
  #clock: NodeJS.Timeout | undefined;

  constructor(placed: PlacedRuns, stages: RunStages) {
    this.#placed = placed;
    this.#stages = stages;
    this.#listening = vscode.Disposable.from(
      ...[this.#line, this.#activeLine, this.#state],
      placed.onDidChange(() => this.#paintSoon()),
      stages.onDidChange(() => this.#paintStates()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#paintSoon()),
      vscode.window.onDidChangeActiveTextEditor(() => this.#paintSoon()),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (cellsOf(textEditor.document).length > 0) this.#paintSoon();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document.languageId === 'python') this.#paintSoon();
      }),
    );
    this.#paint();
  }

  dispose(): void {
    clearTimeout(this.#soon);
    clearInterval(this.#clock);
    this.#listening.dispose();
  }

  #paintSoon(): void {
    this.#soon ??= setTimeout(() => this.#paint(), calmMs);
  }

  #paint(): void {
    this.#soon = undefined;
    for (const editor of vscode.window.visibleTextEditors) this.#paintLines(editor);
    this.#paintStates();
  }

  #paintLines(editor: vscode.TextEditor): void {
    const isActive = editor === vscode.window.activeTextEditor;
    const cells = isActive ? cellsOf(editor.document) : [];
    const active = cellAtLine(cells, editor.selection.active.line);
    const marked = cells.filter(({ hasMarker }) => hasMarker);
    const rangeOf = ({ line }: { line: number }): vscode.Range => new vscode.Range(line, 0, line, 0);
    editor.setDecorations(this.#line, marked.filter((cell) => cell !== active).map(rangeOf));
    editor.setDecorations(this.#activeLine, marked.filter((cell) => cell === active).map(rangeOf));
  }

  #paintStates(): void {
    let isRunning = false;
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      const cells = cellsOf(document);
      // A notebook shows by itself how its cells went.
      if (document.uri.scheme === 'vscode-notebook-cell') continue;
      const placed = this.#placed.of(document);
      isRunning ||= placed.some(({ run }) => run.state === 'running');
      const options = placed.map(({ run, line }): vscode.DecorationOptions => {
        // Beside the marker, where it does not stand in the code's way.
        const cell = cellAtLine(cells, line);
        const beside = cell?.hasMarker && cell.codeLine === line ? cell.line : line;
        return { range: document.lineAt(beside).range, renderOptions: { after: this.#after(run) } };
      });
      editor.setDecorations(this.#state, options);
    }
    if (!isRunning) {
      clearInterval(this.#clock);
      this.#clock = undefined;
    } else this.#clock ??= setInterval(() => this.#paintStates(), everyMs);
  }

  #after(run: StoredRun): vscode.ThemableDecorationAttachmentRenderOptions {
    const color = new vscode.ThemeColor(colorOf(run));
    return { contentText: stateText(run, this.#stages.of(run.id)), color, margin: '0 0 0 2em' };
  }
}

function separator(color: string): vscode.TextEditorDecorationType {
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    borderWidth: '1px 0 0 0',
    borderStyle: 'solid',
    borderColor: new vscode.ThemeColor(color),
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });
}

function stateText(run: StoredRun, progress: Progress | undefined): string {
  const { state, begunAt, endedAt } = run;
  const took = begunAt === undefined ? undefined : formatDuration((endedAt ?? Date.now()) - begunAt);
  switch (state) {
    case 'waiting':
      return `… ${vscode.l10n.t('waiting')}`;
    case 'running':
      return ['⟳', took, progress && `· ${progressText(progress)}`].filter(Boolean).join(' ');
    case 'ok':
      return `✓ ${took ?? ''}`;
    case 'error': {
      const error = run.outputs.all.findLast((output) => output.kind === 'error');
      return ['✗', error?.name, took && `· ${took}`].filter(Boolean).join(' ');
    }
    case 'interrupted':
      return `⊘ ${vscode.l10n.t('stopped after {0}', took ?? '0 s')}`;
    case 'aborted':
      return `⊘ ${vscode.l10n.t('not run: one before it failed')}`;
    case 'lost':
      return `✗ ${vscode.l10n.t('lost with its kernel')}`;
  }
}

function colorOf({ state }: StoredRun): string {
  if (state === 'ok') return 'testing.iconPassed';
  return state === 'error' || state === 'lost' ? 'errorForeground' : 'descriptionForeground';
}
