// npm run bench: measures ours against what a user would pick instead, in one run, on the real stack.
//   -- --json        a list of {name, ours, peer, unit, ratio, goal}
//   -- --only NAME   only the benchmarks whose name contains NAME
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

await setUp();
const workspace = join(root, 'out', 'bench', 'workspace');
mkdirSync(workspace, { recursive: true });
const tsx = join(root, 'node_modules', '.bin', 'tsx');
// A Docker engine that happens to run here changes nothing for the stack that is measured on.
const env = { ...process.env, MEDALLION_WORKSPACE: workspace, MEDALLION_ENGINE: 'local' };
const options = { cwd: root, env, stdio: ['ignore', 2, 'inherit'] };

const stack = (action) =>
  spawnSync(tsx, ['test/support/stackWorkspace.ts', action, workspace], options).status === 0;

let status = 1;
try {
  if (stack('up')) {
    const connectionFile = join(workspace, 'connection.json');
    const { runtime } = JSON.parse(readFileSync(connectionFile, 'utf8'));
    const bench = spawnSync(tsx, ['test/bench/main.ts', ...process.argv.slice(2)], {
      ...options,
      env: {
        ...env,
        MEDALLION_TEST_STACK: connectionFile,
        MEDALLION_RUNTIME: runtime.dir,
        JAVA_HOME: runtime.javaHome,
        SECRETS_DIR: join(workspace, '.medallion', 'secrets'),
      },
      stdio: 'inherit',
    });
    status = bench.status ?? 130;
  }
} finally {
  stack('down');
}
process.exitCode = status;
