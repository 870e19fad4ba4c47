import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PythonFailure } from '../../../src/spark/job.ts';
import { parseFailure } from '../../../src/spark/traceback.ts';

// Outputs of Python 3.11 and pyspark 4.2 under the wrapper (test/fixtures/tracebacks), machine paths made plain.
const fixtures = join(import.meta.dirname, '../../fixtures/tracebacks');
const script = '/home/me/shop/job.py';
const helper = '/home/me/shop/helper.py';
const broken = '/home/me/shop/broken.py';
const files = { script, sources: { '0123abcd.zip/helper.py': helper, '0123abcd.zip/broken.py': broken } };

interface Expected {
  type: string;
  message: string | RegExp;
  at: [string, number] | undefined;
  causes?: string[];
}
const expected: Record<string, Expected> = {
  plain: { type: 'ZeroDivisionError', message: 'division by zero', at: [script, 2] },
  during: { type: 'ValueError', message: /^invalid literal for int/, at: [script, 4], causes: ['KeyError'] },
  cause: { type: 'RuntimeError', message: 'cannot start', at: [script, 6], causes: ['FileNotFoundError'] },
  three: { type: 'TypeError', message: 'three', at: [script, 7], causes: ['ValueError<ZeroDivisionError'] },
  group: {
    type: 'ExceptionGroup',
    message: 'several things (2 sub-exceptions)',
    at: [script, 11],
    causes: ['ValueError', 'TypeError'],
  },
  syntax: { type: 'SyntaxError', message: "'(' was never closed", at: [script, 2] },
  syntax_invalid: { type: 'SyntaxError', message: /^invalid syntax/, at: [script, 2] },
  indent: { type: 'IndentationError', message: /^expected an indented block/, at: [script, 2] },
  imported: { type: 'ZeroDivisionError', message: 'division by zero', at: [helper, 2] },
  imported_syntax: { type: 'SyntaxError', message: 'invalid syntax', at: [broken, 1] },
  keyboard: { type: 'KeyboardInterrupt', message: '', at: [script, 2] },
  multiline: {
    type: 'ValueError',
    message: 'first line\n  second: line\n\nafter a blank\nTraceback of nothing',
    at: [script, 1],
  },
  exit_message: { type: 'SystemExit', message: 'could not find the table', at: [script, 0] },
  printed_then_exit: { type: 'ValueError', message: /^invalid literal/, at: [script, 7] },
  nomessage: { type: 'Broken', message: '', at: [script, 4] },
  assertion: { type: 'AssertionError', message: 'n must be positive', at: [script, 2] },
  recursion: { type: 'RecursionError', message: /^maximum recursion depth/, at: [script, 2] },
  note: { type: 'ValueError', message: 'bad\nlook at row 7', at: [script, 3] },
  name: { type: 'NameError', message: "name 'rwo' is not defined", at: [script, 2] },
  module_missing: { type: 'ModuleNotFoundError', message: /nothing_like_this/, at: [script, 1] },
  unicode: { type: 'ValueError', message: 'Größe 😀 fehlt', at: [script, 2] },
  library: { type: 'json.decoder.JSONDecodeError', message: /^Expecting property/, at: [script, 2] },
  spark_analysis: {
    type: 'pyspark.errors.exceptions.captured.AnalysisException',
    // Without the plan that Spark adds.
    message: /UNRESOLVED_COLUMN.* SQLSTATE: 42703$/,
    at: [script, 4],
  },
  spark_udf: {
    type: 'pyspark.errors.exceptions.captured.PythonException',
    message: /ZeroDivisionError/,
    at: [script, 7],
    causes: ['ZeroDivisionError'],
  },
  spark_udf_imported: {
    type: 'pyspark.errors.exceptions.captured.PythonException',
    message: /ZeroDivisionError/,
    at: [helper, 2],
    causes: ['ZeroDivisionError'],
  },
  spark_rdd: {
    type: 'pyspark.errors.exceptions.captured.PythonException',
    message: /KeyError: 1/,
    at: [script, 4],
    causes: ['KeyError'],
  },
  spark_java: { type: 'py4j.protocol.Py4JJavaError', message: /Input path does not exist/, at: [script, 3] },
  spark_nopath: {
    type: 'pyspark.errors.exceptions.captured.AnalysisException',
    message: /PATH_NOT_FOUND/,
    at: [script, 3],
  },
  spark_py4j: {
    type: 'pyspark.errors.exceptions.captured.NumberFormatException',
    message: 'For input string: "x"',
    at: [script, 3],
  },
};

