import * as vscode from 'vscode';
import type { PythonFailure, PythonFrame } from '../../spark/job.ts';
import { allCauses, failureText, findLine } from './failureText.ts';
import type { JobRun } from './jobRuns.ts';
import { fileOfPath } from './scriptPath.ts';

interface Marked {
  /** The script or pipeline that failed. */
  owner: string;
  uri: vscode.Uri;
  diagnostic: vscode.Diagnostic;
}

/** Failures on the lines that they came from, until the script runs again. */
export class FailureDiagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('medallion');
  readonly #listening: vscode.Disposable;
  #marked: Marked[] = [];

  constructor() {
    this.#listening = vscode.Disposable.from(
      vscode.workspace.onDidDeleteFiles(({ files }) => {
        for (const file of files) this.clear(file);
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === 'untitled') this.clear(uri);
      }),
    );
  }

  /** Marks where a run has failed; nothing where Python did not say. */
  async mark(run: JobRun): Promise<void> {
    const { file } = run;
    const failure = run.result?.failure;
    const uri = failure?.file === undefined ? undefined : fileOfPath(failure.file, file);
    const range = uri && (await rangeOf(uri, failure?.line, failure && codeOf(failure)));
    if (!failure || !uri || !range) return;
    const diagnostic = new vscode.Diagnostic(range, failureText(failure), vscode.DiagnosticSeverity.Error);
    diagnostic.source = 'Spark';
    diagnostic.relatedInformation = await related(failure, file);
    this.#marked.push({ owner: (file ?? uri).toString(), uri, diagnostic });
    this.#show(uri);
  }

  /** Takes away what an earlier run of a file has left, and what is on its own lines. */
  clear(file: vscode.Uri): void {
    const key = file.toString();
    const gone = this.#marked.filter(({ owner, uri }) => owner === key || uri.toString() === key);
    this.#marked = this.#marked.filter((one) => !gone.includes(one));
    for (const { uri } of gone) this.#show(uri);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#collection.dispose();
  }

  #show(uri: vscode.Uri): void {
    const here = this.#marked.filter((one) => one.uri.toString() === uri.toString());
    this.#collection.set(
      uri,
      here.map(({ diagnostic }) => diagnostic),
    );
  }
}

/** The way to the line that failed, and what it was raised from: the user's own lines only. */
async function related(
  failure: PythonFailure,
  script: vscode.Uri | undefined,
): Promise<vscode.DiagnosticRelatedInformation[]> {
  const own = userFrames(failure.frames, script).filter(({ line }) => line !== failure.line);
  const found = own.reverse().map(({ uri, line, code, function: name }) => ({
    uri,
    line,
    code,
    message: vscode.l10n.t('called in {0}', name),
  }));
  for (const cause of allCauses(failure)) {
    const uri = cause.file === undefined ? undefined : fileOfPath(cause.file, script);
    // A cause within Spark is worth its sentence, at the line that led there.
    const place = uri ?? (failure.file === undefined ? undefined : fileOfPath(failure.file, script));
    if (!place) continue;
    const at = uri ? cause : failure;
    found.push({
      uri: place,
      line: at.line ?? 1,
      code: codeOf(at),
      message: vscode.l10n.t('caused by {0}', failureText(cause)),
    });
  }
  const located = await Promise.all(
    found.map(async ({ uri, line, code, message }) => {
      const range = await rangeOf(uri, line, code);
      return range && new vscode.DiagnosticRelatedInformation(new vscode.Location(uri, range), message);
    }),
  );
  return located.filter((one) => one !== undefined);
}

function userFrames(
  frames: readonly PythonFrame[],
  script: vscode.Uri | undefined,
): (PythonFrame & { uri: vscode.Uri })[] {
  return frames.flatMap((frame) => {
    const uri = fileOfPath(frame.file, script);
    const isOwn = uri && (uri.toString() === script?.toString() || vscode.workspace.getWorkspaceFolder(uri));
    return isOwn ? [{ ...frame, uri }] : [];
  });
}

function codeOf({ file, line, frames }: PythonFailure): string | undefined {
  return frames.find((frame) => frame.file === file && frame.line === line)?.code;
}

/** A line's text without its indent; undefined for a file that is gone, such as one deleted while it ran. */
async function rangeOf(
  uri: vscode.Uri,
  line: number | undefined,
  code: string | undefined,
): Promise<vscode.Range | undefined> {
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    const at = document.lineAt(findLine(document.getText().split(/\r?\n/), line ?? 1, code));
    return new vscode.Range(
      at.lineNumber,
      at.firstNonWhitespaceCharacterIndex,
      at.lineNumber,
      at.range.end.character,
    );
  } catch {
    return undefined;
  }
}
