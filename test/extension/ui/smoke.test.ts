import { ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectFolder, removeFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

describe('The VSIX in a real editor', () => {
  let workspaceDir: string;
  const editor = useEditor(async () => {
    workspaceDir = await projectFolder();
    return { workspaceDir };
  });
  after(() => removeFolder(workspaceDir));

  it('has a container with three views', async () => {
    for (const title of ['Stack', 'Lake', 'Jobs']) await editor().openView(title);
  });

  it('has its commands in the palette', async () => {
    const commands = await editor().commands('Medallion:');
    for (const title of ['Start Stack', 'Doctor', 'Run Pipeline'])
      ok(commands.includes(`Medallion: ${title}`), commands.join('\n'));
  });

  it('opens a file of the workspace and edits it', async () => {
    await editor().openFile('silver.py');
    await editor().text.moveTo(1);
    await editor().text.insert('# a comment\n');
    await until('the cursor is on line 2', async () => (await editor().text.position()).line === 2);
    ok((await editor().text.wholeText()).startsWith('# a comment\n'));
    await editor().text.save();
    ok((await readFile(join(workspaceDir, 'silver.py'), 'utf8')).startsWith('# a comment\n'));
  });
});