const chain = (failure: PythonFailure): string => [failure.type, ...failure.causes.map(chain)].join('<');

describe('the failure in a driver output', () => {
  for (const name of readdirSync(fixtures).map((file) => file.replace(/\.txt$/, ''))) {
    it(`golden: ${name}`, () => {
      const want = expected[name];
      assert.ok(want, `no expectation for ${name}`);
      const failure = parseFailure(readFileSync(join(fixtures, `${name}.txt`), 'utf8'), files);
      assert.ok(failure);
      const told = JSON.stringify(failure, undefined, 1).slice(0, 3000);
      assert.equal(failure.type, want.type, told);
      if (typeof want.message === 'string') assert.equal(failure.message, want.message, told);
      else assert.match(failure.message, want.message, told);
      assert.deepEqual([failure.file, failure.line ?? 0], want.at, told);
      if (want.causes) assert.deepEqual(failure.causes.map(chain), want.causes, told);
      assert.ok(!/^\s+at .*\.(?:java|scala):\d+\)/m.test(failure.message), 'Java frames are left out');
    });
  }

  for (const [name, lines] of Object.entries({ cause: [6, 2], during: [4, 2], three: [7, 5, 3] })) {
    it(`has a line of its own for each of its causes: ${name}`, () => {
      const failure = parseFailure(readFileSync(join(fixtures, `${name}.txt`), 'utf8'), files);
      const found: (number | undefined)[] = [];
      for (let at: PythonFailure | undefined = failure; at; at = at.causes[0]) {
        assert.equal(at.file, script);
        found.push(at.line);
      }
      assert.deepEqual(found, lines);
    });
  }

  it('keeps the line of a failed function apart from that of an earlier cause', () => {
    const udf = readFileSync(join(fixtures, 'spark_udf.txt'), 'utf8');
    const output = [
      'Traceback (most recent call last):',
      `  File "${script}", line 3, in <module>`,
      'KeyError: 1',
      '',
      'During handling of the above exception, another exception occurred:',
      '',
      udf.slice(udf.search(/^Traceback/m)),
    ].join('\n');
    const failure = parseFailure(output, files);
    assert.equal(failure?.line, 7);
    assert.deepEqual(
      failure.causes.map(({ type, line }) => [type, line]),
      [
        ['KeyError', 3],
        ['ZeroDivisionError', 7],
      ],
    );
  });

  it('is none where nothing failed', () => {
    assert.equal(parseFailure('all is well\n\u001e{"event": "exit", "code": 0}\n', files), undefined);
    assert.equal(parseFailure('', files), undefined);
  });

  it('is the last of several, whatever was printed between them', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'Z', '(', ':', ' ', '.'), maxLength: 30 });
    const trace = (type: string, at: number): string =>
      `Traceback (most recent call last):\n  File "${script}", line ${at}, in f\n    g()\n${type}: m\n`;
    fc.assert(
      fc.property(fc.array(line), fc.integer({ min: 1, max: 99999 }), (between, at) => {
        const output = `${trace('KeyError', 1)}${between.join('\n')}\n\n\n${trace('OSError', at)}`;
        const failure = parseFailure(output, files);
        assert.equal(failure?.type, 'OSError');
        assert.equal(failure.line, at);
        assert.equal(failure.file, script);
      }),
    );
  });

  it('never fails, whatever the output is', () => {
    const piece = fc.constantFrom(
      'Traceback (most recent call last):\n',
      '  + Exception Group Traceback (most recent call last):\n',
      `  File "${script}", line 3, in f\n`,
      '    x = 1\n',
      '      ^^^\n',
      'ValueError: no\n',
      'SyntaxError: bad\n',
      '\nDuring handling of the above exception, another exception occurred:\n\n',
      '\nThe above exception was the direct cause of the following exception:\n\n',
      '  +-+---------------- 1 ----------------\n',
      '    +------------------------------------\n',
      '    | text\n',
      '\u001e{"event": "exit", "code": 1}\n',
      '\n',
      'plain',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ unit: 'grapheme', maxLength: 20 })), { maxLength: 40 }),
        (pieces) => {
          parseFailure(pieces.join(''), files);
        },
      ),
      { numRuns: 500 },
    );
  });
});
