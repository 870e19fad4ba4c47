/** Files of a new project that are not taken from the retail project, by their paths. */
export function ownFiles(name: string): Readonly<Record<string, string>> {
  return {
    'README.md': readme(name),
    'branches.py': branches,
    '.gitignore': '.medallion/\n__pycache__/\nspark-warehouse/\nmetastore_db/\nderby.log\n.venv/\n',
    '.vscode/launch.json': `${JSON.stringify(launch, undefined, 2)}\n`,
  };
}

/**
 * The text of a file of the retail project, as a project of its own has it: without the lines that name a schema by its
 * place in our sources. The editor knows the schemas by the files' names.
 */
export function projectText(path: string, text: string): string {
  if (path.endsWith('.yaml')) return text.replace(/^# yaml-language-server: .*\r?\n/, '');
  if (path.endsWith('.json')) return text.replace(/^ *"\$schema": *"[^"]*",\r?\n/m, '');
  return text;
}

/** Files and folders that Python leaves behind are not part of it. */
export function isProjectFile(name: string): boolean {
  return !name.startsWith('.') && name !== '__pycache__' && !name.endsWith('.pyc');
}

/** Why a name is none for a folder; undefined if it is one on every system. */
export function folderNameFault(name: string): 'empty' | 'characters' | 'reserved' | undefined {
  if (name.trim() === '') return 'empty';
  // eslint-disable-next-line no-control-regex
  if (/[\\/:*?"<>|\u0000-\u001f]/.test(name) || /^\s|[\s.]$/.test(name)) return 'characters';
  if (/^(\.\.?|con|prn|aux|nul|(com|lpt)\d)$/i.test(name)) return 'reserved';
  return undefined;
}

const launch = {
  version: '0.2.0',
  configurations: [
    { type: 'medallion', request: 'launch', name: 'Submit the open file', script: '${file}', args: [] },
  ],
};

/** A script that is read, submitted and changed in a minute. */
const branches = `"""A script of your own: submit it with the button above the editor, or with F5."""

from pyspark.sql import functions as F

import medallion

with medallion.job() as job:
    orders = job.spark.read.format("delta").load(job.path("silver/allorders"))
    delivered = orders.where(F.col("status") == "DELIVERED")
    delivered.groupBy("branch").agg(F.count("*").alias("deliveries")).orderBy("branch").show()
`;

const readme = (name: string): string => `# ${name}

A shop with ten branches: which one delivers most, and which fastest?

| File | What it does |
| --- | --- |
| \`pipeline.yaml\` | The steps, in their order, with the tables that they read and write |
| \`bronze.py\` | Takes what is new in the shop's database (PostgreSQL) |
| \`silver.py\`, \`rules.py\` | Joins orders and their history; what breaks a rule goes into quarantine |
| \`gold.py\` | Counts deliveries, and averages their hours, per branch |
| \`charts/\` | Draw the tables of gold |
| \`verify/\` | SQL for the shop's database that must give what gold says |
| \`branches.py\` | A first script of your own |

In the Command Palette (F1):

1. _Medallion: Start Stack_ starts Spark, HDFS, PostgreSQL and Jupyter on this machine.
2. _Medallion: Simulate Orders…_ lets the shop take orders.
3. _Medallion: Run Pipeline_ brings what is new from bronze to gold.
4. _Medallion: Open Chart…_ shows it, _Medallion: Verify Gold Against Source_ compares it with the database.
5. Open \`branches.py\` and press F5.

The stack's state and data are in \`.medallion/\`, or in Docker's volumes.
`;
