import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { Document } from 'yaml';
import { isWorkbenchError, type ErrorCode } from '../../../src/base/errors.ts';
import { addStep, placesOf, proposeStepName, type NewStep } from '../../../src/pipeline/addStep.ts';
import { parsePipeline } from '../../../src/pipeline/pipelineFile.ts';

const step: NewStep = {
  name: 'new',
  script: 'new.py',
  reads: ['bronze/a'],
  writes: ['silver/n', 'silver/m'],
};

const text = `# the shop
name: shop # of all
steps:
  # first comes
  - name: one
    script: one.py
    writes: [bronze/a] # raw
    # of one

  # second comes
  - name: two
    script: two.py
    reads:
      - bronze/a # what one writes

verify: []
# end
`;

const added = `  - name: new
    script: new.py
    reads: [bronze/a]
    writes: [silver/n, silver/m]
`;

function fails(text: string, one: NewStep, code: ErrorCode, words: string): void {
  assert.throws(
    () => addStep(text, one, 0),
    (error) => isWorkbenchError(error, code) && error.message.includes(words),
  );
}

describe('adding a step to a pipeline file', () => {
  it('puts it between others, and leaves their comments with them', () => {
    const { text: result, line } = addStep(text, step, 1);
    assert.equal(result, text.replace('    # of one\n\n', `    # of one\n\n${added}\n`));
    assert.equal(result.split('\n')[line], '  - name: new');
    assert.deepEqual(
      parsePipeline(result).steps.map(({ name }) => name),
      ['one', 'new', 'two'],
    );
  });

  it('puts it behind the last', () => {
    const { text: result } = addStep(text, step, 2);
    assert.equal(result, text.replace('# what one writes\n', `# what one writes\n\n${added}`));
    parsePipeline(result);
  });

  it('puts it before the first', () => {
    const { text: result } = addStep(text, { ...step, reads: [], writes: [] }, 0);
    const lines = '  - name: new\n    script: new.py\n\n';
    assert.equal(result, text.replace('steps:\n', `steps:\n${lines}`));
    parsePipeline(result);
  });

  it('does so in the retail pipeline', async () => {
    const retail = await readFile('pyspark/retail/pipeline.yaml', 'utf8');
    const { text: result } = addStep(retail, { ...step, writes: ['gold/n'] }, 4);
    const pipeline = parsePipeline(result);
    assert.deepEqual(
      pipeline.steps.map(({ name }) => name),
      ['bronze-history', 'bronze-orders', 'silver', 'gold', 'new'],
    );
    assert.deepEqual(pipeline.steps[4]?.reads, ['bronze/a']);
    for (const line of retail.split('\n')) assert.ok(result.split('\n').includes(line), line);
  });

  for (const [what, before, after] of [
    ['no steps', 'name: a', 'name: a\nsteps:\n  - name: new\n    script: new.py'],
    [
      'steps that are empty',
      'name: a\nsteps: # none\nverify: []\n',
      'name: a\nsteps: # none\n  - name: new\n    script: new.py\nverify: []\n',
    ],
    ['an empty list', 'name: a\nsteps: []\n', 'name: a\nsteps:\n  - name: new\n    script: new.py\n'],
    [
      'steps without indent',
      'name: a\nsteps:\n- name: b\n  script: b.py\n',
      'name: a\nsteps:\n- name: b\n  script: b.py\n- name: new\n  script: new.py\n',
    ],
    [
      'a wide indent and no last line end',
      'name: a\nsteps:\n    -   name: b\n        script: b.py',
      'name: a\nsteps:\n    -   name: b\n        script: b.py\n    -   name: new\n        script: new.py',
    ],
    [
      'Windows line ends',
      'name: a\r\nsteps:\r\n  - name: b\r\n    script: b.py\r\n',
      'name: a\r\nsteps:\r\n  - name: b\r\n    script: b.py\r\n  - name: new\r\n    script: new.py\r\n',
    ],
    [
      'a list in brackets',
      'name: a\nsteps: [{ name: b, script: b.py }]\n',
      'name: a\nsteps: [{ name: b, script: b.py }, { name: new, script: new.py }]\n',
    ],
    [
      'steps in braces',
      'name: a\nsteps:\n  - { name: b, script: b.py } # it\n',
      'name: a\nsteps:\n  - { name: b, script: b.py } # it\n  - name: new\n    script: new.py\n',
    ],
    [
      'a description of several lines',
      'name: a\nsteps:\n  - name: b\n    script: b.py\n    description: |\n      some\n\n      words\n\n',
      'name: a\nsteps:\n  - name: b\n    script: b.py\n    description: |\n      some\n\n      words\n  - name: new\n    script: new.py\n\n',
    ],
  ] as const) {
    it(`does so with ${what}`, () => {
      const { text: result } = addStep(before, { ...step, reads: [], writes: [] }, 9);
      assert.equal(result, after);
      parsePipeline(result);
    });
  }

  it('refuses what would be wrong, and says why', () => {
    fails(text, { ...step, name: 'one' }, 'exists', 'step one already');
    fails(text, { ...step, script: '../x.py' }, 'invalid', 'folder');
    fails(
      text,
      { ...step, reads: ['bronze/a'], writes: ['bronze/x', 'bronze/a'], name: 'a b' },
      'invalid',
      'name',
    );
    fails(
      text.replace('script: one.py', 'script: one.py\n    reads: [silver/n]'),
      step,
      'invalid',
      'wait for each other',
    );
    fails('steps: [', step, 'invalid', 'cannot be read');
    fails('- a', step, 'invalid', 'cannot be read');
  });

  it('changes nothing else, whatever the layout', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', '1.5', 'true'), { minLength: 1 });
    const words = fc.option(fc.constantFrom('some words', 'two\nlines\n', '# no comment', "it's: so"), {
      nil: undefined,
    });
    const layout = fc.record({
      indent: fc.integer({ min: 2, max: 6 }),
      indentSeq: fc.boolean(),
      collectionStyle: fc.constantFrom('any' as const, 'flow' as const, 'block' as const),
      blockQuote: fc.constantFrom(true as const, 'folded' as const, 'literal' as const),
    });
    fc.assert(
      fc.property(
        names,
        words,
        layout,
        fc.nat(6),
        fc.boolean(),
        (steps, description, options, index, isSpaced) => {
          const value = {
            name: 'shop',
            steps: steps.map((name) => ({ name, script: `${name}.py`, ...(description && { description }) })),
            properties: { 'spark.x': 1 },
          };
          const document = new Document(value);
          const list = document.get('steps') as {
            items: { spaceBefore?: boolean; comment?: string | null }[];
          };
          if (options.collectionStyle !== 'flow') {
            for (const item of list.items) Object.assign(item, { spaceBefore: isSpaced, comment: ' of it' });
          }
          const before = document.toString(options);
          const { text: after, line } = addStep(before, step, index);
          const pipeline = parsePipeline(after);
          const at = Math.min(index, steps.length);
          assert.deepEqual(
            pipeline.steps.map(({ name }) => name),
            [...steps.slice(0, at), 'new', ...steps.slice(at)],
          );
          const { name, script, reads, writes } = pipeline.steps[at]!;
          assert.deepEqual({ name, script, reads, writes }, step);
          assert.deepEqual(pipeline.steps.toSpliced(at, 1), parsePipeline(before).steps);
          assert.ok(after.split('\n')[line]!.includes('new'));
          const comments = (one: string): number => one.split('# of it').length;
          assert.equal(comments(after), comments(before));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('the place of a step', () => {
  const steps = [
    { reads: [], writes: ['bronze/a'] },
    { reads: ['bronze/a'], writes: ['silver/b'] },
    { reads: ['silver/b'], writes: ['gold/c'] },
  ];
  for (const [what, reads, writes, places] of [
    ['the end first', [], [], [3, 2, 1, 0]],
    ['behind what it reads', ['silver/b'], ['gold/d'], [3, 2]],
    ['before who reads it', [], ['bronze/a'], [1, 0]],
    ['between', ['bronze/a'], ['silver/b'], [2, 1]],
    ['behind what it reads, if both cannot be had', ['gold/c'], ['bronze/a'], [3]],
  ] as const) {
    it(`is ${what}`, () => assert.deepEqual(placesOf({ reads, writes }, steps), places));
  }

  it('is proposed with a name of its own', () => {
    assert.equal(proposeStepName('steps/silver.py', []), 'silver');
    assert.equal(proposeStepName('silver.py', ['silver', 'silver-2']), 'silver-3');
    assert.equal(proposeStepName('_my step!.py', []), 'my-step-');
    assert.equal(proposeStepName('é.py', []), 'step');
  });
});
