import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sqlCellAt } from '../../../src/session/sqlCells.ts';
import {
  lakeTable,
  sqlCompletions,
  sqlPlaceAt,
  sqlTableAt,
  tablesInStatement,
  tablesOf,
  type SqlColumn,
  type SqlFacts,
} from '../../../src/session/sqlCompletion.ts';

const all: Record<string, SqlColumn[]> = {
  'bronze/orders': [
    { name: 'orderid', type: 'int' },
    { name: 'ordertime', type: 'timestamp' },
  ],
  'silver/allorders': [
    { name: 'orderid', type: 'int' },
    { name: 'branch', type: 'string' },
    { name: 'odd name', type: 'string' },
  ],
  'silver/quarantine/late': [{ name: 'reason', type: 'string' }],
  'gold/by-day': [{ name: 'day', type: 'date' }],
};

/** `|` is the cursor. */
function at(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

/** Only the columns that the place asks for are known. */
function offered(marked: string): { label: string; text: string; kind: string }[] {
  const { text, offset } = at(marked);
  const place = sqlPlaceAt(text, offset);
  if (!place) return [];
  const columns = new Map(tablesOf(place, '/data').map((table) => [table, all[table] ?? []]));
  const facts: SqlFacts = { root: '/data', tables: Object.keys(all), columns };
  return sqlCompletions(place, facts);
}

const labels = (marked: string): string[] => offered(marked).map(({ label }) => label);

describe('completion in SQL', () => {
  for (const [what, marked, wanted, unwanted] of [
    ['an empty text', '|', ['SELECT', 'WITH'], ['orderid']],
    ['a second statement', 'SELECT 1;\n|', ['SELECT'], ['FROM']],
    ['FROM', 'SELECT * FROM |', ['silver.allorders', 'bronze.orders', 'gold'], ['WHERE', 'orderid']],
    ['FROM, a table begun', 'SELECT * FROM allo|', ['silver.allorders'], []],
    ['a layer', 'SELECT * FROM silver.|', ['allorders'], ['orders', 'silver.allorders', 'SELECT']],
    ['a layer with more behind', 'SELECT * FROM silver.|\nWHERE branch = 1', ['allorders'], ['branch']],
    ['JOIN', 'SELECT * FROM bronze.orders o LEFT JOIN |', ['silver.allorders'], ['LIMIT']],
    ['a list of tables', 'SELECT * FROM bronze.orders o, |', ['silver.allorders'], ['orderid']],
    ['INSERT INTO', 'INSERT INTO |', ['silver.allorders'], []],
    ['MERGE … USING', 'MERGE INTO silver.allorders t USING |', ['bronze.orders'], []],
    ['DESCRIBE HISTORY', 'DESCRIBE HISTORY |', ['silver.allorders'], []],
    ['DROP TABLE IF EXISTS', 'DROP TABLE IF EXISTS |', ['silver.allorders'], []],
    ['a query of the statement', 'WITH late AS (SELECT 1) SELECT * FROM |', ['late', 'silver.allorders'], []],
    ['a subquery', 'SELECT * FROM (SELECT * FROM |) x', ['silver.allorders'], []],
    [
      'columns',
      'SELECT | FROM silver.allorders',
      ['orderid', 'branch', 'SELECT'],
      ['ordertime', 'silver.allorders'],
    ],
    ['a list of columns', 'SELECT orderid, | FROM silver.allorders', ['branch'], []],
    [
      'columns of all its tables',
      'SELECT | FROM silver.allorders, bronze.orders',
      ['branch', 'ordertime'],
      [],
    ],
    ['an alias', 'SELECT o.| FROM silver.allorders o', ['orderid', 'branch'], ['ordertime', 'FROM']],
    [
      'an alias with AS',
      'SELECT a.| FROM silver.allorders AS a JOIN bronze.orders b',
      ['branch'],
      ['ordertime'],
    ],
    [
      'an alias of the other',
      'SELECT * FROM silver.allorders a JOIN bronze.orders b ON a.orderid = b.|',
      ['ordertime'],
      ['branch'],
    ],
    ['the own name', 'SELECT allorders.| FROM silver.allorders', ['branch'], []],
    ['the whole name', 'SELECT silver.allorders.| FROM silver.allorders', ['branch'], ['allorders']],
    [
      'a query’s columns',
      'WITH late AS (SELECT * FROM bronze.orders) SELECT late.| FROM late',
      ['ordertime'],
      [],
    ],
    ['WHERE', 'SELECT * FROM silver.allorders WHERE |', ['branch', 'EXISTS'], []],
    ['GROUP BY', 'SELECT 1 FROM silver.allorders GROUP BY branch, |', ['orderid'], []],
    ['ON', 'SELECT * FROM silver.allorders a JOIN bronze.orders b ON |', ['branch', 'ordertime', 'a'], []],
    ['the columns to insert', 'INSERT INTO silver.allorders (|', ['branch'], []],
    ['a path', 'SELECT | FROM delta.`/data/silver/allorders`', ['branch'], ['ordertime']],
    [
      'a path on the file system',
      'SELECT | FROM delta.`hdfs://nn:9000/data/silver/quarantine/late`',
      ['reason'],
      [],
    ],
    ['a comment before', '-- from x\nSELECT * FROM /* y */ |', ['silver.allorders'], []],
    ['backticks that are open', 'SELECT `od| FROM silver.allorders', ['odd name'], []],
    ['backticks that are closed', 'SELECT `od|` FROM silver.allorders', ['odd name'], []],
    [
      'the other statement’s tables',
      'SELECT | FROM bronze.orders; SELECT * FROM silver.allorders',
      ['ordertime'],
      ['branch'],
    ],
    ['behind a table', 'SELECT * FROM silver.allorders |', ['WHERE', 'JOIN'], ['branch']],
    ['behind an alias', 'SELECT * FROM silver.allorders o |', ['WHERE'], ['branch']],
    ['an alias that is a word', 'SELECT history.| FROM silver.allorders history', ['branch'], []],
    [
      'an update in a merge',
      'MERGE INTO silver.allorders t USING bronze.orders s ON 1=1 WHEN MATCHED THEN UPDATE SET t.|',
      ['branch'],
      [],
    ],
    ['NOT EXISTS', 'SELECT * FROM silver.allorders WHERE NOT EXISTS |', ['branch'], ['bronze.orders']],
  ] as const) {
    it(`offers what belongs to ${what}`, () => {
      const found = labels(marked);
      for (const label of wanted) assert.ok(found.includes(label), `${label} in ${found.join(', ')}`);
      for (const label of unwanted) assert.ok(!found.includes(label), `no ${label} in ${found.join(', ')}`);
    });
  }

  for (const [what, marked] of [
    ['a string', "SELECT 'a |' FROM silver.allorders"],
    ['a comment', 'SELECT 1 -- from |'],
    ['a block comment', 'SELECT 1 /* from | */'],
    ['a number', 'SELECT 1| FROM silver.allorders'],
    ['the name of a column', 'SELECT branch AS | FROM silver.allorders'],
    ['an unknown table', 'SELECT x.| FROM silver.allorders o'],
  ] as const) {
    it(`offers nothing in ${what}`, () => assert.deepEqual(labels(marked), []));
  }

  it('puts in what Spark reads', () => {
    const text = (marked: string, label: string): string | undefined =>
      offered(marked).find((one) => one.label === label)?.text;
    assert.equal(text('SELECT | FROM silver.allorders', 'odd name'), '`odd name`');
    assert.equal(text('SELECT * FROM |', 'gold.by-day'), 'gold.`by-day`');
    assert.equal(text('SELECT * FROM |', 'silver.quarantine.late'), 'delta.`/data/silver/quarantine/late`');
    assert.equal(text('SELECT * FROM silver.allorders wh|', 'where'), 'where', 'in the person’s letters');
  });

  it('replaces the word under the cursor', () => {
    const { text, offset } = at('SELECT * FROM silver.all|orders o');
    const place = sqlPlaceAt(text, offset);
    assert.equal(text.slice(place?.from, place?.to), 'allorders');
    const quoted = at('SELECT `od|d` FROM x');
    const second = sqlPlaceAt(quoted.text, quoted.offset);
    assert.equal(quoted.text.slice(second?.from, second?.to), '`odd`');
  });

  it('knows the table under the cursor', () => {
    const table = (marked: string): string | undefined => {
      const { text, offset } = at(marked);
      const found = sqlTableAt(text, offset, '/data');
      return found && `${found.table} ${text.slice(found.from, found.to)}`;
    };
    assert.equal(table('SELECT 1; SELECT * FROM silver.all|orders o'), 'silver/allorders silver.allorders');
    assert.equal(table('SELECT * FROM sil|ver.allorders o'), 'silver/allorders silver.allorders');
    assert.equal(table('SELECT o|.branch FROM silver.allorders o'), 'silver/allorders o');
    assert.equal(
      table('SELECT silver.all|orders.branch FROM silver.allorders'),
      'silver/allorders silver.allorders',
    );
    assert.equal(table('SELECT silver.allorders.bra|nch FROM silver.allorders'), undefined);
    assert.equal(table('SELECT * FROM delta.`/data/gold/|x`'), 'gold/x delta.`/data/gold/x`');
    assert.equal(table('SELECT bra|nch FROM silver.allorders o'), undefined);
  });

  it('knows what a statement reads and writes', () => {
    const named = (text: string): string[][] => {
      const { reads, writes } = tablesInStatement(text);
      return [reads, writes].map((refs) => refs.flatMap(({ parts }) => lakeTable(parts, '/data') ?? []));
    };
    assert.deepEqual(named('INSERT INTO gold.a SELECT * FROM silver.b, silver.c JOIN bronze.d'), [
      ['silver/b', 'silver/c', 'bronze/d'],
      ['gold/a'],
    ]);
    assert.deepEqual(named('CREATE OR REPLACE TABLE gold.a USING delta AS SELECT * FROM silver.b'), [
      ['silver/b'],
      ['gold/a'],
    ]);
    assert.deepEqual(
      named('MERGE INTO gold.a t USING silver.b s ON t.x = s.x WHEN MATCHED THEN UPDATE SET *'),
      [['silver/b'], ['gold/a']],
    );
    assert.deepEqual(named('DELETE FROM gold.a WHERE x IN (SELECT x FROM silver.b)'), [
      ['silver/b'],
      ['gold/a'],
    ]);
  });

  it('reads any text at any place', () => {
    const pieces = [
      'SELECT ',
      'FROM ',
      'silver.',
      'x',
      '`',
      "'",
      ',',
      '(',
      ')',
      ';',
      '\n',
      '-- ',
      '/*',
      '.',
      ' AS ',
    ];
    const any = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(any, fc.nat(80), (text, cut) => {
        const offset = Math.min(cut, text.length);
        const place = sqlPlaceAt(text, offset);
        if (place) {
          assert.ok(place.from <= offset && offset <= place.to && place.to <= text.length);
          sqlCompletions(place, {
            root: '/',
            tables: Object.keys(all),
            columns: new Map(Object.entries(all)),
          });
        }
        const table = sqlTableAt(text, offset, '/');
        if (table) assert.ok(table.from <= offset && offset <= table.to);
      }),
    );
  });
});

