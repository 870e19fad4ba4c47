import assert from 'node:assert/strict';
import { parsePs, withDescendants } from '../../../src/stack/processes.ts';

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
