import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseDurationMs, parsePort, splitWords } from '../../../src/stack/composeValues.ts';

describe('parseDurationMs', () => {
  for (const [text, ms] of [
    ['10s', 10_000],
    ['1h2m3s4ms', 3_723_004],
    ['1.5s', 1_500],
    ['0', 0],
    ['250us', 0.25],
    ['', undefined],
    ['10', undefined],
    ['s', undefined],
    ['-1s', undefined],
    ['1s x', undefined],
  ] as const) {
    it(`${text} is ${ms}`, () => assert.equal(parseDurationMs(text), ms));
  }
});

describe('splitWords', () => {
  it('splits as a shell does', () => {
    assert.deepEqual(splitWords(`a  'b c' "d \\" \\n" e\\ f ''`), ['a', 'b c', 'd " \\n', 'e f', '']);
    assert.equal(splitWords(`a "b`), undefined);
  });

  it('gives back words that were put in single quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
        assert.deepEqual(splitWords(quoted.join(' ')), words);
      }),
    );
  });
});

describe('parsePort', () => {
  it('gives back what was written', () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const ip = fc.option(fc.ipV4(), { nil: undefined });
    fc.assert(
      fc.property(port, port, ip, fc.constantFrom('tcp', 'udp'), (published, target, hostIp, protocol) => {
        const text = `${hostIp === undefined ? '' : `${hostIp}:`}${published}:${target}/${protocol}`;
        assert.deepEqual(parsePort(text), { ...(hostIp && { hostIp }), published, target, protocol });
      }),
    );
  });
});
