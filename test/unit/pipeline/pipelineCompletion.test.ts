import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { completionsAt, type CompletionFacts } from '../../../src/pipeline/pipelineCompletion.ts';
import { pipelineProblems } from '../../../src/pipeline/pipelineFile.ts';
import { placeAt, wordAt } from '../../../src/pipeline/pipelinePlace.ts';
import { schemaAt } from '../../../src/pipeline/pipelineSchema.ts';

const facts: CompletionFacts = {
  scripts: ['bronze.py', 'steps/silver.py'],
  sqlFiles: ['verify/count.sql'],
  tables: ['bronze/lake', 'gold/old'],
  columns: ['branch', 'deliveries'],
};

/** `|` is the cursor. */
function at(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf('|');
  return { text: marked.slice(0, offset) + marked.slice(offset + 1), offset };
}

function labels(marked: string): string[] {
  const { text, offset } = at(marked);
  const place = placeAt(text, offset);
  return place ? completionsAt(place, facts).map(({ label }) => label) : [];
}

/** The text after a completion was chosen, and what followed it was typed. */
function accept(marked: string, label: string, typed = ''): string {
  const { text, offset } = at(marked);
  const place = placeAt(text, offset);
  assert.ok(place, 'there is a place');
  const chosen = completionsAt(place, facts).find((one) => one.label === label);
  assert.ok(chosen, `${label} is offered`);
  const put = chosen.snippet.replace('$1', typed).replace(/\\([\\$}])/g, '$1');
  // As an editor does with a snippet of several lines.
  const indent = /^ */.exec(text.slice(text.lastIndexOf('\n', place.from - 1) + 1))![0];
  return text.slice(0, place.from) + put.replaceAll('\n', `\n${indent}`) + text.slice(place.to);
}

const step = 'name: shop\nsteps:\n  - name: one\n    script: bronze.py\n    writes: [bronze/a]\n';

