import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readDotEnv, readRawEnv } from '../../../../src/stack/compose/dotenv.ts';

function read(text: string, shell: Record<string, string> = {}): Record<string, string> {
  const variables = new Map<string, string>();
  readDotEnv(text, '.env', variables, (name) => shell[name]);
  return Object.fromEntries(variables);
}

describe('readDotEnv', () => {
  const cases: [text: string, variables: Record<string, string>][] = [
    ['A=1\nB = 2 \n', { A: '1', B: '2' }],
    ['\uFEFFA=1', { A: '1' }],
    ['# c\n\n  A=1 # c\nB=a#b', { A: '1', B: 'a#b' }],
    ['export A=1\nexport  B=2', { A: '1', B: '2' }],
    ['A: 1', { A: '1' }],
    ['A=\nB=', { A: '', B: '' }],
    ["A='$B \\n' # c", { A: '$B \\n' }],
    ["A='it\\'s'", { A: "it's" }],
    ['A="x\\ty\\n\\"z\\" \\$B $$B"', { A: 'x\ty\n"z" $B $B' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['A=1\nB=${A}2${C:-3}', { A: '1', B: '123' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['a.b-c[0]=1', { 'a.b-c[0]': '1' }],
  ];
  for (const [text, variables] of cases) {
    it(JSON.stringify(text), () => assert.deepEqual(read(text), variables));
  }

  it('takes names alone from the shell, whose values come first in others, too', () => {
    assert.deepEqual(read('A\nB\nC=1\nD=$C\n', { A: 'a', C: 'shell' }), { A: 'a', C: '1', D: 'shell' });
  });

  it('names the line of a mistake', () => {
    assert.throws(() => read('A=1\n\n# c\nB!=2'), { code: 'invalid', message: /^\.env:4: "!"/ });
    assert.throws(() => read('A=1\nB="x\ny'), { code: 'invalid', message: /^\.env:2: .*quote/ });
    assert.throws(() => read('A=1\nB=${C:?set it}'), { code: 'invalid', message: /^\.env:2: .*set it/ });
    assert.throws(() => read('A B=1'), { code: 'invalid', message: /^\.env:1: .*space/ });
  });

  it('gives back any text in single quotes', () => {
    const text = fc.string().filter((value) => !/['\\]/.test(value));
    fc.assert(
      fc.property(text, (value) => assert.deepEqual(read(`A='${value}'\nB=1`), { A: value, B: '1' })),
    );
  });

  it('ends for any text', () => {
    const noise = fc
      .array(fc.constantFrom('A', '=', '"', "'", '\n', '#', ' ', '\\', '$', '{', '}', ':'))
      .map((p) => p.join(''));
    fc.assert(
      fc.property(noise, (text) => {
        try {
          read(text);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalid');
        }
      }),
    );
  });
});

describe('readRawEnv', () => {
  it('takes lines as they are', () => {
    const variables = new Map<string, string>();
    readRawEnv('# c\nA="x" # $B\n  C= y\nD\nE\n', 'raw.env', variables, (name) =>
      name === 'D' ? 'd' : undefined,
    );
    assert.deepEqual(Object.fromEntries(variables), { A: '"x" # $B', C: ' y', D: 'd' });
    assert.throws(() => readRawEnv('A B=1', 'raw.env', variables), {
      code: 'invalid',
      message: /^raw\.env:1:/,
    });
  });
});
