import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { cellAtLine, parseCells, sqlOfLines, type Cell } from '../../../src/session/cells.ts';

const codes = (text: string): string[] => parseCells(text).map(({ code }) => code);

describe('cells of a script', () => {
  it('splits at markers; what is above the first is a cell too', () => {
    const [head, first, second] = parseCells(
      ['import os', '', '# %% Read orders', '', 'a = 1', '', '#%%', 'b = 2', ''].join('\n'),
    );
    deepEqual(head, {
      ...{ kind: 'python', title: '', line: 0, endLine: 1, hasMarker: false },
      ...{ code: 'import os', codeLine: 0 },
    });
    deepEqual(first, {
      ...{ kind: 'python', title: 'Read orders', line: 2, endLine: 5, hasMarker: true },
      ...{ code: 'a = 1', codeLine: 4 },
    });
    deepEqual(second, {
      ...{ kind: 'python', title: '', line: 6, endLine: 8, hasMarker: true },
      ...{ code: 'b = 2', codeLine: 7 },
    });
  });

  it('has no cells without a marker, and no head that does nothing', () => {
    deepEqual(parseCells('a = 1\n'), []);
    deepEqual(codes('#!/usr/bin/env python\n# about\n\n# %%\na'), ['a']);
    deepEqual(codes('# %%\r\na\r\n# %%\r\nb\r\n'), ['a', 'b']);
  });

  it('knows a marker from what is none', () => {
    for (const line of ['# %%', '#%%', '#  %%', '# %% x', '# %%%', '#%%[sql]', '# %%\t']) {
      equal(parseCells(line).length, 1, line);
    }
    for (const line of ['# %%time', '# %', ' # %%', 'a # %%', '## %%', '%%']) {
      equal(parseCells(line).length, 0, line);
    }
  });

  it('reads kind, title and metadata of a marker', () => {
    const one = (line: string): Partial<Cell> => {
      const [{ kind, title, into } = {} as Cell] = parseCells(`${line}\n# x`);
      return { kind, title, ...(into !== undefined && { into }) };
    };
    deepEqual(one('# %% [markdown]'), { kind: 'markdown', title: '' });
    deepEqual(one('# %% Words [md]'), { kind: 'markdown', title: 'Words' });
    deepEqual(one('# %% [sql] Orders'), { kind: 'sql', title: 'Orders' });
    deepEqual(one('# %% [sql] into="orders"'), { kind: 'sql', title: '', into: 'orders' });
    deepEqual(one('# %% [sql] into="no name"'), { kind: 'sql', title: '' });
    deepEqual(one('# %% Top language="sql"'), { kind: 'sql', title: 'Top' });
    deepEqual(one('# %% Plot [1] tags=["sql", "b"]'), { kind: 'python', title: 'Plot [1]' });
  });

  it('takes SQL out of comments, out of a string, or as it is', () => {
    const sql = (...lines: string[]): [string, number] => {
      const [{ code, codeLine } = {} as Cell] = parseCells(['# %% [sql]', ...lines].join('\n'));
      return [code, codeLine];
    };
    deepEqual(sql('', '# SELECT 1', '#', '#   AS one', ''), ['SELECT 1\n\n  AS one', 2]);
    deepEqual(sql('"""', 'SELECT 1', 'AS one', '"""'), ['SELECT 1\nAS one', 2]);
    deepEqual(sql('# the first', '"""SELECT 1"""'), ['SELECT 1', 2]);
    deepEqual(sql('SELECT 1', "WHERE a = 'b'"), ["SELECT 1\nWHERE a = 'b'", 1]);
    deepEqual(sql(''), ['', 1]);
    deepEqual(sqlOfLines(['# SELECT']), { code: 'SELECT', skippedLines: 0 });
  });

  it('takes a marker within a string for text', () => {
    deepEqual(codes('# %%\na = """\n# %% no\n"""\n# %%\nb'), ['a = """\n# %% no\n"""', 'b']);
    deepEqual(codes("# %%\na = 'x\\\n# %% no'\n# %%\nb"), ["a = 'x\\\n# %% no'", 'b']);
    deepEqual(codes('# %% it\'s """ here\na\n# %%\nb'), ['a', 'b']);
    deepEqual(codes('# %%\na = "\\""\n# %%\nb = \'"""\'\n# %%\nc'), ['a = "\\""', 'b = \'"""\'', 'c']);
  });

  it('takes a string that is not closed yet for nothing', () => {
    deepEqual(codes('# %%\na = """\n# %%\nb'), ['a = """', 'b']);
    deepEqual(codes("# %%\na = 'x\n# %%\nb"), ["a = 'x", 'b']);
  });

  it('finds the cell of a line', () => {
    const cells = parseCells('\n# %% a\n1\n# %% b\n2');
    equal(cellAtLine(cells, 0), undefined);
    equal(cellAtLine(cells, 2)?.title, 'a');
    equal(cellAtLine(cells, 3)?.title, 'b');
    equal(cellAtLine(cells, 99)?.title, 'b');
  });

  const line = fc.oneof(
    fc.constantFrom(
      '# %%',
      '#%% a',
      '# %% [sql]',
      '# %% [markdown] b',
      '# SELECT 1',
      'a = 1',
      '',
      '    b',
      '"""',
    ),
    fc.constantFrom("'''", '"', "'", '\\', '# "', 'f"""{x}"""', 'r"\\"', '"""# %%"""'),
    fc.string({ maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, '')),
  );

  it('covers each line of any text from the first cell on once, in order', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const cells = parseCells(lines.join('\n'));
        for (const [i, cell] of cells.entries()) {
          ok(cell.line <= cell.endLine && cell.codeLine >= cell.line);
          equal(cells[i + 1]?.line ?? Math.max(1, lines.length), cell.endLine + 1);
          if (cell.kind !== 'python' || cell.code === '') continue;
          // The code is the lines where it says that it is.
          const length = cell.code.split('\n').length;
          equal(
            lines
              .slice(cell.codeLine, cell.codeLine + length)
              .join('\n')
              .trimEnd(),
            cell.code,
          );
          ok(cell.codeLine + length - 1 <= cell.endLine);
        }
      }),
    );
  });

  it('gives back the cells that a script is made of', () => {
    const code = fc.constantFrom(
      'a = 1',
      'def f():\n    return """\n# %% no\n"""',
      "print('it')  # it's",
      'x\n\ny',
    );
    fc.assert(
      fc.property(fc.array(code, { minLength: 1, maxLength: 8 }), (all) => {
        const text = all.map((one, i) => `# %% ${i}\n\n${one}\n\n`).join('');
        deepEqual(
          parseCells(text).map(({ title, code: own }) => [title, own]),
          all.map((own, i) => [String(i), own]),
        );
      }),
    );
  });
});