describe('completion in a pipeline file', () => {
  for (const [what, marked, wanted] of [
    ['an empty file', '|', ['name', 'steps']],
    ['a key that is begun', 'na|\nsteps:\n  - name: b\n', ['name']],
    ['the list of steps', 'name: a\nsteps:\n  |', ['- name']],
    ['a new step', `${step}  - |`, ['name', 'script']],
    ['a step in the middle', 'steps:\n  - name: a\n    |\n  - name: b\n', ['script', 'reads', 'after']],
    ['a script', 'steps:\n  - name: a\n    script: |\n', ['bronze.py', 'steps/silver.py']],
    ['a script that is begun', 'steps:\n  - script: steps/si|\n', ['steps/silver.py']],
    ['a read', `${step}  - name: two\n    reads: [|]\n`, ['bronze/a', 'bronze/lake']],
    [
      'a read in a list that is not closed',
      `${step}  - name: two\n    reads: [x, |\n    args: [1]`,
      ['bronze/a'],
    ],
    ['a read in quotes', `${step}  - name: two\n    reads: ["|"]\n`, ['bronze/a']],
    [
      'a read on a line of its own',
      `${step}  - name: two\n    reads:\n      - |\n    args: [1]`,
      ['bronze/a'],
    ],
    [
      'a write that somebody reads',
      'steps:\n  - name: a\n    reads: [silver/x]\n  - name: b\n    writes: [|]',
      ['silver/x', 'gold/'],
    ],
    ['a step to wait for', `${step}  - name: two\n    after: [|]\n`, ['one']],
    ['a Spark property', 'properties:\n  spark.sql.sh|\n', ['spark.sql.shuffle.partitions']],
    ['a table to verify', `${step}verify:\n  - { table: | }`, ['bronze/a']],
    ['an SQL file', `${step}verify:\n  - sql: |`, ['verify/count.sql']],
    ['a key column', `${step}verify:\n  - table: bronze/a\n    key: |`, ['branch']],
    ['compared columns', `${step}verify:\n  - table: bronze/a\n    values: [branch, |]`, ['deliveries']],
    ['a file with Windows line ends', 'name: a\r\nsteps:\r\n  - name: a\r\n    script: |\r\n', ['bronze.py']],
  ] as const) {
    it(`offers ${wanted.join(', ')} for ${what}`, () => {
      const offered = labels(marked);
      for (const label of wanted) assert.ok(offered.includes(label), `${label} in ${offered.join(', ')}`);
    });
  }

  for (const [what, marked] of [
    ['a comment', 'name: a # |\n'],
    ['the text of a description', 'description: some w|\nname: a'],
    ['a text of several lines', 'description: >-\n  some wor|\nname: a'],
    ['arguments', 'steps:\n  - args: [|]\n'],
    ['what means nothing', 'nothing:\n  - |\n'],
    ['a colon without a blank', 'steps:\n  - script:|\n'],
  ] as const) {
    it(`offers nothing in ${what}`, () => {
      assert.deepEqual(labels(marked), []);
    });
  }

  it('does not offer what is there already', () => {
    assert.ok(!labels('name: a\n|').includes('name'));
    assert.ok(!labels(`${step}  - name: two\n    after: [one, |]\n`).includes('one'));
    assert.ok(
      !labels(`${step}  - name: two\n    after: [|]\n`).includes('two'),
      'a step does not wait for itself',
    );
  });

  it('replaces the whole word that the cursor is in', () => {
    const { text, offset } = at('steps:\n  - script: bro|nze.py\n');
    const place = placeAt(text, offset)!;
    assert.equal(text.slice(place.from, place.to), 'bronze.py');
  });

  it('keeps a colon that is there', () => {
    assert.equal(accept('steps:\n  - na|me: x\n', 'script'), 'steps:\n  - script: x\n');
  });

  it('writes a whole pipeline from nothing', () => {
    let text = accept('|', 'name');
    text = accept(`${text}shop\n|`, 'steps', 'one');
    text = `${text}bronze.py\n    |`;
    text = accept(text, 'writes', 'bronze/a');
    assert.deepEqual(pipelineProblems(text), []);
    assert.deepEqual(parse(text), {
      name: 'shop',
      steps: [{ name: 'one', script: 'bronze.py', writes: ['bronze/a'] }],
    });
  });

  const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
  const table = fc.tuple(fc.constantFrom('bronze', 'silver', 'gold'), name).map((parts) => parts.join('/'));
  const pipeline = fc.record({
    name,
    root: fc.constant('/data'),
    steps: fc.uniqueArray(
      fc.record(
        {
          name,
          description: fc.string({ maxLength: 20 }),
          script: fc.constantFrom(...facts.scripts),
          args: fc.array(fc.oneof(name, fc.integer()), { maxLength: 2 }),
          reads: fc.uniqueArray(table, { maxLength: 3 }),
          writes: fc.uniqueArray(table, { maxLength: 3 }),
        },
        { requiredKeys: ['name', 'script'] },
      ),
      { minLength: 1, maxLength: 4, selector: (one) => one.name },
    ),
    verify: fc.array(
      fc.record({
        table,
        key: name,
        values: fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
        sql: fc.constantFrom(...facts.sqlFiles),
      }),
      { maxLength: 2 },
    ),
  });
  const written = fc
    .tuple(pipeline, fc.boolean(), fc.constantFrom('PLAIN' as const, 'QUOTE_DOUBLE' as const), fc.boolean())
    .map(([value, flow, quotes, windows]) => {
      const text = stringify(value, {
        collectionStyle: flow ? 'flow' : 'any',
        defaultStringType: quotes,
        defaultKeyType: 'PLAIN',
        lineWidth: 0,
      });
      return windows ? text.replaceAll('\n', '\r\n') : text;
    });

  it('never fails, and replaces only on the line of the cursor, wherever it is in whatever text', () => {
    fc.assert(
      fc.property(written, fc.nat(), fc.nat(), fc.string({ maxLength: 5 }), (whole, cut, position, noise) => {
        const keep = cut % (whole.length + 1);
        const text = whole.slice(0, keep) + noise + whole.slice(keep + (cut % 7));
        const offset = position % (text.length + 1);
        const place = placeAt(text, offset);
        if (!place) return;
        assert.ok(place.from <= offset && offset <= place.to);
        assert.ok(!/[\r\n]/.test(text.slice(place.from, place.to)));
        completionsAt(place, facts);
      }),
      { numRuns: 200 },
    );
  });

  it('gives back each key and each value that it knows, wherever it is cut off', () => {
    let checked = 0;
    fc.assert(
      fc.property(written, fc.nat(), fc.nat(), (text, at, cut) => {
        const word = wordAt(text, at % (text.length + 1));
        if (!word) return;
        const quoted = /["']/.test(text[word.from]!) ? 1 : 0;
        const [from, to] = [word.from + quoted, word.to - quoted];
        const kept = from + (cut % (to - from + 1));
        const shortened = text.slice(0, kept) + text.slice(to);
        const last = word.path.findLast((key) => typeof key === 'string');
        const known = word.role === 'key' || last === 'script' || last === 'sql';
        if (!known || text.slice(from, to).includes('\\')) return;
        const place = placeAt(shortened, kept);
        assert.ok(place, `a place in ${JSON.stringify(shortened)} at ${kept}`);
        const chosen = completionsAt(place, facts).find(({ label }) => label === word.text);
        assert.ok(chosen, `${word.text} at ${kept} of ${JSON.stringify(shortened)}`);
        const whole = shortened.slice(0, place.from) + chosen.label + shortened.slice(place.to);
        assert.equal(whole, text);
        checked++;
      }),
      { numRuns: 300 },
    );
    assert.ok(checked > 50, `${checked} were looked at`);
  });
});

describe('a place in a pipeline file', () => {
  it('is described by the schema', () => {
    assert.match(schemaAt(['steps', 3, 'script'])?.description ?? '', /PySpark script/);
    assert.match(schemaAt(['steps', 0, 'reads'])?.description ?? '', /needs/);
    assert.equal(schemaAt(['steps', 0, 'reads', 1])?.type, 'string');
    assert.equal(schemaAt(['nothing']), undefined);
    assert.equal(schemaAt(['constructor']), undefined);
  });

  it('is the word under the cursor', () => {
    const word = wordAt(step, step.indexOf('bronze/a') + 3);
    assert.deepEqual([word?.role, word?.path, word?.text], ['value', ['steps', 0, 'writes', 0], 'bronze/a']);
  });
});
