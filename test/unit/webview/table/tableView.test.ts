import assert from 'node:assert/strict';
import type { Filter, WireCell } from '../../../../src/vscode/tables/tableProtocol.ts';
import { CellText, timeFormat, offsetText } from '../../../../webview/table/cellText.ts';
import { viewRows, type ViewOptions } from '../../../../webview/table/tableView.ts';

const micros = (iso: string): WireCell => ({
  t: 'timestamp',
  text: String(BigInt(Date.parse(iso)) * 1000n),
});
const types = ['bigint', 'string', 'timestamp'];
const table: WireCell[][] = [
  [3, 'Bern', micros('2024-05-01T10:00:00Z')],
  [null, 'Zürich', micros('2024-05-01T23:30:00Z')],
  [{ t: 'long', text: '9007199254740993' }, 'bern', null],
  [1234567, '', micros('2024-05-02T00:00:00Z')],
  [3, null, micros('2023-01-01T00:00:00Z')],
];

describe('what a table view shows of the loaded rows', () => {
  const view = (options: Partial<ViewOptions>, zone = 'UTC'): number[] =>
    viewRows(
      {
        rows: table.map((_row, i) => i),
        columnCount: 3,
        cell: (row, column) => table[row]?.[column],
        writer: (column) => new CellText(types[column]!, { language: 'en', zone }),
      },
      { sort: undefined, filters: [], search: '', ...options },
    );
  const filtered = (column: number, is: Filter['is'], value = '', zone = 'UTC'): number[] =>
    view({ filters: [{ column, is, value }] }, zone);

  it('sorts exactly, keeps the order of equal ones, and has nulls last either way', () => {
    assert.deepEqual(view({ sort: { column: 0, descending: false } }), [0, 4, 3, 2, 1]);
    assert.deepEqual(view({ sort: { column: 0, descending: true } }), [2, 3, 0, 4, 1]);
  });

  it('filters numbers by value, with all their digits', () => {
    assert.deepEqual(filtered(0, 'equals', '3.0'), [0, 4]);
    assert.deepEqual(filtered(0, 'equals', '9,007,199,254,740,993'), [2]);
    assert.deepEqual(filtered(0, 'equals', '9007199254740992'), []);
    assert.deepEqual(filtered(0, 'greater', '3'), [2, 3]);
    assert.deepEqual(filtered(0, 'less', 'three'), []);
    assert.deepEqual(filtered(0, 'contains', '234'), [3]);
  });

  it('filters texts and nulls', () => {
    assert.deepEqual(filtered(1, 'equals', 'Bern'), [0]);
    assert.deepEqual(filtered(1, 'equals', ''), [3]);
    assert.deepEqual(filtered(1, 'contains', 'BERN'), [0, 2]);
    assert.deepEqual(filtered(1, 'null'), [4]);
    assert.deepEqual(filtered(2, 'notNull'), [0, 1, 3, 4]);
  });

  it('filters times in the zone they are shown in', () => {
    assert.deepEqual(filtered(2, 'greater', '2024-05-01 23:00'), [1, 3]);
    assert.deepEqual(filtered(2, 'equals', '2024-05-02'), [3]);
    assert.deepEqual(filtered(2, 'less', '2024-05-01'), [4]);
    assert.deepEqual(filtered(2, 'equals', '2024-05-02 01:30', 'Europe/Zurich'), [1]);
  });

  it('searches what is shown, and plain digits', () => {
    assert.deepEqual(view({ search: 'zür' }), [1]);
    assert.deepEqual(view({ search: '1,234,567' }), [3]);
    assert.deepEqual(view({ search: '1234567' }), [3]);
    assert.deepEqual(view({ search: '2023-01' }), [4]);
  });
});

describe('the text of a cell', () => {
  const text = (cell: WireCell, type = '', language = 'en'): string =>
    new CellText(type, { language, zone: 'UTC' }).text(cell);

  it('writes numbers in the language, and rounds none', () => {
    assert.equal(text(1234567), '1,234,567');
    assert.equal(text(1234.5, 'double', 'de'), '1.234,5');
    assert.equal(text(2 / 3), '0.6666666666666666');
    assert.equal(text({ t: 'long', text: '9007199254740993' }), '9,007,199,254,740,993');
    assert.equal(text(1e300), '1e+300');
    assert.equal(text(-1e-9), '-1e-9');
    assert.equal(text({ t: 'float', text: 'NaN' }), 'NaN');
  });

  it('writes decimals with the digits of their type', () => {
    assert.equal(text(1.1, 'decimal(10,2)'), '1.10');
    assert.equal(
      text({ t: 'decimal', text: '12345678901234567890.123456789012345678' }, 'decimal(38,18)'),
      '12,345,678,901,234,567,890.123456789012345678',
    );
  });

  it('writes times in a zone, with their microseconds', () => {
    const utc = timeFormat('UTC');
    assert.equal(utc(1_700_000_000_123_456n), '2023-11-14 22:13:20.123456');
    assert.equal(utc(-1n), '1969-12-31 23:59:59.999999');
    assert.equal(utc(0n), '1970-01-01 00:00:00');
    assert.equal(utc(-62_167_219_200_000_000n), '0000-01-01 00:00:00');
    const zurich = timeFormat('Europe/Zurich');
    assert.equal(zurich(BigInt(Date.UTC(2024, 2, 31, 0, 59, 59)) * 1000n), '2024-03-31 01:59:59');
    assert.equal(zurich(BigInt(Date.UTC(2024, 2, 31, 1, 0, 0)) * 1000n), '2024-03-31 03:00:00');
    assert.equal(timeFormat('Asia/Kolkata')(1n), '1970-01-01 05:30:00.000001');
    assert.equal(offsetText('Europe/Zurich', BigInt(Date.UTC(2024, 6, 1)) * 1000n), '+02:00');
    assert.equal(timeFormat('No/Such_Zone')(0n), '1970-01-01 00:00:00');
  });
});
