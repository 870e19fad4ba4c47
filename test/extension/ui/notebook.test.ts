import { match } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endSession } from '../support/endSession.ts';
import { removeFolder, stackFolder } from '../support/stackFolder.ts';
import { until } from '../support/until.ts';
import { useEditor } from '../support/useEditor.ts';

const cell = (source: string): object => ({
  cell_type: 'code',
  metadata: {},
  source: source.split(/(?<=\n)/),
  outputs: [],
  execution_count: null,
});
const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { language_info: { name: 'python' } },
  cells: [
    cell('numbers = spark.range(5).selectExpr("id", "id * 10 AS tens")\nprint("made", numbers.count())'),
    cell('numbers'),
    cell('%%sql evens\nSELECT id FROM range(10) WHERE id % 2 = 0'),
  ],
};
const script = `# %% Shared
print("shared", numbers.columns, evens.count())
`;
const startMs = 180_000;

describe('Notebooks and frames of the session', function () {
  this.timeout(300_000);
  let workspaceDir: string;
  const editor = useEditor(async () => {
    await endSession();
    workspaceDir = await stackFolder('empty');
    await writeFile(join(workspaceDir, 'explore.ipynb'), JSON.stringify(notebook, null, 1));
    await writeFile(join(workspaceDir, 'shared.py'), script);
    return { workspaceDir };
  });
  after(async () => {
    await endSession();
    await removeFolder(workspaceDir);
  });

  /** What the outputs of the notebook say: they are a page of their own. */
  async function outputs(): Promise<string> {
    const frames = editor().page.frames();
    const texts = await Promise.all(
      frames.map((frame) =>
        frame
          .locator('.output_container')
          .allInnerTexts()
          .catch(() => []),
      ),
    );
    return texts.flat().join('\n');
  }

  it('runs a notebook on the session, with our table and SQL', async () => {
    await editor().openFile('explore.ipynb');
    await editor().page.locator('.notebook-editor .cell-list-container').first().waitFor();
    await editor().runCommand('Notebook: Run All');
    if (await editor().quick.isOpen()) await editor().quick.pick(/Medallion Session/);
    const said = await until(
      'all cells have given their output',
      async () => {
        const text = await outputs();
        return text.includes('made 5') && text.includes('tens') && text.includes('8') && text;
      },
      startMs,
    );
    match(said, /40/);
  });

  it('shares its variables with scripts', async () => {
    await editor().openFile('shared.py');
    await editor().text.moveTo(2);
    await editor().press('Control+Enter');
    const shared = await editor().results.run('Shared', ['ok']);
    match(await shared.innerText(), /shared \['id', 'tens'\] 5/);
  });

  it('opens a frame in the table editor, from the view of variables', async () => {
    const view = await editor().openView('Session');
    await view.row(['numbers'], ({ description }) => description.includes('DataFrame'));
    await view.clickRowAction('numbers', 'Open in Table Preview');
    const table = await editor().webviewFrame(/numbers/);
    await until('its rows are there', async () => {
      const text = await table.locator('body').innerText();
      return text.includes('tens') && /\b40\b/.test(text);
    });
  });

  it('draws a frame as a chart', async () => {
    await editor().contextMenu(editor().view('Session'), 'numbers', 'Chart This…');
    await editor().tab('numbers.chart.json').waitFor();
    await until('it is drawn', async () => {
      const chart = await editor().webviewFrame(/numbers/);
      return (await chart.locator('figure[data-drawn]').count()) === 1;
    });
  });
});
