import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { loadPipeline, parsePipeline, pipelineProblems } from '../../../src/pipeline/pipelineFile.ts';

const good = `name: shop
steps:
  - name: one
    script: one.py
    writes: [bronze/a]
  - name: two
    script: steps/two.py
    args: [x, 3]
    reads: [bronze/a]
    writes: [gold/b]
verify:
  - { table: gold/b, key: k, values: [v], sql: b.sql }
`;

describe('a pipeline file', () => {
  it('is read with its defaults', () => {
    const pipeline = parsePipeline(good, 'shop.yaml');
    assert.equal(pipeline.root, '/data');
    assert.deepEqual(
      pipeline.steps.map(({ name, args, reads, after }) => ({ name, args, reads, after })),
      [
        { name: 'one', args: [], reads: [], after: [] },
        { name: 'two', args: ['x', '3'], reads: ['bronze/a'], after: [] },
      ],
    );
    assert.equal(pipeline.verify[0]?.sql, 'b.sql');
  });

  for (const [what, text, line, column, words] of [
    [
      'a word that means nothing',
      good.replace('    writes: [bronze/a]', '    write: [bronze/a]'),
      5,
      5,
      'write',
    ],
    ['a wrong value', good.replace('script: one.py', 'script: one.txt'), 4, 13, '.py'],
    ['a missing script', good.replace('    script: one.py\n', ''), 3, 5, 'needs "script"'],
    ['a path out of the folder', good.replace('one.py', '../one.py'), 4, 13, 'below'],
    ['an absolute path', good.replace('one.py', '/one.py'), 4, 13, 'relative'],
    ['the same name twice', good.replace('name: two', 'name: one'), 6, 11, 'called one too'],
    ['an unknown step', good.replace('args: [x, 3]', 'after: [zero]'), 8, 13, 'no step zero'],
    ['a table that nobody writes', good.replace('table: gold/b', 'table: gold/c'), 12, 14, 'gold/c'],
    ['broken YAML', good.replace('[bronze/a]', '[bronze/a'), 6, 3, ''],
    ['the same key twice', `${good}name: shop\n`, 13, 1, 'unique'],
    ['no pipeline at all', '', 1, 1, 'object'],
  ] as const) {
    it(`points at ${what}`, () => {
      const [problem] = pipelineProblems(text);
      assert.ok(problem);
      assert.deepEqual([problem.line, problem.column], [line, column], problem.message);
      assert.ok(problem.message.includes(words), problem.message);
    });
  }

  it('names the steps of a cycle', () => {
    const text = good.replace('writes: [bronze/a]', 'writes: [bronze/a]\n    reads: [gold/b]');
    assert.match(pipelineProblems(text)[0]!.message, /one -> two -> one|two -> one -> two/);
  });

  it('says file, line and column of everything that is wrong', () => {
    const text = good.replace('one.py', 'one').replace('two.py', 'two');
    assert.throws(
      () => parsePipeline(text, 'my.yaml'),
      (error) =>
        isWorkbenchError(error, 'invalid') && /^my\.yaml:4:13: .*\nmy\.yaml:7:13: /.test(error.message),
    );
  });

  it('is the one that ships, with all its files', async () => {
    const pipeline = await loadPipeline('pyspark/retail/pipeline.yaml');
    assert.deepEqual(
      pipeline.steps.map((step) => step.name),
      ['bronze-history', 'bronze-orders', 'silver', 'gold'],
    );
  });

  it('that is not there is not found', async () => {
    await assert.rejects(loadPipeline('none.yaml'), (error) => isWorkbenchError(error, 'not-found'));
  });

  it('never throws anything but a sentence with a place, whatever its text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => stringify(value)),
      fc
        .tuple(fc.nat(good.length), fc.string({ maxLength: 5 }))
        .map(([at, s]) => good.slice(0, at) + s + good.slice(at)),
    );
    fc.assert(
      fc.property(text, (value) => {
        const lines = value.split(/\r\n|\r|\n/).length;
        for (const { line, column } of pipelineProblems(value)) {
          assert.ok(line >= 1 && line <= lines + 1 && column >= 1, `${line}:${column} of ${lines} lines`);
        }
      }),
    );
  });

  it('comes back from its own YAML', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
    const steps = fc.uniqueArray(
      fc.record({
        name: word,
        script: word.map((w) => `${w}.py`),
        args: fc.array(fc.string(), { maxLength: 3 }),
      }),
      { minLength: 1, maxLength: 5, selector: (step) => step.name },
    );
    fc.assert(
      fc.property(word, steps, (name, list) => {
        const pipeline = parsePipeline(stringify({ name, steps: list }));
        assert.deepEqual(
          pipeline.steps.map((step) => ({ name: step.name, script: step.script, args: step.args })),
          list.map((step) => ({ ...step })),
        );
      }),
    );
  });
});
