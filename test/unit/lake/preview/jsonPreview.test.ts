import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { parseJson } from '../../../../src/lake/preview/exactJson.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import type { Preview } from '../../../../src/lake/preview/preview.ts';
import { MemoryFiles } from './memoryFiles.ts';

const open = (content: string | Buffer, name: string): Promise<Preview> =>
  openPreview(new MemoryFiles({ [name]: content }), name);

describe('JSON without rounding', () => {
  it('is what the engine makes of it, but for numbers that a double cannot hold', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), (text) => {
        const value = parseJson(text, 'x');
        const plain = JSON.stringify(value, (_, inner: unknown) =>
          typeof inner === 'bigint'
            ? Number(inner)
            : typeof inner === 'string' && /^-?\d+\.?\d*([eE]|$)/.test(inner)
              ? '#'
              : inner,
        );
        const expected = JSON.stringify(JSON.parse(text), (_, inner: unknown) =>
          typeof inner === 'string' && /^-?\d+\.?\d*([eE]|$)/.test(inner) ? '#' : inner,
        );
        assert.equal(plain, expected);
      }),
    );
    assert.deepEqual(
      parseJson('[9007199254740993,0.1,12345678901234567890123,1.5e3,0.12345678901234567890]', ''),
      [9007199254740993n, 0.1, 12345678901234567890123n, 1500, '0.12345678901234567890'],
    );
  });

  it('keeps __proto__ as a key, on both ways', () => {
    for (const number of ['1', '12345678901234567890']) {
      const value = parseJson(`{"__proto__":${number}}`, '') as object;
      assert.equal(Object.getPrototypeOf(value), Object.prototype);
      assert.deepEqual(Object.keys(value), ['__proto__']);
    }
  });

  it('refuses what is nested without end', () => {
    for (const text of [
      '['.repeat(100_000),
      `${'{"a":'.repeat(5000)}12345678901234567890${'}'.repeat(5000)}`,
    ]) {
      assert.throws(() => parseJson(text, 'It'), { code: 'unsupported' });
    }
  });
});

describe('a look into a JSON file', () => {
  it('takes an array for rows, and tells the types of their keys', async () => {
    const preview = await open(
      '\ufeff[{"a":1,"b":[1,2],"c":{"d":"x"}},{"a":9007199254740993,"e":true},{"a":null,"e":0.5},7]',
      '/a.json',
    );
    assert.equal(preview.format, 'json');
    assert.deepEqual(
      preview.columns.map(({ name, type }) => `${name} ${type}`),
      ['a bigint', 'b array<bigint>', 'c struct<d:string>', 'e string', 'value bigint'],
    );
    assert.deepEqual(await preview.rows(1, 4, { columns: ['a', 'e', 'value'] }), [
      { a: 9007199254740993n, e: true, value: null },
      { a: null, e: 0.5, value: null },
      { a: null, e: null, value: 7 },
    ]);
  });

  it('takes one value for one row, and nothing for none', async () => {
    assert.deepEqual(await (await open('{\n"a": {"b": 1}\n}', '/a.json')).rows(0, 5), [{ a: { b: 1 } }]);
    assert.deepEqual(await (await open('"x"', '/a.json')).rows(0, 5), [{ value: 'x' }]);
    assert.deepEqual((await open(' \n', '/a.json')).rowCount(), { rows: 0, isFinal: true });
  });

  it('knows lines of values by their look, as Spark names them .json', async () => {
    const preview = await open('{"a":1}\n\n{"a":2,"z":"new"}\n', '/a.json');
    assert.equal(preview.format, 'jsonl');
    assert.deepEqual(await preview.rows(0, 5), [
      { a: 1, z: null },
      { a: 2, z: 'new' },
    ]);
    assert.equal((await open(gzipSync('[{"a":1}]'), '/a.json.gz')).format, 'json');
    assert.equal((await open(gzipSync('{"a":1}\n{"a":2}'), '/a.json.gz')).format, 'jsonl');
  });

  it('adds columns when rows have new keys', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify(i < 2500 ? { a: i } : { a: i, late: 'x' }),
    );
    const preview = await open(lines.join('\r\n'), '/a.jsonl');
    assert.equal(preview.columns.length, 1);
    assert.deepEqual(await preview.rows(2999, 3005), [{ a: 2999, late: 'x' }]);
    assert.deepEqual(
      preview.columns.map(({ name, type }) => `${name} ${type}`),
      ['a bigint', 'late string'],
    );
    assert.deepEqual(await preview.rows(0, 1), [{ a: 0, late: null }]);
  });

  it('shows the lines before one that is no JSON, and says which it is', async () => {
    const preview = await open('{"a":1}\n{"a":\n{"a":3}\n', '/a.ndjson');
    assert.deepEqual(await preview.rows(0, 5), [{ a: 1 }]);
    assert.match(preview.notes.join(), /not JSON/);
    await assert.rejects(open('{"a":', '/a.jsonl'), { code: 'protocol' });
    await assert.rejects(open('{"a":', '/a.json'), { code: 'protocol' });
  });

  it('refuses a document that is too long to be read whole, and a line that is', async () => {
    await assert.rejects(open(`[\n${'"0123456789",\n'.repeat(2_600_000)}1]`, '/a.json'), /JSONL/);
    await assert.rejects(open(`"${'x'.repeat(5_000_000)}"\n`, '/a.jsonl'), /longer than 4 MB/);
    await assert.rejects(open('['.repeat(1_000_000), '/a.jsonl'), { code: 'unsupported' });
  });
});
