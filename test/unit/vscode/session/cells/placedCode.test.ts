import { deepEqual, equal } from 'node:assert/strict';
import { movedLine, placeRuns } from '../../../../../src/vscode/session/cells/placedCode.ts';

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

describe('movedLine', () => {
  const change = (
    from: number,
    to: number,
    text: string,
    character = 0,
  ): Parameters<typeof movedLine>[1] => ({
    range: { start: { line: from }, end: { line: to, character } },
    text,
  });

  it('goes with what is put in or taken out before it, and with nothing else', () => {
    equal(movedLine(50, change(0, 0, 'x\n'.repeat(35))), 85);
    equal(movedLine(50, change(50, 50, 'x\r\ny\r\n')), 52);
    equal(movedLine(50, change(10, 20, '')), 40);
    equal(movedLine(50, change(10, 10, 'x', 3)), 50);
    equal(movedLine(50, change(50, 50, '\n', 4)), 50);
    equal(movedLine(50, change(51, 60, '')), 50);
    equal(movedLine(50, change(0, 100, 'all anew')), 50);
  });

  it('says which of two equal places is meant', () => {
    const lines = ['', '', '', 'df.show()', '', 'df.show()'];
    const one = run('1', 'df.show()', 2);
    const near = movedLine(2, change(0, 0, '\n\n\n'));
    deepEqual(
      placeRuns(lines, [one], () => near).map(({ line }) => line),
      [5],
    );
  });
});
