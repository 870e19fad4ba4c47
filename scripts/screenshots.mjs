// npm run screenshots: the README's pictures in docs/, from the real extension on a real stack. With `-- --all`: each
// view, or those named behind it, in VS Code's four kinds of theme, in out/screenshots/. MEDALLION_TEST_STACK names a
// running stack with data; without it one is started, filled and removed.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, run, setUp } from './setup.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const local = { ...process.env, MEDALLION_ENGINE: 'local' };

await setUp();
const editor = spawnSync(bin('tsx'), ['test/extension/support/installEditor.ts'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (editor.status !== 0) fail(`No pictures can be taken, because ${editor.stdout.trim()}.`);
run(process.execPath, ['scripts/package.mjs']);

/** Ends well, or throws: what was started is stopped then. */
function must(command, args, env = {}) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...local, ...env } });
  if (status !== 0) throw new Error(`${args.slice(0, 2).join(' ')} ended with ${status}.`);
}

const workspace = join(root, 'out', 'screenshots', 'workspace');
const stack = (action) => must(bin('tsx'), ['test/support/stackWorkspace.ts', action, workspace]);
const medallion = (...args) =>
  must(process.execPath, ['bin/medallion.mjs', ...args], { MEDALLION_WORKSPACE: workspace });
const take = (connectionFile) =>
  must(bin('tsx'), ['test/extension/screenshots.ts', ...process.argv.slice(2)], {
    MEDALLION_TEST_STACK: connectionFile,
  });

if (process.env.MEDALLION_TEST_STACK) take(process.env.MEDALLION_TEST_STACK);
else {
  mkdirSync(workspace, { recursive: true });
  try {
    stack('up');
    medallion('simulate', '--orders', '1000', '--seed', '7');
    medallion('pipeline', 'run');
    take(join(workspace, 'connection.json'));
  } finally {
    stack('down');
  }
}
