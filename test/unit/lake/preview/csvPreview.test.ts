import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { csvSplitter, type Dialect, type Fields } from '../../../../src/lake/preview/csvSplit.ts';
import { openPreview } from '../../../../src/lake/preview/openPreview.ts';
import type { OpenPreviewOptions, Preview } from '../../../../src/lake/preview/preview.ts';
import { MemoryFiles } from './memoryFiles.ts';

const open = (
  content: string | Buffer,
  name = '/a.csv',
  options: OpenPreviewOptions = {},
): Promise<Preview> => openPreview(new MemoryFiles({ [name]: content }), name, options);

const typesOf = ({ columns }: Preview): string[] => columns.map(({ name, type }) => `${name} ${type}`);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function split(
  text: string,
  size: number,
  dialect: Dialect,
): Promise<{ rows: Fields[]; ends: number[] }> {
  const rows: Fields[] = [];
  const ends: number[] = [];
  for await (const { value, end } of csvSplitter(dialect, '/x')(inPieces(Buffer.from(text), size))) {
    rows.push(value);
    ends.push(end);
  }
  return { rows, ends };
}

const comma: Dialect = { delimiter: ',', escape: '"' };

/** Quotes what has to be quoted, and what is empty text. */
function written(rows: readonly Fields[], { delimiter, escape }: Dialect, lineEnd: string): string {
  const field = (text: string | null): string => {
    if (text === null) return '';
    if (text !== '' && !/["\r\n]/.test(text) && !text.includes(delimiter)) return text;
    const inner = escape === '"' ? text.replaceAll('"', '""') : text.replace(/["\\]/g, (it) => `\\${it}`);
    return `"${inner}"`;
  };
  return rows.map((row) => row.map(field).join(delimiter) + lineEnd).join('');
}

const text = fc.string({
  unit: fc.constantFrom('a', 'ü', '😀', '"', ',', ';', '\n', '\r', '\\', ' ', '1'),
  maxLength: 8,
});
// A row of one null is an empty line, which is passed over.
const rows = fc.array(fc.array(fc.option(text), { minLength: 2, maxLength: 4 }), { maxLength: 12 });

describe('splitting CSV', () => {
  it('reads back what was written, whatever the pieces that it comes in', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('"' as const, '\\' as const),
        async (values, size, lineEnd, delimiter, escape) => {
          const dialect = { delimiter, escape };
          const whole = written(values, dialect, lineEnd);
          const { rows: read, ends } = await split(whole, size, dialect);
          assert.deepEqual(read, values);
          // From each end on, the rest reads as the rest.
          const at = Math.floor(ends.length / 2);
          const rest = Buffer.from(whole)
            .subarray(ends[at - 1] ?? 0)
            .toString();
          assert.deepEqual((await split(rest, size, dialect)).rows, values.slice(at));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('takes text as text where a quote is not at the beginning, or goes on behind the end', async () => {
    const { rows: read } = await split('5" tv,"a" b,"c""d"\n"e"x\n', 3, comma);
    assert.deepEqual(read, [['5" tv', '"a" b', 'c"d'], ['"e"x']]);
  });

  it('ends on any bytes, with rows or an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 20 }),
        async (bytes, size) => {
          const files = new MemoryFiles({ '/x.csv': Buffer.from(bytes) });
          try {
            const preview = await openPreview(files, '/x.csv', { header: false });
            await preview.rows(0, 1000);
            for await (const { end } of csvSplitter(comma, '')(inPieces(Buffer.from(bytes), size))) {
              assert.ok(end <= bytes.length);
            }
          } catch (error) {
            assert.equal((error as Error).name, 'WorkbenchError', (error as Error).stack);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a look into a CSV file', () => {
  it('shows rows with the types that their texts have', async () => {
    const preview = await open(
      '\ufeffid;price;day;at;ok;zip;name\r\n1;2.50;2024-02-29;2024-02-29T12:00:00.000001Z;true;01234;"a;b\r\nc"\r\n2;;;;false;99999;ü\r\n',
    );
    assert.deepEqual(typesOf(preview), [
      'id bigint',
      'price double',
      'day date',
      'at timestamp',
      'ok boolean',
      'zip string',
      'name string',
    ]);
    const [first, second] = await preview.rows(0, 10);
    assert.equal((first?.at as Date).toISOString(), '2024-02-29T12:00:00.000001Z');
    assert.deepEqual(
      { ...first, at: null },
      { id: 1, price: 2.5, day: '2024-02-29', at: null, ok: true, zip: '01234', name: 'a;b\r\nc' },
    );
    assert.deepEqual(second, { id: 2, price: null, day: null, at: null, ok: false, zip: '99999', name: 'ü' });
    assert.deepEqual(preview.rowCount(), { rows: 2, isFinal: true });
  });

  it('never rounds: what a number cannot hold is shown as it is written', async () => {
    const preview = await open(
      'a,b,c\n1,0.1,x\n9007199254740993,0.12345678901234567890,x\n12345678901234567890,1e999,x\n',
    );
    assert.deepEqual(await preview.rows(0, 3, { columns: ['a', 'b'] }), [
      { a: '1', b: '0.1' },
      { a: '9007199254740993', b: '0.12345678901234567890' },
      { a: '12345678901234567890', b: '1e999' },
    ]);
    const longs = await open('a,b\n1,x\n9007199254740993,x\n-9223372036854775808,x\n');
    assert.deepEqual(typesOf(longs), ['a bigint', 'b string']);
    assert.deepEqual(
      (await longs.rows(0, 3)).map(({ a }) => a),
      [1, 9007199254740993n, -9223372036854775808n],
    );
  });

  it('shows a value as text that comes later and does not fit its column', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => `${i},x`).join('\n');
    const preview = await open(`n,t\n${many}\nn/a,x\n007,x\n`);
    assert.deepEqual(typesOf(preview), ['n bigint', 't string']);
    assert.deepEqual(await preview.rows(2999, 3002, { columns: ['n'] }), [
      { n: 2999 },
      { n: 'n/a' },
      { n: '007' },
    ]);
  });

  it('takes rows of any length, and adds columns for longer ones', async () => {
    const many = 'x,y\n'.repeat(2000);
    const preview = await open(`a,b\n1\n2,3\n${many}4,5,6\n`);
    assert.deepEqual(await preview.rows(0, 2), [
      { a: '1', b: null },
      { a: '2', b: '3' },
    ]);
    assert.deepEqual(await preview.rows(2002, 2003), [{ a: '4', b: '5', _c2: 6 }]);
    assert.deepEqual(
      preview.columns.map(({ name }) => name),
      ['a', 'b', '_c2'],
    );
  });

  it('knows an empty file, a header alone, and rows without a header', async () => {
    const empty = await open('');
    assert.deepEqual(
      [empty.columns, await empty.rows(0, 5), empty.rowCount()],
      [[], [], { rows: 0, isFinal: true }],
    );
    const header = await open('a,b\n');
    assert.deepEqual(typesOf(header), ['a string', 'b string']);
    assert.deepEqual(header.rowCount(), { rows: 0, isFinal: true });
    assert.deepEqual(typesOf(await open('1,x\n2,y\n')), ['_c0 bigint', '_c1 string']);
    assert.deepEqual(typesOf(await open('a,a,b\n1,2,3\n')), ['_c0 string', '_c1 string', '_c2 string']);
    assert.deepEqual(typesOf(await open('1,x\n2,y\n', '/a.csv', { header: true })), ['1 bigint', 'x string']);
  });

  it('finds the delimiter', async () => {
    for (const delimiter of [',', ';', '\t', '|']) {
      const preview = await open(`a${delimiter}b\n1${delimiter}"x,y;z|w"\n2${delimiter}z\n`);
      assert.deepEqual(typesOf(preview), ['a bigint', 'b string'], delimiter);
    }
    assert.deepEqual(typesOf(await open('a,b\n', '/a.tsv')), ['a,b string']);
  });

  it('says so where bytes are no UTF-8, and refuses what is no text', async () => {
    const preview = await open(Buffer.from('a,b\n1,\xe9\n', 'latin1'));
    assert.deepEqual(await preview.rows(0, 1), [{ a: 1, b: '�' }]);
    assert.match(preview.notes.join(), /no UTF-8/);
    await assert.rejects(open(Buffer.from('\ufeffa,b', 'utf16le')), /UTF-16/);
    await assert.rejects(open(Buffer.from([1, 2, 0, 3])), /no text/);
  });

  it('shows what comes before a quote that is never closed, and says why there is no more', async () => {
    const preview = await open('a,b\n1,x\n2,"y\n3,z\n');
    assert.deepEqual(await preview.rows(0, 10), [{ a: 1, b: 'x' }]);
    assert.deepEqual(preview.rowCount(), { rows: 1, isFinal: true });
    assert.match(preview.notes.join(), /quote is not closed/);
    const long = await open(`a,b\n1,x\n2,"${'y'.repeat(9_000_000)}`);
    assert.match(long.notes.join(), /longer than 4 MB|not closed/);
  });

  it('reads a window of a big file in one or two chunks, and going back costs nothing', async () => {
    const line = (i: number): string => `${i},"row ${i}",${i / 8}\n`;
    const content = `id,text,n\n${Array.from({ length: 200_000 }, (_, i) => line(i)).join('')}`;
    const files = new MemoryFiles({ '/big.csv': content });
    const preview = await openPreview(files, '/big.csv');
    assert.equal((await preview.rows(0, 100)).length, 100);
    assert.ok(files.bytesRead <= 512 * 1024, String(files.bytesRead));
    assert.ok(!preview.rowCount().isFinal);
    const { estimate } = preview.rowCount();
    assert.ok(estimate && estimate > 150_000 && estimate < 400_000, String(estimate));
    assert.deepEqual(await preview.rows(150_000, 150_001), [{ id: 150_000, text: 'row 150000', n: 18_750 }]);
    assert.deepEqual(await preview.rows(5, 6), [{ id: 5, text: 'row 5', n: 0.625 }]);
    files.bytesRead = 0;
    assert.deepEqual(await preview.rows(75_000, 75_001), [{ id: 75_000, text: 'row 75000', n: 9375 }]);
    assert.ok(files.bytesRead <= 512 * 1024, String(files.bytesRead));
    assert.equal((await preview.rows(199_990, 300_000)).length, 10);
    assert.deepEqual(preview.rowCount(), { rows: 200_000, isFinal: true });
  });

  it('gives windows that are slices of the whole', async () => {
    const content = Array.from({ length: 5000 }, (_, i) => `${i},"${'x'.repeat(i % 50)}\n${i}"\n`).join('');
    const whole = await (await open(content)).rows(0, 10_000);
    assert.equal(whole.length, 5000);
    const preview = await open(content);
    await fc.assert(
      fc.asyncProperty(fc.nat(6000), fc.nat(1500), async (start, length) => {
        assert.deepEqual(await preview.rows(start, start + length), whole.slice(start, start + length));
      }),
      { numRuns: 30 },
    );
  });

  it('reads gzip from its start, also of several members, and again for what was forgotten', async () => {
    const line = (i: number): string => `${i},${Buffer.from(`${i}`).toString('hex').repeat(8)}\n`;
    const half = (from: number): Buffer =>
      gzipSync(Array.from({ length: 200_000 }, (_, i) => line(from + i)).join(''));
    const preview = await open(Buffer.concat([half(0), half(200_000)]), '/a.csv.gz', { header: false });
    assert.match(preview.notes.join(), /gzip/);
    assert.equal((await preview.rows(399_999, 400_010))[0]?._c0, 399_999);
    assert.deepEqual(preview.rowCount(), { rows: 400_000, isFinal: true });
    assert.equal((await preview.rows(3, 4))[0]?._c0, 3);
    const cut = await open(half(0).subarray(0, 200_000), '/a.csv.gz', { header: false });
    await cut.rows(0, 400_000);
    assert.match(cut.notes.join(), /cut short/);
    await assert.rejects(open('no gzip', '/a.csv.gz'), /cannot be unpacked/);
  }).timeout(60_000);

  it('can be cancelled, and goes on afterwards', async () => {
    const files = new MemoryFiles({ '/a.csv': `a,b\n${'1,2\n'.repeat(1_000_000)}` });
    const preview = await openPreview(files, '/a.csv');
    const controller = new AbortController();
    files.beforeRead = () => files.reads > 5 && controller.abort();
    await assert.rejects(preview.rows(900_000, 900_001, { signal: controller.signal }), {
      code: 'cancelled',
    });
    files.beforeRead = () => {};
    assert.equal((await preview.rows(999_999, 1_000_001)).length, 1);
  }).timeout(30_000);
});
