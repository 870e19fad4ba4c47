import { deepEqual, throws } from 'node:assert/strict';
import fc from 'fast-check';
import {
  formatProperties,
  joinWords,
  parseProperties,
  splitWords,
} from '../../../../src/vscode/jobs/shellWords.ts';

describe('Words of a command line', () => {
  it('are parted and quoted as a shell does', () => {
    deepEqual(splitWords(`  --day 2026-01-01 'two words' "a \\"b\\" \\x" c\\ d '' e"f"g `), [
      '--day',
      '2026-01-01',
      'two words',
      'a "b" \\x',
      'c d',
      '',
      'efg',
    ]);
    deepEqual(splitWords(''), []);
    throws(() => splitWords(`say 'hello`), /quote ' does not end/);
    throws(() => splitWords('a\\'), /backslash/);
  });

  it('come back from the line that they were joined to', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        deepEqual(splitWords(joinWords(words)), words);
      }),
    );
  });
});

describe('Spark properties on a line', () => {
  it('are read and written', () => {
    const properties = {
      'spark.sql.shuffle.partitions': '8',
      'spark.driver.extraJavaOptions': '-Da=b -Dc=d',
    };
    deepEqual(parseProperties(formatProperties(properties)), properties);
    deepEqual(parseProperties('spark.x='), { 'spark.x': '' });
  });

  it('are refused with a sentence where they are something else', () => {
    throws(() => parseProperties('spark.x'), /"spark.x" is not of the form spark.name=value/);
    throws(() => parseProperties('--conf spark.x=1'), /"--conf"/);
  });
});
