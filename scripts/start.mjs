// npm start: sets everything up and runs the main job, as a person would at the command line.
// Options after -- go to `medallion up` (npm start -- --engine docker).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, say, setUp } from './setup.mjs';

await setUp();

/** Shows the command as a person would type it, runs it, and stops here if it fails. */
function medallion(...args) {
  say(`medallion ${args.join(' ')}`);
  const { status, signal } = spawnSync(process.execPath, [join(root, 'bin', 'medallion.mjs'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (signal || status !== 0) process.exit(status ?? 130);
}

const charts = join('pyspark', 'retail', 'charts');
medallion('up', ...process.argv.slice(2));
medallion('simulate', '--orders', '1000');
medallion('pipeline', 'run');
medallion('verify');
for (const chart of ['deliveriescount', 'deliveriesavg']) {
  const file = join(charts, `${chart}.chart.json`);
  medallion('chart', file);
  medallion('chart', file, '--out', join('out', `${chart}.html`));
  medallion('chart', file, '--out', join('out', `${chart}.svg`));
}
say('Next: medallion status, medallion head gold/deliveriescount, medallion down. See README.md.');
