import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../../src/base/errors.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import type { Preview } from '../../../../src/lake/preview/preview.ts';
import type { Row } from '../../../../src/lake/table.ts';
import { LocalSource } from '../../../support/localSource.ts';
import { MemoryFiles, noted } from './memoryFiles.ts';

const root = 'test/fixtures/preview/avro';
const open = (name: string): Promise<Preview> => openPreview(new LocalSource(root), `/${name}`);
const golden = (): Row[] => (JSON.parse(readFileSync(`${root}/rows.json`, 'utf8')) as { rows: Row[] }).rows;

/** Zigzag and a byte for each seven bits. */
function long(value: bigint | number): number[] {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const sync = Array.from({ length: 16 }, (_, i) => i);
const text = (value: string): number[] => [...long(Buffer.byteLength(value)), ...Buffer.from(value)];

function container(schema: unknown, rows: number | bigint, data: number[], codec = 'null'): Buffer {
  return Buffer.from([
    ...Buffer.from('Obj\x01', 'latin1'),
    ...long(2),
    ...text('avro.schema'),
    ...text(JSON.stringify(schema)),
    ...text('avro.codec'),
    ...text(codec),
    0,
    ...sync,
    ...long(rows),
    ...long(data.length),
    ...data,
    ...sync,
  ]);
}

const openBytes = (content: Buffer): Promise<Preview> =>
  openPreview(new MemoryFiles({ '/a.avro': content }), '/a.avro');

describe('a look into an Avro file', () => {
  for (const codec of ['null', 'deflate', 'snappy', 'zstandard']) {
    it(`${codec}: shows what Avro's own library wrote`, async () => {
      const preview = await open(`${codec}.avro`);
      assert.deepEqual((await preview.rows(0, 1000)).map(noted), golden());
      assert.deepEqual(preview.rowCount(), { rows: 200, isFinal: true });
      assert.deepEqual(await preview.rows(100, 102, { columns: ['int'] }), [{ int: -100 }, { int: -101 }]);
      assert.equal(preview.metadata?.().find(({ key }) => key === 'note')?.value, 'from a test');
    });
  }

  it('names types as Spark does', async () => {
    assert.deepEqual(
      (await open('null.avro')).columns.map(
        ({ name, type, nullable }) => `${name} ${type}${nullable ? '?' : ''}`,
      ),
      [
        'id bigint',
        'int int',
        'float float',
        'double double',
        'boolean boolean',
        'string string?',
        'bytes binary',
        'fixed binary',
        'enum string',
        'list array<bigint>',
        'map map<string,int>',
        'inner struct<c:string>',
        'again struct<c:string>?',
        'date date',
        'millis timestamp',
        'micros timestamp',
        'local timestamp_ntz',
        'decimal decimal(20,2)',
        'wide bigint',
        'mixed struct<member0:string,member1:double>?',
      ],
    );
  });

  it('refuses codecs and schemas that it does not know', async () => {
    await assert.rejects(open('bzip2.avro'), /packed with bzip2/);
    const list = { type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] };
    await assert.rejects(openBytes(container(list, 1, [0])), /recursive/);
    // Each type names the one before twice.
    let laughs: unknown = 'null';
    for (let i = 0; i < 40; i++) {
      laughs = {
        type: 'record',
        name: `R${i}`,
        fields: [{ name: 'a', type: laughs }, ...(i > 0 ? [{ name: 'b', type: `R${i - 1}` }] : [])],
      };
    }
    await assert.rejects(openBytes(container(laughs, 1, [0])), { code: 'unsupported' });
    await assert.rejects(openBytes(Buffer.from('Obj\x01rubbish')), { code: 'protocol' });
  });

  it('believes no count', async () => {
    const list = { type: 'array', items: 'string' };
    for (const [schema, rows, data] of [
      [list, 1, [...long(2n ** 60n), 0]],
      [list, 1, [...long(-(2n ** 60n)), 0, 0]],
      [{ type: 'array', items: 'null' }, 1, [...long(2n ** 40n), 0]],
      ['null', 2n ** 50n, []],
      ['long', 2n ** 40n, [0]],
      ['string', 1, long(2n ** 50n)],
    ] as const) {
      await assert.rejects(
        async () => (await openBytes(container(schema, rows, [...data]))).rows(0, 10),
        (error) => isWorkbenchError(error, 'protocol', 'unsupported'),
      );
    }
    const bomb = [...deflateRawSync(Buffer.alloc(200 * 1024 * 1024))];
    await assert.rejects(
      async () => (await openBytes(container('long', 1000, bomb, 'deflate'))).rows(0, 10),
      { code: 'protocol' },
    );
  });

  it('shows the blocks before one that is damaged', async () => {
    const content = readFileSync(`${root}/null.avro`);
    const preview = await openBytes(content.subarray(0, Math.floor(content.length / 2)));
    const rows = await preview.rows(0, 1000);
    assert.ok(rows.length > 10 && rows.length < 150, String(rows.length));
    assert.deepEqual(rows.map(noted), golden().slice(0, rows.length));
    assert.match(preview.notes.join(), /damaged/);
  });

  it('gives rows or an error of ours, and ends, whatever bytes are altered', async () => {
    const content = readFileSync(`${root}/deflate.avro`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(content.length - 1), fc.nat(255)), { minLength: 1, maxLength: 10 }),
        async (changes) => {
          const altered = Buffer.from(content);
          for (const [at, byte] of changes) altered[at] = byte;
          try {
            await (await openBytes(altered)).rows(0, 500);
          } catch (error) {
            assert.ok(isWorkbenchError(error), error instanceof Error ? error.stack : String(error));
          }
        },
      ),
      { numRuns: 200 },
    );
  }).timeout(60_000);
});
