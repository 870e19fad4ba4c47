import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { retryUntil } from '../../../src/base/retry.ts';
import {
  ProcProcesses,
  parseProcUsage,
  parsePs,
  parsePsUsage,
  withDescendants,
} from '../../../src/stack/processes.ts';

(process.platform === 'linux' ? describe : describe.skip)('ProcProcesses', () => {
  it('takes a process for gone when its last thread has ended, not its first', async () => {
    const code = [
      'import ctypes, sys, threading',
      'def wait():',
      '    print("waits", flush=True)',
      '    sys.stdin.read()',
      'threading.Thread(target=wait).start()',
      'ctypes.CDLL(None).pthread_exit(None)',
    ].join('\n');
    const child = spawn('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { pid } = child;
    assert.ok(pid);
    const processes = new ProcProcesses();
    const state = async (): Promise<string | undefined> =>
      / \(.*\) (.)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1];
    try {
      await once(child.stdout, 'data');
      await retryUntil(async () => (await state()) === 'Z' || undefined, {
        what: 'The end of the first thread',
        timeoutMs: 5_000,
        intervalMs: 5,
      });
      assert.equal((await processes.find(pid))?.pid, pid);
      child.stdin.end();
      await once(child, 'exit');
      assert.equal(await processes.find(pid), undefined);
    } finally {
      // Else a failed test would leave it waiting, and the run with it.
      child.kill('SIGKILL');
    }
  });
});

describe('parsePs', () => {
  it('reads ids and start, and leaves zombies out', () => {
    const text = `  501     1   501 Ss   Sat Nov 21 03:33:07 2026
  502   501   501 Z    Sat Nov 21 03:33:08 2026
   77   501    77 S+   Sun Nov  1 13:33:08 2026
`;
    assert.deepEqual(parsePs(text), [
      { pid: 501, parent: 1, group: 501, started: 'Sat Nov 21 03:33:07 2026' },
      { pid: 77, parent: 501, group: 77, started: 'Sun Nov  1 13:33:08 2026' },
    ]);
  });
});

describe('parseProcUsage', () => {
  const fields = ['S', ...Array.from({ length: 40 }, (_, index) => String(index + 4))];
  const stat = `7 (a) b) ${fields.join(' ')}`;
  const status = 'Name:\ta\nRssAnon:\t     100 kB\nRssFile:\t      20 kB\nRssShmem:\t       3 kB\n';

  it('adds both kinds of processor time, and tells own memory from shared', () => {
    // Fields 14 and 15 hold their own numbers here.
    assert.deepEqual(parseProcUsage(stat, status), {
      cpuMs: 290,
      privateBytes: 102_400,
      sharedBytes: 23_552,
    });
  });

  it('leaves out what has no memory: threads of the kernel, and the dead', () => {
    assert.equal(parseProcUsage(stat, 'Name:\tkworker\n'), undefined);
    assert.equal(parseProcUsage('', status), undefined);
  });
});

describe('parsePsUsage', () => {
  it('reads the times of Linux and macOS', () => {
    const found = parsePsUsage('  7  2048 00:01:02\n 8 1 1-02:03:04\n  9   10   1:02.50\n 10 1 -\n');
    assert.deepEqual(
      [...found].map(([pid, { cpuMs, privateBytes }]) => [pid, cpuMs, privateBytes]),
      [
        [7, 62_000, 2_097_152],
        [8, 93_784_000, 1024],
        [9, 62_500, 10_240],
      ],
    );
  });
});

describe('withDescendants', () => {
  it('takes children, their children in other groups, and orphans of the group', () => {
    const info = (pid: number, parent: number, group: number) => ({ pid, parent, group, started: '' });
    const all = [info(9, 8, 9), info(1, 0, 1), info(7, 1, 7), info(8, 7, 8), info(5, 1, 7), info(6, 1, 6)];
    const found = withDescendants(all, new Set([7])).map(({ pid }) => pid);
    assert.deepEqual(
      found.sort((a, b) => a - b),
      [5, 7, 8, 9],
    );
  });
});
