import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import {
  quoteSqlName,
  sqlName,
  sqlStatementAt,
  sqlStatements,
  sqlTokens,
} from '../../../src/session/sqlText.ts';

const texts = (text: string): string[] => sqlStatements(text).map((one) => one.text);

describe('the statements of an SQL text', () => {
  for (const [what, text, wanted] of [
    ['nothing', '', []],
    ['semicolons alone', ' ;; ;\n', []],
    ['comments alone', '-- one; two\n/* three; */;', []],
    ['one without a semicolon', 'SELECT 1', ['SELECT 1']],
    ['two', 'SELECT 1;\nSELECT 2;\n', ['SELECT 1', 'SELECT 2']],
    ['a semicolon in a string', `SELECT 'a;b', ";"; SELECT 2`, [`SELECT 'a;b', ";"`, 'SELECT 2']],
    ['a doubled quote', `SELECT 'it''s; so'; SELECT 2`, [`SELECT 'it''s; so'`, 'SELECT 2']],
    ['an escaped quote', `SELECT 'it\\'s; so'; SELECT 2`, [`SELECT 'it\\'s; so'`, 'SELECT 2']],
    ['a raw string', `SELECT r'\\'; SELECT 2`, [`SELECT r'\\'`, 'SELECT 2']],
    ['a name in backticks', 'SELECT `a;``b`; SELECT 2', ['SELECT `a;``b`', 'SELECT 2']],
    ['a line comment', 'SELECT 1 -- it; is\n+ 1; SELECT 2', ['SELECT 1 -- it; is\n+ 1', 'SELECT 2']],
    ['a comment that goes on', 'SELECT 1 -- a \\\n; b\n; SELECT 2', ['SELECT 1 -- a \\\n; b', 'SELECT 2']],
    ['a quote in a comment', "-- don't\nSELECT 1; SELECT 2", ['SELECT 1', 'SELECT 2']],
    ['comments in comments', '/* a /* b; */ c; */ SELECT 1;', ['SELECT 1']],
    ['a minus and a slash', 'SELECT 1 - 2 / 3; SELECT 2', ['SELECT 1 - 2 / 3', 'SELECT 2']],
    ['a text in dollars', 'SELECT $x$a;b$x$; SELECT 2', ['SELECT $x$a;b$x$', 'SELECT 2']],
    ['an open string', "SELECT 1; SELECT 'a; b", ['SELECT 1', "SELECT 'a; b"]],
  ] as const) {
    it(`are found: ${what}`, () => assert.deepEqual(texts(text), wanted));
  }

  // What the kernel's tests read, too: the two must agree.
  const shared = new URL('../../fixtures/session/statements.json', import.meta.url);
  for (const { text, statements } of JSON.parse(readFileSync(shared, 'utf8')) as {
    text: string;
    statements: string[];
  }[]) {
    it(`are those of the kernel: ${JSON.stringify(text)}`, () => assert.deepEqual(texts(text), statements));
  }

  it('have lines and offsets', () => {
    const text = '-- top\r\nSELECT 1\r\n  + 1;\r\n\r\nSELECT 2';
    assert.deepEqual(
      sqlStatements(text).map(({ line, endLine, from, end }) => ({ line, endLine, from, end })),
      [
        { line: 1, endLine: 2, from: 8, end: 24 },
        { line: 4, endLine: 4, from: 28, end: text.length },
      ],
    );
  });

  it('are those that the cursor means', () => {
    const text = 'SELECT 1; -- one\n\n-- about two\nSELECT 2;\n\n';
    const at = (offset: number): string | undefined => sqlStatementAt(text, offset)?.text;
    assert.equal(at(0), 'SELECT 1');
    assert.equal(at(9), 'SELECT 1');
    assert.equal(at(13), 'SELECT 1', 'behind it on its line');
    assert.equal(at(17), 'SELECT 2', 'between the two');
    assert.equal(at(text.length), 'SELECT 2', 'behind the last');
    assert.equal(sqlStatementAt('-- none', 3), undefined);
  });

  const pieces = ["'", '"', '`', '--', '/*', '*/', '\\', '\n', ';', 'a', '$', 'r', ' ', '1.5', 'é', '\ud83d'];
  const any = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
  );

  it('cover any text, in order, and lose nothing but blanks', () => {
    fc.assert(
      fc.property(any, fc.nat(50), (text, offset) => {
        let at = 0;
        for (const token of sqlTokens(text)) {
          assert.match(text.slice(at, token.from), /^\s*$/);
          assert.ok(token.to > token.from);
          assert.equal(text.slice(token.from, token.to), token.text);
          at = token.to;
        }
        assert.match(text.slice(at), /^\s*$/);
        let end = 0;
        for (const statement of sqlStatements(text)) {
          assert.ok(end <= statement.from && statement.from < statement.to && statement.to <= statement.end);
          assert.equal(text.slice(0, statement.from).split('\n').length - 1, statement.line);
          assert.equal(text.slice(0, statement.to).split('\n').length - 1, statement.endLine);
          end = statement.end;
        }
        sqlStatementAt(text, offset);
      }),
    );
  });

  it('are the same again when they are put together', () => {
    const statement = fc.constantFrom(
      'SELECT 1',
      "SELECT ';'",
      'USE `a;b`',
      'SELECT /* ; */ 2',
      'SELECT 3 -- ;\n + 1',
    );
    fc.assert(
      fc.property(
        fc.array(statement),
        fc.constantFrom(';', ' ;\n', ';;', '; -- c\n', ';\r\n'),
        (all, glue) => {
          assert.deepEqual(texts(all.join(glue)), all);
        },
      ),
    );
  });

  it('quote names so that they are read back', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (name) => {
        const [token, ...rest] = sqlTokens(quoteSqlName(name));
        assert.equal(rest.length, 0);
        assert.equal(sqlName(token!), name);
      }),
    );
  });
});
