import { deepEqual, equal } from 'node:assert/strict';
import { Lines, placeIn } from '../../../../src/vscode/jobs/debugProtocol.ts';

describe('Output of a debug session', () => {
  it('is cut into lines, however it arrives', () => {
    const lines = new Lines();
    deepEqual(lines.feed('a\nb'), ['a\n']);
    deepEqual(lines.feed('c\n\nd'), ['bc\n', '\n']);
    deepEqual(lines.end(), ['d']);
    deepEqual(lines.end(), []);
  });

  it('does not hold back a long line', () => {
    const lines = new Lines();
    const long = 'x'.repeat(10_000);
    deepEqual(lines.feed(long), [long]);
  });

  it('names the place of a line of a traceback', () => {
    deepEqual(placeIn('  File "/home/me/x.py", line 3, in <module>\n'), { file: '/home/me/x.py', line: 3 });
    deepEqual(placeIn('  |   File "C:\\x.py", line 12\n'), { file: 'C:\\x.py', line: 12 });
    equal(placeIn('The file "x.py", line 3'), undefined);
  });
});
