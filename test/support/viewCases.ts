// Views of a small table as the page itself makes them, for the session's to be held against: test/fixtures/session/views.json.
import { rowValue } from '../../src/session/rowValues.ts';
import type { Filter, Sort } from '../../src/vscode/tables/tableProtocol.ts';
import { wireCell } from '../../src/vscode/tables/wireCell.ts';
import { CellText } from '../../webview/table/cellText.ts';
import { viewRows } from '../../webview/table/tableView.ts';

/** A value as `medallion_kernel/row_values.py` sends it. */
type Sent = unknown;

export interface ViewCase {
  sort?: Sort;
  filters: Filter[];
  search: string;
  zone: string;
  language: string;
  /** Numbers of the rows that are shown, in their order. */
  rows: number[];
}

export interface ViewCases {
  columns: { name: string; type: string }[];
  rows: Sent[][];
  views: ViewCase[];
}

interface Column {
  name: string;
  type: string;
  values: Sent[];
  /** What people write in filters of it. */
  texts: string[];
}

const rowCount = 60;
const viewCount = 80;
const micros = (iso: string, more = 0): Sent => ({ t: Date.parse(iso) * 1000 + more });
const local = (iso: string, more = 0): Sent => ({ n: Date.parse(`${iso}Z`) * 1000 + more });

const columns: Column[] = [
  {
    ...{ name: 'big', type: 'bigint' },
    values: [0, 3, -3, 1_234_567, 42, { l: '9007199254740993' }, { l: '-9223372036854775808' }, null],
    texts: ['3', '3.0', '3.5', '-3', '1,234,567', '234', '9007199254740992', '9,007,199,254,740,993', '1e3'],
  },
  {
    ...{ name: 'small', type: 'int' },
    values: [1, 2, 10, 1000, -1, 2_147_483_647, null],
    texts: ['1', '2', '10.0', '1,000', '0.5', '99999999999', '-99999999999', 'NaN', 'infinity', 'ten', ' 2 '],
  },
  {
    ...{ name: 'money', type: 'decimal(10,2)' },
    values: [1.1, 1234.5, -0.05, 0, 99_999_999.99, null],
    texts: ['1.1', '1.10', '1.105', '1,234.5', '1234', '.5', '-0.05', '1e2', '123456789012'],
  },
  {
    ...{ name: 'exact', type: 'decimal(38,18)' },
    values: [
      { d: '12345678901234567890.123456789012345678' },
      { d: '1.500000000000000000' },
      { d: '-0.000000000000000001' },
      null,
    ],
    texts: ['1.5', '12345678901234567890.123456789012345678', '0', '-0.0000000000000000001', '345,678'],
  },
  {
    ...{ name: 'ratio', type: 'double' },
    values: [
      ...[
        0.1,
        1.5,
        1234.5,
        -2.25,
        100,
        123_456_789.125,
        0.000_25,
        1e-7,
        1.5e-9,
        1e15,
        2 ** 53,
        1e21,
        2.5e300,
      ],
      ...[0, { f: '-0' }, { f: 'NaN' }, { f: 'Infinity' }, { f: '-Infinity' }, null],
    ],
    texts: [
      '0.1',
      '1.5',
      '1,234.5',
      '0',
      '-0',
      'nan',
      'Infinity',
      '1e21',
      '1e-7',
      '100',
      '0.10000000000000001',
      '-2',
    ],
  },
  {
    ...{ name: 'text', type: 'string' },
    values: ['Bern', 'bern', 'Zürich', 'ÅNGSTRÖM', '', ' a ', '1,234', '3', '%_\\`"\'', 'true', null],
    texts: ['bern', 'Bern', 'ü', 'ångström', '', ' a ', '%_', '\\`"\'', '3', 'B', "' OR 1=1 --"],
  },
  { name: 'flag', type: 'boolean', values: [true, false, null], texts: ['true', 'TRUE', 'f', '1'] },
  {
    ...{ name: 'day', type: 'date' },
    values: [{ D: 0 }, { D: 19_782 }, { D: 19_783 }, { D: -1 }, null],
    texts: ['2024-02-29', '2024', '1970-01-01', '2024-03', '1969'],
  },
  {
    ...{ name: 'at', type: 'timestamp' },
    values: [
      micros('2024-05-01T10:00:00Z'),
      micros('2024-05-01T23:30:00.250Z'),
      micros('2024-05-02T00:00:00Z', 1),
      micros('2024-03-31T00:59:59.999Z', 999),
      micros('2024-10-27T01:30:00Z'),
      micros('1969-12-31T23:59:59Z', 999_999),
      null,
    ],
    texts: [
      ...['2024-05-01', '2024-05-02 01:30', '2024-05-01T10:00:00Z', '2024-05', '10:00', '1970-01-01', '.25'],
      ...['2024-05-01 23:30:00.25', '2024-10-27 02:30:00', 'yesterday'],
    ],
  },
  {
    ...{ name: 'wall', type: 'timestamp_ntz' },
    values: [
      local('2024-02-29T12:34:56'),
      local('2024-02-29T12:34:56', 100_000),
      local('1999-12-31T00:00:00'),
      null,
    ],
    texts: ['2024-02-29', '2024-02-29T12:34:56', '12:34', '.1', '2000'],
  },
  {
    ...{ name: 'bytes', type: 'binary' },
    values: [{ b: 'AP8=' }, { b: '' }, { b: Buffer.alloc(100, 7).toString('base64') }, null],
    texts: ['0x00ff', '00FF', '0707', 'bytes', '0x'],
  },
  {
    ...{ name: 'tags', type: 'array<string>' },
    values: [{ a: ['new', 'Red'] }, { a: [] }, { a: [null, 'x"y'] }, null],
    texts: ['red', '[]', '["new","Red"]', 'null', 'x'],
  },
  {
    ...{ name: 'place', type: 'struct<city:string,no:int>' },
    values: [
      {
        s: [
          ['city', 'Bern'],
          ['no', 3],
        ],
      },
      {
        s: [
          ['city', null],
          ['no', null],
        ],
      },
      null,
    ],
    texts: ['bern', '"no":3', 'null', '{'],
  },
];

