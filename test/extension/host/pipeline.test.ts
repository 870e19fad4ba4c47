import { deepEqual, equal, match, ok } from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until.ts';

describe('Pipeline files, in the extension host', () => {
  let folder: vscode.Uri;
  let shipped: vscode.Uri;
  let own: vscode.Uri;

  before(() => {
    folder = vscode.workspace.workspaceFolders![0]!.uri;
    shipped = vscode.Uri.joinPath(folder, 'pipeline.yaml');
    own = vscode.Uri.joinPath(folder, 'host.pipeline.yaml');
  });

  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.workspace.fs.delete(own, { useTrash: false });
  });

  function told<T>(what: string, look: () => T | undefined | false): Promise<T> {
    return until(what, () => Promise.resolve(look()));
  }

  /** Opens the own file with this text; `|` is the cursor. */
  async function write(marked: string): Promise<{ document: vscode.TextDocument; at: vscode.Position }> {
    const offset = marked.indexOf('|');
    await vscode.workspace.fs.writeFile(own, Buffer.from(marked.replace('|', '')));
    const document = await vscode.workspace.openTextDocument(own);
    await told('the file is read again', () => document.getText() === marked.replace('|', ''));
    return { document, at: document.positionAt(Math.max(0, offset)) };
  }

  async function offered(marked: string): Promise<vscode.CompletionItem[]> {
    const { at } = await write(marked);
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      own,
      at,
    );
    return list.items;
  }

  const labels = (items: vscode.CompletionItem[]): unknown[] =>
    items.map(({ label }) => (typeof label === 'string' ? label : label.label));

  it('are completed with what is beside them and on the lake', async () => {
    const scripts = labels(await offered('name: host\nsteps:\n  - name: a\n    script: |\n'));
    for (const name of ['bronze.py', 'silver.py', 'gold.py']) ok(scripts.includes(name), name);
    const tables = labels(
      await offered('name: host\nsteps:\n  - name: a\n    script: gold.py\n    reads: [|]\n'),
    );
    ok(tables.includes('bronze/orders'), `bronze/orders in ${tables.join(', ')}`);
    const columns = labels(
      await offered(
        'name: host\nsteps:\n  - name: a\n    script: gold.py\n    writes: [gold/deliveriescount]\nverify:\n  - table: gold/deliveriescount\n    key: |\n',
      ),
    );
    ok(columns.includes('branch'), columns.join(', '));
  });

  it('say what their words mean, and what is in a table', async () => {
    const document = await vscode.workspace.openTextDocument(shipped);
    const hover = async (word: string, from = 0): Promise<string> => {
      const at = document.positionAt(document.getText().indexOf(word, from) + 1);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        shipped,
        at,
      );
      return hovers
        .flatMap(({ contents }) =>
          contents.map((one) => (one instanceof vscode.MarkdownString ? one.value : '')),
        )
        .join()
        .replaceAll('&nbsp;', ' ');
    };
    match(await hover('script:'), /PySpark script/);
    match(await hover('silver/allorders'), /Delta.*rows/);
  });

  it('link to their scripts and SQL files', async () => {
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      shipped,
    );
    const targets = new Set(links.map(({ target }) => target?.path.slice(folder.path.length + 1)));
    deepEqual([...targets].sort(), [
      'bronze.py',
      'gold.py',
      'silver.py',
      'verify/deliveriesavg.sql',
      'verify/deliveriescount.sql',
    ]);
  });

  it('have their problems on the words that are wrong, until they are mended', async () => {
    const { document } = await write(
      'name: host\nsteps:\n  - name: a\n    script: absent.py\n    write: [x]\n',
    );
    const found = await told('there is a problem', () => {
      const all = vscode.languages.getDiagnostics(own);
      // What the file said before is still there for a moment.
      return all[0]?.message.includes('steps.0.write') && all;
    });
    deepEqual(
      found.map(({ range, message }) => [document.getText(range), message]),
      [['write', '"steps.0.write" means nothing here.']],
    );
    await write('name: host\nsteps:\n  - name: a\n    script: absent.py\n');
    const [missing] = await told('the script is missed', () => {
      const all = vscode.languages.getDiagnostics(own);
      return all[0]?.message.includes('absent.py') && all;
    });
    equal(document.getText(missing!.range), 'absent.py');
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, 'absent.py'), Buffer.from(''));
    await told('all is well', () => vscode.languages.getDiagnostics(own).length === 0);
    await vscode.workspace.fs.delete(vscode.Uri.joinPath(folder, 'absent.py'));
    await told('the script is missed again', () => vscode.languages.getDiagnostics(own).length === 1);
  });

  it('have their commands above them, unless that is turned off', async () => {
    const lenses = async (): Promise<string[]> =>
      (
        await vscode.commands.executeCommand<vscode.CodeLens[]>(
          'vscode.executeCodeLensProvider',
          shipped,
          100,
        )
      ).flatMap(({ command }) => (command ? [command.command] : []));
    const found = await lenses();
    equal(found.filter((one) => one === 'medallion.runPipelineStep').length, 4);
    for (const one of ['runPipeline', 'verify', 'showLineage']) ok(found.includes(`medallion.${one}`), one);
    const settings = vscode.workspace.getConfiguration('medallion');
    await settings.update('codeLens.enabled', false, vscode.ConfigurationTarget.Global);
    deepEqual(await lenses(), []);
    await settings.update('codeLens.enabled', undefined, vscode.ConfigurationTarget.Global);
  });
});
