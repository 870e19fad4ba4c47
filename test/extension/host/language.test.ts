import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until.ts';

describe('SQL and Python on the lake, in the extension host', () => {
  let folder: vscode.Uri;
  const own: vscode.Uri[] = [];

  before(() => {
    folder = vscode.workspace.workspaceFolders![0]!.uri;
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const uri of own) await vscode.workspace.fs.delete(uri, { useTrash: false });
  });

  function told<T>(what: string, look: () => T | undefined | false): Promise<T> {
    return until(what, () => Promise.resolve(look()));
  }

  /** A file of its own with this text; `|` is the cursor. */
  async function write(
    name: string,
    marked: string,
  ): Promise<{ document: vscode.TextDocument; at: vscode.Position }> {
    const uri = vscode.Uri.joinPath(folder, name);
    if (!own.some(({ path }) => path === uri.path)) own.push(uri);
    const text = marked.replace('|', '');
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    const document = await vscode.workspace.openTextDocument(uri);
    await told('the file is read again', () => document.getText() === text);
    return { document, at: document.positionAt(Math.max(0, marked.indexOf('|'))) };
  }

  async function offered(name: string, marked: string): Promise<string[]> {
    const { document, at } = await write(name, marked);
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      at,
    );
    return items.map(({ label }) => (typeof label === 'string' ? label : label.label));
  }

  async function hover(name: string, marked: string): Promise<string> {
    const { document, at } = await write(name, marked);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      at,
    );
    return hovers
      .flatMap(({ contents }) =>
        contents.map((one) => (one instanceof vscode.MarkdownString ? one.value : '')),
      )
      .join()
      .replaceAll('&nbsp;', ' ');
  }

  async function lenses(uri: vscode.Uri): Promise<[line: number, title: string][]> {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      uri,
      100,
    );
    return found.map(({ range, command }) => [range.start.line, command?.title ?? '']);
  }

  it('SQL files have links to run a statement and all of them; those of a verification have none', async () => {
    const { document } = await write('host.sql', '-- all\nSELECT 1;\n\nSELECT 2\n  + 1;\n');
    deepEqual(await lenses(document.uri), [
      [1, '$(play) Run Statement'],
      [1, '$(run-all) Run File'],
      [3, '$(play) Run Statement'],
      [3, '$(run-all) Run File'],
    ]);
    const verification = vscode.Uri.joinPath(folder, 'verify', 'deliveriescount.sql');
    await vscode.workspace.openTextDocument(verification);
    deepEqual(await lenses(verification), []);
  });

  it('SQL is completed with its words', async () => {
    const starts = await offered('host.sql', 'SELECT 1;\n|');
    ok(starts.includes('SELECT') && starts.includes('DESCRIBE HISTORY'), starts.join());
    const next = await offered('host.sql', 'SELECT * FROM silver.allorders |');
    ok(next.includes('WHERE'), next.join());
  });

  it('SQL is completed with tables and columns of the lake, and tells what they are', async () => {
    const tables = await offered('host.sql', 'SELECT * FROM |');
    ok(tables.includes('silver.allorders'), tables.join());
    const columns = await offered('host.sql', 'SELECT o.| FROM silver.allorders o');
    ok(columns.includes('branch') && !columns.includes('FROM'), columns.join());
    match(await hover('host.sql', 'SELECT * FROM silver.all|orders'), /Delta.*rows[^]*branch +string/);
  });

  it('cells of SQL and texts of Python are completed the same', async () => {
    const inCell = await offered('host_cells.py', '# %% [sql]\n# SELECT * FROM silver.|\n');
    ok(inCell.includes('allorders'), inCell.join());
    const inText = await offered('host_cells.py', 'rows = spark.sql("SELECT o.| FROM silver.allorders o")\n');
    ok(inText.includes('branch'), inText.join());
    const path = await offered('host_cells.py', 'path = job.path("|")\n');
    ok(path.includes('silver/allorders'), path.join());
    match(await hover('host_cells.py', 'path = job.path("silver/all|orders")\n'), /Delta.*rows/);
  });

  it('a script becomes a step of the pipeline, which an undo takes back', async () => {
    const { document: script } = await write(
      'host_step.py',
      'spark.table("silver.allorders").groupBy("branch").count().write.save(job.path("gold/branches"))\n',
    );
    const pipeline = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(folder, 'pipeline.yaml'));
    const before = pipeline.getText();
    const command = vscode.commands.executeCommand('medallion.session.addToPipeline', script.uri);
    let ended = false;
    void command.then(() => (ended = true));
    // Each of its questions has the likely answer.
    while (!ended) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
    }
    const step =
      '  - name: host_step\n    script: host_step.py\n    reads: [silver/allorders]\n    writes: [gold/branches]\n';
    equal(pipeline.getText(), before.replace('verify:\n', `${step}verify:\n`));
    const editor = vscode.window.activeTextEditor!;
    equal(editor.document, pipeline);
    equal(editor.document.lineAt(editor.selection.active.line).text, '  - name: host_step');
    await vscode.commands.executeCommand('undo');
    equal(pipeline.getText(), before);
  });
});
