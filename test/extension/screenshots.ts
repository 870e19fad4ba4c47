/**
 * Takes pictures of the extension in a real editor: `tsx screenshots.ts` the README's, in docs/; with `--all` each view
 * in each kind of theme, in out/screenshots/, or those views that are named behind it. `npm run screenshots` gives it a
 * stack with data.
 */
import { mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Editor } from './support/editor.ts';
import { endSession } from './support/endSession.ts';
import { removeFolder, stackFolder } from './support/stackFolder.ts';
import { startEditor, type Theme } from './support/startEditor.ts';
import { until } from './support/until.ts';

const root = join(import.meta.dirname, '..', '..');

const failing = `from pyspark.sql import SparkSession, functions as F

spark = SparkSession.builder.getOrCreate()
orders = spark.read.format("delta").load("/data/silver/allorders")

slowest = (
    orders.where("status = 'DELIVERED'")
    .groupBy("brnch")
    .agg(F.count("*").alias("deliveries"))
    .orderBy(F.desc("deliveries"))
)
slowest.show(3)
`;

const explore = `# %% Deliveries
from pyspark.sql import functions as F

orders = spark.read.format("delta").load("/data/silver/allorders")
delivered = orders.where("status = 'DELIVERED'")
print(f"{delivered.count():,} deliveries")

# %% By branch
hours = F.expr("timestampdiff(MINUTE, newat, updatedat) / 60")
delivered.groupBy("branch").agg(
    F.count("*").alias("deliveries"), F.round(F.avg(hours), 1).alias("hours")
).orderBy(F.desc("deliveries"))

# %% [sql] Busiest
# SELECT hour(ordertime) AS hour, count(*) AS orders
# FROM silver.allorders GROUP BY hour ORDER BY orders DESC LIMIT 3
`;

type Take = (editor: Editor) => Promise<unknown>;

/** What is shown in the side bar in every picture. */
const sideBar: Take = async (editor) => {
  await editor.openView('Stack');
  const lake = await editor.openView('Lake');
  await lake.expand('gold');
  await lake.row(['gold', 'deliveriescount'], ({ description }) => description.includes('rows'));
  await (await editor.openView('Jobs')).row(/./);
};

const views: Record<string, Take> = {
  workbench: async (editor) => {
    await sideBar(editor);
    await editor.openFile('pipeline.yaml');
    await until('code lenses', async () => (await editor.text.codeLenses()).length > 4);
    await openChart(editor);
    await editor.runCommand('View: Move Editor into Next Group');
    await chartShows(editor);
  },
  failure: async (editor) => {
    await sideBar(editor);
    await editor.openFile('slowest.py');
    await editor.runCommand('Medallion: Submit to Spark');
    const told = await editor.notifications.waitFor(/slowest\.py failed/, 180_000);
    await told.close();
    await until('the line is marked', async () => (await editor.text.squiggles()) > 0);
    await editor.panel.waitForTerminal(/slowest\.py failed/);
    await until('the code lens tells of it', async () =>
      (await editor.text.codeLenses()).some((title) => title.includes('line 9')),
    );
    // Its closing lines name the file with its whole path, which is of no use in a picture.
    await hidePanel(editor);
    await editor.runCommand('Go to Next Problem in Files (Error, Warning, Info)');
    await editor.page.locator('.marker-widget').waitFor();
  },
  session: async (editor) => {
    await sideBar(editor);
    await editor.openView('Session');
    await editor.openFile('explore.py');
    await editor.text.moveTo(1);
    for (const cell of ['Deliveries', 'By branch', 'Busiest']) {
      // Advancing from the last cell would begin another one.
      await editor.press(cell === 'Busiest' ? 'Control+Enter' : 'Shift+Enter');
      await editor.results.run(cell, ['ok'], 180_000);
    }
    await editor.view('Session').row('delivered');
    await editor.notifications.closeAll();
  },
  table: async (editor) => {
    await sideBar(editor);
    await editor.view('Lake').clickRowAction(['gold', 'deliveriescount'], 'Open Table');
    await (await editor.webviewFrame(/deliveriescount/)).locator('.grid .row').first().waitFor();
  },
  history: async (editor) => {
    await sideBar(editor);
    await editor.contextMenu(editor.view('Lake'), ['gold', 'deliveriescount'], 'Show Table History');
    await (await editor.webviewFrame(/deliveriescount/)).getByRole('tabpanel', { name: 'History' }).waitFor();
  },
  chart: async (editor) => {
    await sideBar(editor);
    await openChart(editor);
  },
  dashboard: async (editor) => {
    await sideBar(editor);
    await editor.openFile('charts/retail.dashboard.json');
    await until('all charts are drawn', async () => {
      const frame = await editor.webviewFrame('retail');
      return (await frame.locator('figure[data-drawn]').count()) === 4;
    });
  },
  jobs: async (editor) => {
    const jobs = await editor.openView('Jobs');
    await jobs.expand('retail');
    await jobs.row(['retail', 'bronze-history']);
    await editor.openFile('slowest.py');
  },
  lineage: async (editor) => {
    await sideBar(editor);
    await editor.openFile('pipeline.yaml');
    await editor.runCommand('Medallion: Show Lineage');
    const lineage = await editor.webviewFrame(/Lineage/i);
    await lineage
      .locator('svg')
      .getByText(/\d rows/)
      .first()
      .waitFor();
  },
  doctor: async (editor) => {
    await editor.runCommand('Medallion: Doctor');
    await (await editor.webviewFrame('Doctor')).getByText('namenode').first().waitFor();
  },
  verify: async (editor) => {
    await editor.openFile('pipeline.yaml');
    await editor.runCommand('Medallion: Verify Gold Against Source');
    await (await editor.webviewFrame(/./, 120_000)).locator('table').first().waitFor();
  },
  walkthrough: async (editor) => {
    await editor.runCommand('Medallion: Open Walkthrough');
    await editor.walkthrough.waitOpen();
  },
  menu: async (editor) => {
    await sideBar(editor);
    await (await editor.statusBarItem(/Medallion: local/)).click();
    await editor.quick.waitOpen();
  },
  connections: async (editor) => {
    await editor.runCommand('Medallion: Switch Connection…');
    await until('the connections are listed', async () => (await editor.quick.items()).includes('Docker'));
  },
};

