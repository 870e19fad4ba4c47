import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until.ts';

const chained = `def parse(text):
    return int(text)

def main():
    try:
        parse("x")
    except ValueError as error:
        raise RuntimeError("cannot parse") from error

main()
`;

const slow = `import time
time.sleep(3)
raise RuntimeError("deleted meanwhile")
`;

const lakeFolder = vscode.Uri.parse('hdfs://stack/tmp/submit-host-test');
const onLake = vscode.Uri.joinPath(lakeFolder, 'on lake.py');

describe('Submit to Spark, in the extension host', () => {
  let untitled: vscode.TextDocument;
  let deleted: vscode.Uri;

  // All of them at once: the cluster has room for two, and the others wait.
  before(async function () {
    this.timeout(120_000);
    const [folder] = vscode.workspace.workspaceFolders!;
    deleted = vscode.Uri.joinPath(folder!.uri, 'deleted.py');
    await vscode.workspace.fs.writeFile(deleted, Buffer.from(slow));
    await vscode.workspace.fs.writeFile(onLake, Buffer.from('\n\n  # a note\nmissing_name\n'));
    untitled = await vscode.workspace.openTextDocument({ language: 'python', content: chained });
    for (const uri of [deleted, untitled.uri, onLake]) {
      await vscode.commands.executeCommand('medallion.submit', uri);
    }
    await vscode.workspace.fs.delete(deleted);
  });

  after(async () => {
    await vscode.workspace.fs.delete(lakeFolder, { recursive: true });
    await vscode.window.showTextDocument(untitled);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    for (const terminal of vscode.window.terminals) terminal.dispose();
    await vscode.commands.executeCommand('notifications.clearAll');
  });

  it('marks a failure of a file that was never saved, with its cause and the way to it', async () => {
    const [failure] = await marks(untitled.uri);
    equal(failure!.message, 'RuntimeError: cannot parse');
    equal(failure!.severity, vscode.DiagnosticSeverity.Error);
    equal(untitled.getText(failure!.range), 'raise RuntimeError("cannot parse") from error');
    const related = failure!.relatedInformation!.map(({ message, location }) => [
      message,
      location.range.start.line,
    ]);
    deepEqual(related, [
      ['called in <module>', 9],
      ["caused by ValueError: invalid literal for int() with base 10: 'x'", 1],
    ]);
  });

  it('marks a failure of a script on the lake', async () => {
    const [failure] = await marks(onLake);
    match(failure!.message, /^NameError: name 'missing_name'/);
    equal(failure!.range.start.line, 3);
  });

  it('follows a script that was deleted while it ran, and marks nothing in it', async () => {
    await terminal('✗ deleted.py');
    deepEqual(vscode.languages.getDiagnostics(deleted), []);
  });

  it('takes a mark away when the script runs again, whatever comes of it', async () => {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(untitled.uri, untitled.lineAt(5).range, '        parse("1")');
    ok(await vscode.workspace.applyEdit(edit));
    await vscode.commands.executeCommand('medallion.submit', untitled.uri);
    await until('the mark is gone', () =>
      Promise.resolve(vscode.languages.getDiagnostics(untitled.uri).length === 0),
    );
    await terminal(/^✓ Untitled/);
    deepEqual(vscode.languages.getDiagnostics(untitled.uri), []);
  });

  it('goes on when the connection is made anew in the middle of a run', async () => {
    const [folder] = vscode.workspace.workspaceFolders!;
    const name = `reconnect-${Date.now()}.py`;
    const file = vscode.Uri.joinPath(folder!.uri, name);
    await vscode.workspace.fs.writeFile(file, Buffer.from('import time\ntime.sleep(4)\nexit(3)\n'));
    await vscode.commands.executeCommand('medallion.submit', file);
    const jobs = vscode.Uri.parse('hdfs://stack/jobs');
    await until('the run has its record', async () => {
      const run = (await vscode.workspace.fs.readDirectory(jobs)).find(([entry]) => entry.endsWith(name));
      return run && (await exists(vscode.Uri.joinPath(jobs, run[0], 'run.json')));
    });
    const settings = vscode.workspace.getConfiguration('medallion');
    await settings.update('lake.root', '/elsewhere', vscode.ConfigurationTarget.Workspace);
    await settings.update('lake.root', undefined, vscode.ConfigurationTarget.Workspace);
    await terminal(`✗ ${name}`);
    await vscode.workspace.fs.delete(file);
  });
});

/** What is marked in a file, once something is. */
function marks(uri: vscode.Uri): Promise<vscode.Diagnostic[]> {
  return until(`something is marked in ${uri.path}`, () => {
    const found = vscode.languages.getDiagnostics(uri);
    return Promise.resolve(found.length > 0 && found);
  });
}

function exists(uri: vscode.Uri): Promise<boolean> {
  return Promise.resolve(vscode.workspace.fs.stat(uri)).then(
    () => true,
    () => false,
  );
}

function terminal(name: string | RegExp): Promise<vscode.Terminal> {
  const names = (): string => vscode.window.terminals.map((one) => one.name).join(', ');
  return until(`there is a terminal ${String(name)} among: ${names()}`, () =>
    Promise.resolve(
      vscode.window.terminals.find((one) =>
        typeof name === 'string' ? one.name === name : name.test(one.name),
      ),
    ),
  );
}
