import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  pythonCompletions,
  pythonNameAt,
  pythonPlaceAt,
  pythonTableAt,
  tableOfText,
  type PythonFacts,
} from '../../../src/session/pythonCompletion.ts';

const facts: PythonFacts = {
  root: '/data',
  tables: ['bronze/orders', 'silver/allorders', 'silver/quarantine/late'],
  variables: [
    {
      name: 'orders',
      type: 'DataFrame',
      kind: 'frame',
      preview: '',
      columns: ['orderid', 'branch', 'count', 'a.b', 'say "x"'].map((name) => ({ name, type: 'string' })),
    },
    {
      name: 'pdf',
      type: 'DataFrame',
      kind: 'pandas',
      preview: '',
      columns: [{ name: 'hours', type: 'float64' }],
    },
    { name: 'names', type: 'list', kind: 'value', preview: "['a']" },
    { name: 'F', type: 'module', kind: 'module', preview: '' },
  ],
};

/** `|` is the cursor. */
function at(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

/** The text after the completion of this label was taken. */
function accept(marked: string, label: string): string | undefined {
  const { text, offset } = at(marked);
  const place = pythonPlaceAt(text, offset, '/data');
  const chosen = place && pythonCompletions(place, facts).find((one) => one.label === label);
  return chosen && text.slice(0, place.from) + chosen.text + text.slice(place.to);
}

function labels(marked: string): string[] {
  const { text, offset } = at(marked);
  const place = pythonPlaceAt(text, offset, '/data');
  return place ? pythonCompletions(place, facts).map(({ label }) => label) : [];
}

describe('completion in Python from the session', () => {
  for (const [what, marked, wanted, unwanted] of [
    ['a subscript', 'orders["|"]', 'branch', 'hours'],
    ['a subscript that is open', "x = orders['br|", 'branch', 'hours'],
    ['several columns', 'orders[["orderid", "|"]]', 'branch', 'hours'],
    ['select', 'orders.select("orderid", "|")', 'branch', 'hours'],
    ['select of an unknown frame', 'other.select("|")', 'branch', ''],
    ['a chain', 'orders.where("x").groupBy("|")', 'branch', 'hours'],
    [
      'a chain over lines',
      '(\n    orders\n    .where("x = 1")  # (\n    .orderBy("|")\n)',
      'branch',
      'hours',
    ],
    ['F.col', 'F.col("|")', 'hours', ''],
    ['F.col within a call', 'orders.where(F.col("|") > 1)', 'branch', 'hours'],
    ['col', "col('|')", 'branch', ''],
    ['an aggregate', 'orders.agg(F.sum("|"))', 'orderid', 'hours'],
    ['the second column of a function', 'orders.select(F.struct("a", "|"))', 'branch', 'hours'],
    ['a list', 'orders.drop(*["|"])', 'branch', 'hours'],
    ['a condition', 'orders.where("branch = 1 and or|")', 'orderid', 'hours'],
    ['an expression', 'orders.select(F.expr("|"))', 'branch', 'hours'],
    ['a key of a join', 'orders.join(other, "|")', 'orderid', 'hours'],
    ['a keyword', 'orders.dropDuplicates(subset=["|"])', 'branch', 'hours'],
    ['pandas', 'pdf["|"]', 'hours', 'branch'],
    ['an attribute', 'orders.|', 'branch', 'count'],
    ['an attribute that is begun', 'x = orders.br|\n', 'branch', 'hours'],
    ['a table’s path', 'spark.read.format("delta").load("|")', '/data/bronze/orders', 'bronze/orders'],
    ['a table below the root', 'job.path("|")', 'silver/allorders', '/data/silver/allorders'],
    ['a table by name', 'spark.table("sil|")', 'silver.allorders', 'silver/allorders'],
    ['a table to write', 'df.write.saveAsTable("gold.|")', 'bronze.orders', ''],
    ['a path to write', 'df.write.format("delta").mode("append").save("|")', '/data/bronze/orders', ''],
    ['a table for Delta', 'DeltaTable.forPath(spark, "|")', '/data/bronze/orders', ''],
    ['a text that begins so', 'TABLE = "bronze/|"', 'bronze/orders', ''],
    ['a text that begins with the root', 'TABLE = "/data/|', '/data/bronze/orders', ''],
    ['a formatted text', 'x = f"silver/|"', 'silver/allorders', ''],
  ] as const) {
    it(`offers what belongs to ${what}`, () => {
      const found = labels(marked);
      assert.ok(found.includes(wanted), `${wanted} in ${found.join(', ')}`);
      assert.ok(!found.includes(unwanted), `no ${unwanted} in ${found.join(', ')}`);
    });
  }

  for (const [what, marked] of [
    ['a text', 'x = "|"'],
    ['a text that is printed', 'print("|")'],
    ['a comment', '# orders["|"]'],
    ['what is compared', 'orders.where(orders.branch == "|")'],
    ['what is compared with more', 'orders.where(orders.branch > "|")'],
    ['a dictionary', 'settings["|"]'],
    ['a value that is no frame', 'names.sort("|")'],
    ['a list', 'names["|"]'],
    ['a joined text', '", ".join(["|"])'],
    ['a literal', 'orders.withColumn("x", F.lit("|"))'],
    ['a format', 'orders.select(F.date_format("branch", "|"))'],
    ['an attribute of an attribute', 'x.orders.|'],
    ['an attribute of a number', '1.|'],
    ['an attribute of what is no frame', 'names.|'],
    ['a text of several lines', 'orders.select("""a\n|""")'],
    ['a file of the machine', 'os.path("|")'],
    ['an option', 'spark.read.option("|")'],
    ['the format of a frame', 'orders.write.format("|")'],
  ] as const) {
    it(`offers nothing in ${what}`, () => assert.deepEqual(labels(marked), []));
  }

  it('puts in what Python and Spark read', () => {
    assert.equal(accept('orders["br|x"]', 'branch'), 'orders["branch"]');
    assert.equal(accept('orders["|"]', 'a.b'), 'orders["`a.b`"]');
    assert.equal(accept('orders["|"]', 'say "x"'), 'orders["say \\"x\\""]');
    assert.equal(accept("orders['|']", 'say "x"'), 'orders[\'say "x"\']');
    assert.equal(
      accept('orders.where("x = 1 AND br|a > 1")', 'branch'),
      'orders.where("x = 1 AND branch > 1")',
    );
    assert.equal(accept('orders.where("|")', 'say "x"'), 'orders.where("`say \\"x\\"`")');
    assert.equal(accept('F.col("o.br|")', 'branch'), 'F.col("o.branch")');
    assert.equal(accept('spark.table("silver.|")', 'silver.allorders'), 'spark.table("silver.allorders")');
    assert.equal(accept('job.path("bronze/|', 'bronze/orders'), 'job.path("bronze/orders');
    assert.equal(accept('orders.br|', 'branch'), 'orders.branch');
  });

  it('gives the text of SQL on', () => {
    for (const marked of [
      'spark.sql("SELECT |")',
      'rows = spark.sql("""\nSELECT |\n""")',
      'spark.sql(f"SELECT |',
    ]) {
      const { text, offset } = at(marked);
      const place = pythonPlaceAt(text, offset, '/data');
      assert.ok(place?.kind === 'sql');
      assert.equal(place.text.slice(0, offset - place.from).trim(), 'SELECT');
    }
  });

  it('knows the name under the cursor', () => {
    const name = (marked: string): string | undefined => {
      const { text, offset } = at(marked);
      return pythonNameAt(text, offset)?.name;
    };
    assert.equal(name('x = or|ders.select("a")'), 'orders');
    assert.equal(name('x = orders.sel|ect("a")'), undefined);
    assert.equal(name('x = "or|ders"'), undefined);
    assert.equal(name('# or|ders'), undefined);
    assert.equal(name('ret|urn orders'), undefined);
  });

  it('knows the table under the cursor', () => {
    const { text, offset } = at('spark.read.load("/data/bro|nze/orders")');
    assert.deepEqual(pythonTableAt(text, offset, '/data'), { table: 'bronze/orders', from: 17, to: 36 });
    for (const [written, table] of [
      ['silver/allorders', 'silver/allorders'],
      ['silver.allorders', 'silver/allorders'],
      ['hdfs://nn:9000/data/gold/x', 'gold/x'],
      ['silver/quarantine/late', 'silver/quarantine/late'],
      ['silver', undefined],
      ['silver is a metal', undefined],
      ['other/x', undefined],
      ['/else/silver/x', undefined],
      ['os.path', undefined],
    ] as const) {
      assert.equal(tableOfText(written, '/data'), table, written);
    }
  });

  it('reads any text at any place', () => {
    const pieces = [
      'orders',
      '.',
      '[',
      ']',
      '(',
      ')',
      '"',
      "'",
      '"""',
      'F.col(',
      '\n',
      '#',
      '\\',
      ',',
      'f"',
      '=',
      '1.',
      'é',
    ];
    const any = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces)).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(any, fc.nat(80), fc.constantFrom('/data', '/'), (text, cut, root) => {
        const offset = Math.min(cut, text.length);
        const place = pythonPlaceAt(text, offset, root);
        if (place) {
          assert.ok(place.from <= offset && offset <= place.to && place.to <= text.length);
          pythonCompletions(place, { ...facts, root });
        }
        pythonNameAt(text, offset);
        pythonTableAt(text, offset, root);
      }),
      { numRuns: 150 },
    );
  });
});