async function hidePanel(editor: Editor): Promise<void> {
  if (await editor.page.locator('.part.panel').isVisible()) await editor.press('Control+J');
}

async function openChart(editor: Editor): Promise<void> {
  await editor.runCommand('Medallion: Open Chart…');
  await editor.quick.pick(/deliveriescount/);
  await chartShows(editor);
}

/** A page that is shown anew, such as in another group, comes in another frame. */
async function chartShows(editor: Editor): Promise<void> {
  await until('the chart is drawn', async () => {
    const frame = await editor.webviewFrame(/deliveriescount/);
    return frame
      .locator('figure[data-drawn]')
      .isVisible()
      .catch(() => false);
  });
}

/** One window for all pictures of a theme; between them everything is closed. */
async function take(
  names: readonly string[],
  theme: Theme,
  folder: string,
  { welcomes = false } = {},
): Promise<void> {
  const workspaceDir = await stackFolder();
  await writeFile(join(workspaceDir, 'slowest.py'), failing);
  await writeFile(join(workspaceDir, 'explore.py'), explore);
  await endSession();
  // A short name of the window, and no path of this machine in a picture.
  const parent = await mkdtemp(join(tmpdir(), 'medallion-screenshots-'));
  const named = join(parent, 'shop');
  await rename(workspaceDir, named);
  const editor = await startEditor({
    workspaceDir: named,
    theme,
    size: { width: 1360, height: 850 },
    settings: { 'medallion.connection': 'local', 'editor.minimap.enabled': false },
  });
  try {
    await mkdir(folder, { recursive: true });
    for (const name of names) {
      await views[name]!(editor);
      await editor.page.mouse.move(700, 10);
      await editor.page.screenshot({ path: join(folder, `${name}.png`) });
      if (await editor.quick.isOpen()) await editor.quick.cancel();
      await editor.notifications.closeAll();
      await editor.press('Control+K', 'Control+W');
      await hidePanel(editor);
    }
    // What the views say where there is no stack yet, and no folder.
    const fresh = join(parent, 'fresh');
    await mkdir(fresh);
    for (const dir of welcomes ? [fresh, undefined] : []) {
      await editor.openWorkspace(dir);
      await (await editor.openView('Stack')).welcome();
      await editor.page.screenshot({ path: join(folder, `${dir ? 'no-stack' : 'no-folder'}.png`) });
    }
  } finally {
    await editor.close();
    await endSession();
    await removeFolder(parent);
  }
}

const at = process.argv.indexOf('--all');
if (at >= 0) {
  const named = process.argv.slice(at + 1);
  const names = named.length > 0 ? named : Object.keys(views);
  const themes: Theme[] = ['light', 'dark', 'high contrast', 'high contrast light'];
  for (const theme of themes) {
    const folder = join(root, 'out', 'screenshots', theme.replaceAll(' ', '-'));
    await take(names, theme, folder, { welcomes: named.length === 0 });
  }
} else await take(['workbench', 'session', 'failure'], 'dark', join(root, 'docs'));
