import { ok } from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './support/until.ts';
import { useEditor } from './support/useEditor.ts';

const retail = join(import.meta.dirname, '..', '..', 'pyspark', 'retail');

describe('The VSIX in a real editor', () => {
  let workspaceDir: string;
  before(async () => {
    workspaceDir = await mkdtemp(join(tmpdir(), 'medallion-smoke-'));
    await cp(retail, workspaceDir, { recursive: true });
  });
  after(() => rm(workspaceDir, { recursive: true, force: true }));
  const editor = useEditor(() => ({ workspaceDir }));

  it('has its commands in the palette', async () => {
    const commands = await editor().commands('Medallion');
    ok(commands.length > 0, commands.join());
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
