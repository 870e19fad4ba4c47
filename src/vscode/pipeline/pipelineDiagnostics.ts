import * as vscode from 'vscode';
import { isPipelineFile } from './pipelineFiles.ts';

/** A pause in typing. */
const pauseMs = 300;

/** What is wrong with the pipeline files that are open, on their lines. */
export class PipelineDiagnostics implements vscode.Disposable {
  readonly #collection = vscode.languages.createDiagnosticCollection('medallion-pipeline');
  readonly #listening: { dispose(): unknown }[];
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor() {
    // A script that comes or goes makes a pipeline right or wrong.
    const scripts = vscode.workspace.createFileSystemWatcher('**/*.{py,sql}', false, true, false);
    const all = (): void => {
      for (const document of vscode.workspace.textDocuments) this.#soon(document);
    };
    this.#listening = [
      this.#collection,
      scripts,
      scripts.onDidCreate(all),
      scripts.onDidDelete(all),
      vscode.workspace.onDidOpenTextDocument((document) => this.#soon(document, 0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#soon(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        clearTimeout(this.#timers.get(uri.toString()));
        this.#collection.delete(uri);
      }),
    ];
    all();
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    for (const one of this.#listening) one.dispose();
  }

  #soon(document: vscode.TextDocument, afterMs = pauseMs): void {
    if (!isPipelineFile(document.uri)) return;
    const key = document.uri.toString();
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => {
        this.#timers.delete(key);
        void this.#check(document);
      }, afterMs),
    );
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { fileProblems, pipelineProblems } = await import('../../pipeline/pipelineFile.ts');
    const { version, uri } = document;
    const text = document.getText();
    const problems = uri.scheme === 'file' ? await fileProblems(text, uri.fsPath) : pipelineProblems(text);
    // Written on or closed meanwhile: a later look tells.
    if (document.isClosed || document.version !== version) return;
    this.#collection.set(
      uri,
      problems.map(({ line, column, message }) => {
        const diagnostic = new vscode.Diagnostic(rangeAt(document, line - 1, column - 1), message);
        diagnostic.source = 'Medallion';
        return diagnostic;
      }),
    );
  }
}

/** The word that begins there, to the end of its value. */
function rangeAt(document: vscode.TextDocument, line: number, column: number): vscode.Range {
  const at = document.validatePosition(new vscode.Position(line, column));
  const text = document.lineAt(at.line).text.slice(at.character);
  const length = /^("[^"]*"|'[^']*'|[^\s,[\]{}#:]+)/.exec(text)?.[0].length ?? text.trimEnd().length;
  return new vscode.Range(at, at.translate(0, length));
}
