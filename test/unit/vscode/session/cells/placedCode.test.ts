import { deepEqual } from 'node:assert/strict';
import { placeRuns } from '../../../../../src/vscode/session/cells/placedCode.ts';

interface Run {
  id: string;
  code: string;
  language: 'python' | 'sql';
  place: { uri: string; line: number };
}

const run = (id: string, code: string, line: number, language: Run['language'] = 'python'): Run => ({
  ...{ id, code, language, place: { uri: 'file:///a.py', line } },
});
const places = (text: string, ...runs: Run[]): [string, number, number][] =>
  placeRuns(text.split('\n'), runs).map(({ run: { id }, line, endLine }) => [id, line, endLine]);

describe('placeRuns', () => {
  it('finds code that has moved, and drops what was changed', () => {
    deepEqual(places('# %%\na = 1\nb\n', run('1', 'a = 1\nb', 1)), [['1', 1, 2]]);
    deepEqual(places('\n\n# %%\na = 1\nb\n', run('1', 'a = 1\nb', 1)), [['1', 3, 4]]);
    deepEqual(places('# %%\na = 2\nb\n', run('1', 'a = 1\nb', 1)), []);
  });

  it('takes the nearest of several places, and the newest run of one', () => {
    deepEqual(places('x\ny\nx\ny\nx', run('1', 'x', 3)), [['1', 2, 2]]);
    deepEqual(places('x\ny', run('1', 'x', 0), run('2', 'x\ny', 0)), [['2', 0, 1]]);
    deepEqual(places('x\ny', run('1', 'x\ny', 0), run('2', 'x', 0)), [['2', 0, 0]]);
  });

  it('finds SQL in comments and quotes, and code without its indent', () => {
    deepEqual(places('# %% [sql]\n# SELECT 1\n#  FROM a', run('1', 'SELECT 1\n FROM a', 1, 'sql')), [
      ['1', 1, 2],
    ]);
    deepEqual(places('"""SELECT 1\nFROM a\n"""', run('1', 'SELECT 1\nFROM a', 0, 'sql')), [['1', 0, 1]]);
    deepEqual(places('if a:\n    b\n    c', run('1', 'b\nc', 1)), [['1', 1, 2]]);
  });
});
