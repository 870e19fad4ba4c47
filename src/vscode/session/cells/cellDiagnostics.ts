import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { PythonFailure, PythonFrame } from '../../../spark/job.ts';
import { allCauses, failureText } from '../../jobs/failureText.ts';
import { lineOfCode, runIdOfFile, sourceOf } from '../results/framePlaces.ts';
import type { StoredRun } from '../results/runStore.ts';
import type { PlacedRun } from './placedCode.ts';
import type { PlacedRuns } from './placedRuns.ts';

/** A failure may have no place. */
type FramePlace = Partial<Pick<PythonFrame, 'file' | 'line'>>;

/** Failures of cells on their lines, until the cell is run again or its text is another one. */
export class CellDiagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('medallion-session');
  readonly #placed: PlacedRuns;
  readonly #listening: vscode.Disposable;

  constructor(placed: PlacedRuns) {
    this.#placed = placed;
    this.#listening = vscode.Disposable.from(
      placed.onDidChange(() => this.#mark()),
      vscode.workspace.onDidOpenTextDocument(() => this.#mark()),
    );
    this.#mark();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#collection.dispose();
  }

  #mark(): void {
    const found = new Map<string, { uri: vscode.Uri; diagnostics: vscode.Diagnostic[] }>();
    for (const document of vscode.workspace.textDocuments) {
      for (const { run } of this.#placed.of(document)) {
        const made = run.state === 'error' ? this.#diagnosticOf(run) : undefined;
        if (!made) continue;
        const key = made.uri.toString();
        const there = found.get(key);
        if (there) there.diagnostics.push(made.diagnostic);
        else found.set(key, { uri: made.uri, diagnostics: [made.diagnostic] });
      }
    }
    this.#collection.clear();
    this.#collection.set([...found.values()].map(({ uri, diagnostics }) => [uri, diagnostics]));
  }

  #diagnosticOf(run: StoredRun): { uri: vscode.Uri; diagnostic: vscode.Diagnostic } | undefined {
    const error = run.outputs.all.findLast((output) => output.kind === 'error');
    if (!error) return undefined;
    const { failure, name, message } = error;
    const own = failure ? ownFrames(failure) : [];
    // A cell that a function came from may have been changed since: then the line that called it.
    const places = [failure, ...own].map((frame) => frame && this.#locationOf(frame, run));
    const location = places.find((place) => place !== undefined) ?? this.#beginOf(run);
    if (!location) return undefined;
    const text = failure ? failureText(failure) : `${name}: ${message}`;
    const diagnostic = new vscode.Diagnostic(location.range, text, vscode.DiagnosticSeverity.Error);
    diagnostic.source = 'Spark';
    if (failure) diagnostic.relatedInformation = this.#related(failure, own, location, run);
    return { uri: location.uri, diagnostic };
  }

  /** The way to the line that failed, and what it was raised from. */
  #related(
    failure: PythonFailure,
    own: readonly PythonFrame[],
    shown: vscode.Location,
    run: StoredRun,
  ): vscode.DiagnosticRelatedInformation[] {
    const info = (at: FramePlace, message: string): vscode.DiagnosticRelatedInformation[] => {
      const location = this.#locationOf(at, run);
      return location ? [new vscode.DiagnosticRelatedInformation(location, message)] : [];
    };
    const calls = own
      .filter(({ file, line }) => file !== failure.file || line !== failure.line)
      .flatMap((frame) => info(frame, vscode.l10n.t('called in {0}', frame.function)));
    const causes = allCauses(failure).flatMap((cause) => {
      const message = vscode.l10n.t('caused by {0}', failureText(cause));
      const there = info(cause, message);
      return there.length > 0 ? there : [new vscode.DiagnosticRelatedInformation(shown, message)];
    });
    return [...calls, ...causes];
  }

  #locationOf({ file, line }: FramePlace, run: StoredRun): vscode.Location | undefined {
    if (file === undefined || line === undefined) return undefined;
    const id = runIdOfFile(file);
    if (id !== undefined) {
      const found = this.#placed.find(id);
      return found && locationIn(found.document, found.placed, lineOfCode(found.placed.run, line));
    }
    const uri = sourceOf(file, run);
    // The editor cuts a range to its line.
    return uri && new vscode.Location(uri, new vscode.Range(line - 1, 0, line - 1, 10_000));
  }

  #beginOf(run: StoredRun): vscode.Location | undefined {
    const found = this.#placed.find(run.id);
    return found && locationIn(found.document, found.placed, 1);
  }
}

/** `line` counts from 1 within the code. */
function locationIn(
  document: vscode.TextDocument,
  { line: first, endLine }: PlacedRun,
  line: number,
): vscode.Location {
  const { range, firstNonWhitespaceCharacterIndex: from } = document.lineAt(
    Math.min(first + line - 1, endLine),
  );
  return new vscode.Location(document.uri, new vscode.Range(range.start.translate(0, from), range.end));
}

/** Those in cells and scripts, the innermost first. */
function ownFrames({ frames }: PythonFailure): PythonFrame[] {
  return frames.filter(({ file }) => runIdOfFile(file) !== undefined || isAbsolute(file)).reverse();
}
