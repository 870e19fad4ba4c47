import { spawnSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build, eagerOutputs } from '../../scripts/build.mjs';
import { endSession } from './support/endSession.ts';
import { removeFolder, stackFolder } from './support/stackFolder.ts';
import { startEditor } from './support/startEditor.ts';
import type { Editor } from './support/editor.ts';
import { until } from './support/until.ts';
import type { Benchmark } from '../bench/benchmark.ts';

const root = join(import.meta.dirname, '..', '..');
const ours = 'Medallion Workbench';

/** A limit instead of a peer: the ratio says how much of it is used. */
const limit = (peer: number): { peer: number; peerName: string } => ({ peer, peerName: 'the limit' });

async function withEditor<T>(use: (editor: Editor) => Promise<T>): Promise<T> {
  const stack = process.env.MEDALLION_TEST_STACK;
  if (!stack) throw new Error('Set MEDALLION_TEST_STACK to the connection file of a running stack.');
  const editor = await startEditor({ workspaceDir: dirname(stack) });
  try {
    return await use(editor);
  } finally {
    await editor.close();
  }
}

function packageVsix(): string {
  const packed = spawnSync(process.execPath, [join(root, 'scripts', 'package.mjs')], {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
  });
  if (packed.status !== 0) throw new Error('The extension could not be packaged.');
  return join(root, 'out', `medallion-workbench-${process.env.npm_package_version ?? '0.1.0'}.vsix`);
}

/** Milliseconds that VS Code itself measured, by the extension's name: loading its code and calling `activate`. */
async function activationTimes(editor: Editor): Promise<Map<string, number>> {
  await editor.runCommand('Developer: Show Running Extensions');
  const rows = editor.page.locator('.runtime-extensions-editor .monaco-list-row');
  return until('the running extensions are listed', async () => {
    const texts = await rows.allInnerTexts();
    const times = new Map(
      texts.map((text): [string, number] => [
        text.split('\n')[0]!.trim(),
        Number(/(\d+)\s?ms/.exec(text)?.[1]),
      ]),
    );
    return Number.isFinite(times.get(ours)) ? times : undefined;
  });
}

/** The extension hosts that run now: process id -> ticks of processor time so far. */
async function hostTicks(): Promise<Map<number, number>> {
  const found = new Map<number, number>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=extensionHost')) continue;
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // The name in brackets may hold spaces; user and system time are the 12th and 13th field after it. See proc(5).
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    found.set(Number(pid), Number(fields[11]) + Number(fields[12]));
  }
  return found;
}

/** Percent of one core over a while. */
async function hostLoad(pid: number, whileMs: number): Promise<number> {
  const ticksPerSecond = 100;
  const before = (await hostTicks()).get(pid) ?? NaN;
  await pause(whileMs);
  const after = (await hostTicks()).get(pid) ?? NaN;
  return ((after - before) / ticksPerSecond / (whileMs / 1000)) * 100;
}

/** Megabytes in memory; 0 for a process that is gone. */
async function heldBy(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1000;
}

/** What the extension host holds at the most while a cell prints a million lines, against what it held before. */
async function flood(): Promise<{ ours: number; peer: number; peerName: string }> {
  const workspaceDir = await stackFolder('empty');
  const code = '# %% Small\nprint("small")\n\n# %% Flood\nfor i in range(1_000_000):\n    print("line", i)\n';
  await writeFile(join(workspaceDir, 'flood.py'), code);
  await endSession();
  const others = new Set((await hostTicks()).keys());
  const editor = await startEditor({ workspaceDir });
  try {
    const pid = [...(await hostTicks()).keys()].find((one) => !others.has(one));
    if (pid === undefined) throw new Error('No extension host was found.');
    await editor.openFile('flood.py');
    await editor.text.moveTo(2);
    await editor.press('Shift+Enter');
    await editor.results.run('Small', ['ok'], 180_000);
    const peer = await heldBy(pid);
    let most = peer;
    const timer = setInterval(() => void heldBy(pid).then((now) => (most = Math.max(most, now))), 100);
    await editor.press('Shift+Enter');
    await editor.results.run('Flood', ['ok'], 300_000);
    clearInterval(timer);
    return { ours: most, peer, peerName: 'before the flood' };
  } finally {
    await editor.close();
    await endSession();
    await removeFolder(workspaceDir);
  }
}

export const benchmarks: Benchmark[] = [
  {
    name: 'extension: code loaded at activation',
    unit: 'bytes',
    goal: 1,
    run: async () => {
      const outputs = eagerOutputs(await build({ production: true }), 'dist/extension.mjs');
      return { ours: outputs.reduce((sum, { bytes }) => sum + bytes, 0), ...limit(300_000) };
    },
  },
  {
    name: 'extension: VSIX',
    unit: 'bytes',
    goal: 1,
    run: async () => ({ ours: (await stat(packageVsix())).size, ...limit(4_000_000) }),
  },
  {
    name: 'extension: activation',
    unit: 'ms',
    goal: 1,
    run: () =>
      withEditor(async (editor) => {
        const times = await activationTimes(editor);
        for (const [name, ms] of times) process.stderr.write(`  ${name}: ${ms} ms\n`);
        return { ours: times.get(ours)!, ...limit(50) };
      }),
  },
  {
    name: 'extension: processor at rest, all views open',
    unit: '%',
    goal: 1,
    run: async () => {
      const others = new Set((await hostTicks()).keys());
      return withEditor(async (editor) => {
        const pid = [...(await hostTicks()).keys()].find((one) => !others.has(one));
        if (pid === undefined) throw new Error('No extension host was found.');
        // What opening the window has begun comes to rest first.
        await pause(20_000);
        const without = await hostLoad(pid, 30_000);
        for (const view of ['Stack', 'Lake', 'Jobs']) await editor.openView(view);
        await editor.runCommand('Medallion: Show Lineage');
        await pause(30_000);
        const withViews = await hostLoad(pid, 60_000);
        process.stderr.write(
          `  the host alone ${without.toFixed(1)} %, with the views ${withViews.toFixed(1)} %\n`,
        );
        return { ours: Math.max(0, withViews - without), ...limit(1) };
      });
    },
  },
  { name: 'session: memory of the extension host while a million lines are printed', unit: 'MB', run: flood },
];
