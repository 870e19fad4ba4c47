import { WorkbenchError } from '../../src/base/errors.ts';
import type { Preview, PreviewColumn } from '../../src/lake/preview/preview.ts';
import { decimalValue, integerOf, Timestamp } from '../../src/lake/values.ts';

type Row = Record<string, unknown>;

/** A table that is made up as it is read. */
export interface Sample {
  columns: PreviewColumn[];
  rows: number;
  /** The row of a number, the same whenever it is asked for. */
  row: (number: number) => Row;
  /** How long an answer takes, in milliseconds. */
  delayMs?: number;
  format?: Preview['format'];
  notes?: string[];
  hasVersions?: boolean;
  /** Rows that are known before anything was read. */
  knownRows?: number;
}

const states = ['DELIVERED', 'SHIPPED', 'ORDERED', 'CANCELLED', 'RETURNED'];
const cities = ['Zürich', 'São Paulo', 'Tōkyō', 'Reykjavík', 'Nairobi', 'Montréal', 'Kraków', 'Wellington'];
const start = 1_700_000_000_000_000n;

function column(name: string, type: string, more: Partial<PreviewColumn> = {}): PreviewColumn {
  return { name, type, nullable: true, ...more };
}

function mixed(n: number): number {
  let x = (n + 1) * 2654435761;
  x = Math.imul(x ^ (x >>> 15), 2246822519);
  return (x ^ (x >>> 13)) >>> 0;
}

const orders: Sample = {
  hasVersions: true,
  rows: 10_000_000,
  columns: [
    column('order_id', 'bigint', { nullable: false, nullCount: 0, min: 1, max: 10_000_000 }),
    column('ordered_at', 'timestamp', { comment: 'When the branch took the order.' }),
    column('branch', 'string'),
    column('state', 'string'),
    column('items', 'int', { nullCount: 0, min: 1, max: 12 }),
    column('amount', 'decimal(10,2)'),
    column('discount', 'double'),
    column('delivered_on', 'date'),
    column('note', 'string', { nullCount: 7_500_000 }),
  ],
  row(n) {
    const m = mixed(n);
    const state = states[Math.min(4, Math.floor((m % 100) / 30))]!;
    return {
      order_id: n + 1,
      ordered_at: new Timestamp(start + BigInt(n) * 61_000_137n),
      branch: cities[m % cities.length],
      state,
      items: 1 + Math.floor(((m % 1000) / 1000) ** 2 * 12),
      amount: decimalValue(BigInt(500 + ((m >>> 7) % 250_000)), 10, 2),
      discount: m % 9 === 0 ? null : (m % 40) / 160,
      delivered_on: state === 'DELIVERED' ? `2024-0${1 + (m % 9)}-1${m % 10}` : null,
      note: m % 4 === 0 ? `Leave it with the neighbours, bell ${m % 90}` : null,
    };
  },
};

const types: Sample = {
  rows: 40,
  format: 'parquet',
  columns: [
    column('id', 'int'),
    column('exact', 'bigint'),
    column('money', 'decimal(38,18)'),
    column('ratio', 'double'),
    column('flag', 'boolean'),
    column('text', 'string'),
    column('bytes', 'binary'),
    column('at', 'timestamp'),
    column('local', 'timestamp_ntz'),
    column('tags', 'array<string>'),
    column('address', 'struct<city:string,place:struct<lat:double,lon:double>>'),
    column('scores', 'map<string,bigint>'),
  ],
  row(n) {
    if (n % 10 === 7) return Object.fromEntries(types.columns.map(({ name }) => [name, null]));
    return {
      id: n,
      exact: integerOf(9_007_199_254_740_993n + BigInt(n)),
      money: decimalValue(12_345_678_901_234_567_890_123_456_789n + BigInt(n), 38, 18),
      ratio: [Number.NaN, Infinity, -0, 1e300, 2 / 3][n % 5],
      flag: n % 2 === 0,
      text: n === 3 ? `${'A long text. '.repeat(400)}The end.` : `row ${n}\nsecond line`,
      bytes: Uint8Array.from({ length: n === 4 ? 4_000 : 12 }, (_x, i) => (i * 37 + n) % 256),
      at: new Timestamp(start + BigInt(n) * 3_600_000_001n),
      local: `2024-02-29T12:34:${String(n % 60).padStart(2, '0')}.789012`,
      tags: Array.from({ length: n === 5 ? 20_000 : n % 4 }, (_x, i) => `tag ${i}`),
      address: { city: cities[n % cities.length], place: { lat: 47.37 + n, lon: 8.54 } },
      scores: { north: n, south: integerOf(2n ** 60n), none: null },
    };
  },
};