const zones = ['UTC', 'Europe/Zurich', 'Asia/Kolkata', 'America/New_York'];

/** The same numbers on each call. */
function draws(seed: number): <T>(from: readonly T[]) => T {
  let state = seed;
  return (from) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return from[Math.floor((state / 4_294_967_296) * from.length)]!;
  };
}

const writers = new Map<string, CellText>();

/** Making one takes longer than a view does. */
function writer(type: string, style: { zone: string; language: string }): CellText {
  const key = JSON.stringify([type, style]);
  const made = writers.get(key) ?? new CellText(type, style);
  writers.set(key, made);
  return made;
}

/** Makes rows and views by chance, and has the page's own code say what each view shows. */
export function viewCases(): ViewCases {
  const draw = draws(20_261_127);
  const rows = Array.from({ length: rowCount }, () => columns.map(({ values }) => draw(values)));
  const cells = rows.map((row) => row.map((sent, i) => wireCell(rowValue(sent), columns[i]!.type)));
  const numbers = columns.map((_column, i) => i);
  const views = Array.from({ length: viewCount }, (_view, n): ViewCase => {
    const filters = Array.from({ length: draw([0, 1, 1, 1, 2]) }, (): Filter => {
      // Each column has its turn.
      const column = draw([n % columns.length, n % columns.length, draw(numbers)]);
      const is = draw([
        'contains',
        'equals',
        'less',
        'greater',
        'equals',
        'less',
        'greater',
        'null',
        'notNull',
      ] as const);
      const hasValue = is !== 'null' && is !== 'notNull';
      return {
        column,
        is,
        value: hasValue ? draw(draw([columns[column]!, columns[column]!, draw(columns)]).texts) : '',
      };
    });
    const search = draw([0, 0, 1]) === 1 ? draw(draw(columns).texts) : '';
    const sort = draw([true, false]) ? { column: draw(numbers), descending: draw([true, false]) } : undefined;
    const options = { filters, search, ...(sort && { sort }) };
    const style = { zone: draw(zones), language: draw(['en', 'en', 'de']) };
    const shown = viewRows(
      {
        rows: rows.map((_row, i) => i),
        columnCount: columns.length,
        cell: (row, column) => cells[row]?.[column],
        writer: (column) => writer(columns[column]!.type, style),
      },
      { sort: undefined, ...options },
    );
    return { ...options, ...style, rows: shown };
  });
  return { columns: columns.map(({ name, type }) => ({ name, type })), rows, views };
}
