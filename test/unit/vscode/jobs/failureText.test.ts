import { deepEqual, equal } from 'node:assert/strict';
import type { PythonFailure } from '../../../../src/spark/job.ts';
import { allCauses, failureLine, failureText, findLine } from '../../../../src/vscode/jobs/failureText.ts';

const failure = (type: string, message = '', causes: PythonFailure[] = []): PythonFailure => ({
  type,
  message,
  frames: [],
  causes,
});

describe('What a failure says', () => {
  it('is the type by its own name and the message', () => {
    const analysis = failure('pyspark.errors.exceptions.captured.AnalysisException', 'no column\nplan');
    equal(failureText(analysis), 'AnalysisException: no column\nplan');
    equal(failureLine(analysis), 'AnalysisException: no column');
    equal(failureText(failure('KeyboardInterrupt')), 'KeyboardInterrupt');
  });

  it('is cut where it is long', () => {
    equal(failureText(failure('E', 'x\n'.repeat(20))).split('\n').length, 9);
    equal(failureText(failure('E', 'x'.repeat(5000))).length, 1001);
  });

  it('has causes of any depth', () => {
    const root = failure('C');
    const all = allCauses(failure('A', '', [failure('B', '', [root]), failure('D')]));
    deepEqual(
      all.map(({ type }) => type),
      ['B', 'C', 'D'],
    );
  });
});

describe('The line of a failure in an edited file', () => {
  const lines = ['import x', '', 'fail()', '', '  fail()'];

  it('is its own while it reads the same', () => {
    equal(findLine(lines, 3, 'fail()'), 2);
    equal(findLine(lines, 5, 'fail()'), 4);
  });

  it('is the nearest that reads the same', () => {
    equal(findLine(lines, 1, 'fail()'), 2);
    equal(findLine(lines, 9, 'fail()'), 4);
  });

  it('is its number where the code is gone or unknown', () => {
    equal(findLine(lines, 2, 'gone()'), 1);
    equal(findLine(lines, 4, undefined), 3);
    equal(findLine(lines, 99, undefined), 4);
    equal(findLine([''], 7, 'x'), 0);
  });
});
