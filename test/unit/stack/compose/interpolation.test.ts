import assert from 'node:assert/strict';
import fc from 'fast-check';
import { interpolate, variablesOf, type Lookup } from '../../../../src/stack/compose/interpolation.ts';

const from =
  (variables: Record<string, string>): Lookup =>
  (name) =>
    variables[name];

describe('interpolate', () => {
  const cases: [template: string, variables: Record<string, string>, result: string][] = [
    ['plain', {}, 'plain'],
    ['$A-${A}', { A: 'x' }, 'x-x'],
    ['[$A]', {}, '[]'],
    ['$$A', { A: 'x' }, '$A'],
    ['${A:-d}', {}, 'd'],
    ['${A:-d}', { A: '' }, 'd'],
    ['${A-d}', { A: '' }, ''],
    ['${A-d}', {}, 'd'],
    ['${A:+o}', { A: 'x' }, 'o'],
    ['${A:+o}', { A: '' }, ''],
    ['${A+o}', { A: '' }, 'o'],
    ['${A:?no}', { A: 'x' }, 'x'],
    ['${A?no}', { A: '' }, ''],
    ['${A:-${B:-c}}d', {}, 'cd'],
    ['${A:-${B:-c}}d', { B: 'b' }, 'bd'],
    ['${A:-x$$y}', {}, 'x$y'],
    ['${A:-${B:?never asked}}', { A: 'a' }, 'a'],
    ['${A:-http://h:1/p?q=-1}', {}, 'http://h:1/p?q=-1'],
    ['${A:-{"a": {"b": 1}}}!', {}, '{"a": {"b": 1}}!'],
    ['${A:-{"a": {"b": 1}}}!', { A: 'x' }, 'x!'],
    ['$(date) $1 $', {}, '$(date) $1 $'],
  ];
  for (const [template, variables, result] of cases) {
    it(`${template} with ${JSON.stringify(variables)}`, () => {
      assert.equal(interpolate(template, from(variables)), result);
    });
  }

  it('says which required variable is missing, and why it is needed', () => {
    assert.throws(() => interpolate('${A:?set the ${B:-key}}', from({})), {
      code: 'invalid',
      message: 'The variable A is required: set the key.',
    });
  });

  for (const template of ['${', '${A', '${A:-b', '${}', '${1}', '${A:b}', '${A:-${B}']) {
    it(`refuses ${template}`, () => {
      assert.throws(() => interpolate(template, from({})), { code: 'invalid' });
    });
  }

  it('gives any text back whose dollar signs are doubled', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(interpolate(text.replaceAll('$', '$$$$'), from({})), text);
      }),
    );
  });

  it('ends for any text, with a result or an error of ours', () => {
    const noise = fc
      .array(fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'A', ' '))
      .map((p) => p.join(''));
    fc.assert(
      fc.property(noise, (text) => {
        try {
          interpolate(text, from({}));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalid');
        }
      }),
    );
  });

  it('agrees with a model of its operators, nested at will', () => {
    interface Case {
      template: string;
      result: (lookup: Lookup) => string;
    }
    const literal = fc
      .string()
      .map((text) => text.replace(/[${}]/g, ''))
      .map((text): Case => ({ template: text, result: () => text }));
    const { template } = fc.letrec<{ template: Case; reference: Case }>((tie) => ({
      template: fc
        .array(fc.oneof({ maxDepth: 4 }, literal, tie('reference')), { maxLength: 3 })
        .map((parts) => ({
          template: parts.map((part) => part.template).join(''),
          result: (lookup) => parts.map((part) => part.result(lookup)).join(''),
        })),
      reference: fc
        .record({
          name: fc.constantFrom('A', 'B_2', '_c'),
          operator: fc.constantFrom(':-', '-', ':+', '+'),
          word: tie('template'),
        })
        .map(({ name, operator, word }) => ({
          template: `\${${name}${operator}${word.template}}`,
          result: (lookup) => {
            const value = lookup(name);
            const isSet = operator.startsWith(':') ? Boolean(value) : value !== undefined;
            if (operator.endsWith('-')) return isSet ? value! : word.result(lookup);
            return isSet ? word.result(lookup) : '';
          },
        })),
    }));
    const variables = fc.dictionary(fc.constantFrom('A', 'B_2', '_c'), fc.string());
    fc.assert(
      fc.property(template, variables, (one, values) => {
        assert.equal(interpolate(one.template, from(values)), one.result(from(values)));
      }),
    );
  });
});

describe('variablesOf', () => {
  it('finds all, nested ones too, with the defaults as written', () => {
    assert.deepEqual(variablesOf('$A ${B:-${C-1}} ${D:+x} $$E'), [
      { name: 'A' },
      { name: 'B', fallback: '${C-1}' },
      { name: 'C', fallback: '1' },
      { name: 'D' },
    ]);
  });
});