const wide: Sample = {
  rows: 100_000,
  format: 'parquet',
  columns: Array.from({ length: 600 }, (_x, i) => column(`measure_${String(i).padStart(3, '0')}`, 'double')),
  row: (n) => Object.fromEntries(wide.columns.map(({ name }, i) => [name, mixed(n * 601 + i) / 1e6])),
};

/** The last letters are shown as what they are, not done. */
const bad = '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>';
const hostile: Sample = {
  rows: 30,
  format: 'json',
  notes: [`A note of ${bad}`],
  columns: [
    column(bad, 'string'),
    column('__proto__', 'string'),
    column('constructor', 'bigint'),
    column('', 'string'),
    column('a\u202egnidaer\tb', 'string', { comment: bad }),
    column('x'.repeat(400), `struct<${'deep:'.repeat(200)}>`),
  ],
  row(n) {
    const row = Object.create(null) as Row;
    row[bad] = `${bad} ${n}`;
    for (const name of ['__proto__', 'constructor']) row[name] = name === 'constructor' ? n : `proto ${n}`;
    row[''] = `javascript:alert(${n})`;
    row['a\u202egnidaer\tb'] = `\u202etxet desrever ${n}\u0000\u001b[2J`;
    row['x'.repeat(400)] = { [bad]: [bad, { [bad]: n }] };
    return row;
  },
};

const samples: Record<string, Sample> = {
  millions: orders,
  session: orders,
  changed: { ...orders, rows: 5_000 },
  types,
  wide,
  hostile,
  growing: { ...orders, hasVersions: false, format: 'csv', rows: 5_000, knownRows: 1_000 },
  empty: { ...orders, rows: 0, hasVersions: false, format: 'parquet' },
};

export function sampleOf(name: string): Sample {
  return samples[name] ?? orders;
}

/** How many rows were asked for, for tests. */
export interface Reads {
  count: number;
  cancelled: number;
}

export function samplePreview(sample: Sample, version: number, reads: Reads): Preview {
  // Each version has a thousand rows less than the next one.
  const rows = sample.hasVersions === true ? Math.max(0, sample.rows - (12 - version) * 1_000) : sample.rows;
  let known = sample.knownRows ?? rows;
  const delayMs = sample.delayMs ?? 15;
  return {
    path: '/data/gold/orders',
    format: sample.format ?? 'delta',
    columns: sample.columns,
    bytes: 434_112_000,
    ...(sample.hasVersions === true && { version }),
    lastChange: new Date(Date.UTC(2026, 10, 27, 9, 41)),
    notes: sample.notes ?? [],
    rowCount: () => ({ rows: known, isFinal: known === rows }),
    async rows(start, end, { signal, columns } = {}) {
      reads.count++;
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      if (signal?.aborted === true) {
        reads.cancelled++;
        throw new WorkbenchError('cancelled', 'It was cancelled.');
      }
      if (end >= known) known = Math.min(rows, known + 2_000);
      const names = columns ?? sample.columns.map(({ name }) => name);
      return Array.from({ length: Math.max(0, Math.min(end, rows) - start) }, (_x, i) => {
        const row = sample.row(start + i);
        const taken = Object.create(null) as Row;
        for (const name of names) taken[name] = row[name];
        return taken;
      });
    },
    facts: () => [
      { label: 'Codec', value: 'zstd' },
      { label: 'Written by', value: 'parquet-mr version 1.16.0' },
      { label: 'Files', value: '12' },
    ],
    rowGroups: () =>
      Array.from({ length: 12 }, (_x, i) => ({
        path: `/data/gold/orders/part-${String(i).padStart(5, '0')}.zstd.parquet`,
        firstRow: 0,
        rows: Math.floor(rows / 12),
        bytes: 36_000_000 + i,
        plainBytes: 91_000_000,
        codecs: ['ZSTD'],
      })),
    metadata: () => [
      { key: 'delta.minReaderVersion', value: '3' },
      { key: 'delta.enableDeletionVectors', value: 'true' },
    ],
    ...(sample.hasVersions === true && {
      history: (limit: number) =>
        Promise.resolve(
          Array.from({ length: 13 }, (_x, i) => 12 - i)
            .slice(0, limit)
            .map((one) => ({
              version: one,
              timestamp: new Date(Date.UTC(2026, 10, 27, 9, 41) - (12 - one) * 3_600_000),
              operation: one % 3 === 0 ? 'MERGE' : 'WRITE',
              operationParameters: { mode: 'Append', partitionBy: '[]' },
              operationMetrics: { numOutputRows: '1000', numFiles: '1' },
              userMetadata: undefined,
            })),
        ),
    }),
  };
}
