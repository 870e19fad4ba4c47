import { deepEqual } from 'node:assert/strict';
import { selectedCode } from '../../../../../src/vscode/session/cells/selectedCode.ts';

const lines = ['def f():', '    a = 1', '', '      b = 2', '    c', ''];
const select = (...[line, from, endLine, to]: [number, number, number, number]): unknown =>
  selectedCode(lines, { start: { line, character: from }, end: { line: endLine, character: to } });

describe('selectedCode', () => {
  it('is the line where nothing is selected', () => {
    deepEqual(select(1, 6, 1, 6), { code: 'a = 1', line: 1 });
    deepEqual(select(2, 0, 2, 0), undefined);
  });

  it('is a part of one line as it is', () => {
    deepEqual(select(1, 8, 1, 9), { code: '1', line: 1 });
    deepEqual(select(1, 0, 1, 4), undefined);
  });

  it('is whole lines without the indent that they share', () => {
    deepEqual(select(1, 6, 4, 5), { code: 'a = 1\n\n  b = 2\nc', line: 1 });
    deepEqual(select(2, 0, 4, 0), { code: 'b = 2', line: 3 });
    deepEqual(select(0, 0, 5, 0), { code: lines.slice(0, 5).join('\n'), line: 0 });
  });
});
