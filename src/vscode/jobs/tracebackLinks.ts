import * as vscode from 'vscode';
import type { JobRun } from './jobRuns.ts';
import { RunTerminal } from './runTerminal.ts';
import { fileOfPath } from './scriptPath.ts';

class LineLink extends vscode.TerminalLink {
  constructor(
    match: RegExpExecArray,
    readonly uri: vscode.Uri,
    readonly line: number,
  ) {
    super(match.index, match[0].length, vscode.l10n.t('Open line {0}', line));
  }
}

/** `File "silver.py", line 3` in the terminals of runs opens that line, where the file is one of the user's. */
export class TracebackLinks implements vscode.TerminalLinkProvider<LineLink> {
  async provideTerminalLinks({ line, terminal }: vscode.TerminalLinkContext): Promise<LineLink[]> {
    const run = runOf(terminal);
    if (!run) return [];
    const links: LineLink[] = [];
    for (const match of line.matchAll(/File "([^"]+)", line (\d+)/g)) {
      const uri = fileOfPath(match[1]!, run.file);
      if (!uri || !isOfRun(uri, run) || !(await exists(uri))) continue;
      links.push(new LineLink(match, uri, Number(match[2])));
    }
    return links;
  }

  async handleTerminalLink({ uri, line }: LineLink): Promise<void> {
    await showLine(uri, line);
  }
}

/** Opens a file with the cursor at the first character of a line, counted from 1. */
export async function showLine(uri: vscode.Uri, line: number): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const at = document.lineAt(Math.min(Math.max(line, 1), document.lineCount) - 1);
  const start = new vscode.Position(at.lineNumber, at.firstNonWhitespaceCharacterIndex);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, start) });
}

/** Also of a task's terminal. */
function runOf({ creationOptions }: vscode.Terminal): JobRun | undefined {
  return 'pty' in creationOptions && creationOptions.pty instanceof RunTerminal
    ? creationOptions.pty.run
    : undefined;
}

function isOfRun(uri: vscode.Uri, { file }: JobRun): boolean {
  if (uri.toString() === file?.toString() || vscode.workspace.getWorkspaceFolder(uri)) return true;
  return file?.scheme === 'file' && uri.path.startsWith(vscode.Uri.joinPath(file, '..').path);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  if (vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString()))
    return true;
  return vscode.workspace.fs.stat(uri).then(
    ({ type }) => (type & vscode.FileType.File) !== 0,
    () => false,
  );
}
