/**
 * Starts or stops the one real stack of a test run: `tsx stackWorkspace.ts up|down WORKSPACE`. `up` leaves the
 * connection in WORKSPACE/connection.json (mode 600), where liveStack.ts finds it.
 */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OnProgress } from '../../src/base/log.ts';
import { progressLine } from '../../src/cli/terminal.ts';
import { findInstallDir, Workbench } from '../../src/workbench.ts';

const [action, folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: stackWorkspace.ts up|down WORKSPACE');
const workspaceDir = resolve(folder);

const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const installDir = findInstallDir(import.meta.dirname);
const workbench = new Workbench({ workspaceDir, installDir, env: process.env, log });
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

let shownMessage = '';
const { signal } = controller;
if (action === 'up') {
  const onProgress: OnProgress = (progress) => {
    if (progress.message !== shownMessage) console.error(`  ${progressLine(progress)}`);
    shownMessage = progress.message;
  };
  const engine = await workbench.engineToStart('local', { onProgress, signal });
  await workbench.noteEngine(engine.name);
  await engine.up({ signal });
  const runtime = await workbench.runtime();
  const connection = await engine.connection();
  const file = join(workspaceDir, 'connection.json');
  await writeFile(file, JSON.stringify({ ...connection, runtime }), { mode: 0o600 });
} else {
  await (await workbench.engine()).down({ volumes: true, signal });
}
await workbench.close();