describe('SQL in a script', () => {
  for (const [what, script] of [
    ['in comments', 'x = 1\n# %% [sql] orders\n# SELECT *\n#FROM silver.|\n# %%\ny = 2\n'],
    ['in a string', '# %% [sql]\n# about it\n"""\nSELECT *\nFROM silver.|\n"""\n'],
    ['bare', '# %% [sql]\n# about it\nSELECT *\nFROM silver.|\n'],
    ['in a notebook', '%%sql orders\nSELECT *\nFROM silver.|'],
    ['with Windows line ends', '# %% [sql]\r\n# SELECT *\r\n# FROM silver.|\r\n'],
  ] as const) {
    it(`is found ${what}`, () => {
      const { text, offset } = at(script);
      const cell = sqlCellAt(text, offset);
      assert.ok(cell);
      assert.match(cell.text.replace(/\s+/g, ' '), /^ ?SELECT \* FROM silver\. ?$/);
      assert.equal(
        cell.text
          .slice(0, offset - cell.from)
          .trimEnd()
          .slice(-7),
        'silver.',
      );
      const place = sqlPlaceAt(cell.text, offset - cell.from);
      assert.deepEqual(place?.qualifier, ['silver']);
    });
  }

  it('is not found elsewhere', () => {
    for (const script of [
      'SELECT |',
      '# %%\nx = |',
      '# %% [sql|]\n# SELECT 1',
      '# %% [sql]\n# SELECT 1\n# %%\n|x',
    ]) {
      const { text, offset } = at(script);
      assert.equal(sqlCellAt(text, offset), undefined, script);
    }
  });
});
