import type { ChartSpec } from '../../src/chart/chartSpec.ts';
import type { ChartRow } from '../../src/chart/chartModel.ts';
import type { Column } from '../chart/chartChange.ts';

export interface Sample {
  spec: ChartSpec;
  columns: Column[];
  rows: ChartRow[];
}

/** The same numbers on each call: a picture must not change from one look to the next. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const branches = ['Berlin', 'Hamburg', 'München', 'Köln', 'Frankfurt', 'Stuttgart', 'Leipzig', 'Dresden'];
const states = ['delivered', 'under way', 'returned'];
const firstDay = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

const columns: Column[] = [
  { name: 'branch', type: 'string' },
  { name: 'state', type: 'string' },
  { name: 'day', type: 'timestamp' },
  { name: 'orders', type: 'bigint' },
  { name: 'hours', type: 'double' },
];

/** Orders per branch, state and day. */
function orders(days: number): ChartRow[] {
  const next = random(7);
  return Array.from({ length: days }, (_, day) =>
    branches.flatMap((branch, b) =>
      states.map((state, s) => ({
        ...{ branch, state, day: new Date(firstDay + day * dayMs) },
        orders: Math.round((8 - b) * (3 - s) * (6 + 4 * Math.sin(day / 7)) * (0.7 + 0.6 * next())),
        hours: Math.round(100 * (4 + b + 12 * next() ** 3)) / 100,
      })),
    ),
  ).flat();
}

const source = { table: 'gold/deliveriescount' };
const branch = { field: 'branch', title: 'Branch' };
const day = { field: 'day', title: 'Day' };
const sum = { field: 'orders', title: 'Orders', aggregate: 'sum' as const };
const byState = { field: 'state' };

const specs: Record<string, ChartSpec> = {
  horizontalBar: {
    ...{ title: 'Deliveries per branch', source, mark: 'horizontalBar', x: branch },
    y: { ...sum, title: 'Deliveries', unit: 'orders' },
    sort: { by: 'y', order: 'descending' },
  },
  bar: { title: 'Orders by state', source, mark: 'bar', x: branch, y: sum, color: byState },
  line: {
    ...{ title: 'Deliveries over time', source, mark: 'line' },
    description: 'Orders of each day, by their state now',
    ...{ x: { ...day, grain: 'day' }, y: sum, color: byState },
  },
  area: { title: 'Orders per week', source, mark: 'area', x: { ...day, grain: 'week' }, y: sum },
  scatter: {
    ...{ title: 'Hours against orders', source, mark: 'scatter' },
    x: { field: 'orders', title: 'Orders' },
    y: { field: 'hours', title: 'Time to deliver', unit: 'hours' },
    color: byState,
  },
  pie: { title: 'Where orders come from', source, mark: 'pie', x: branch, y: sum },
  histogram: {
    ...{ title: 'How long a delivery takes', source, mark: 'histogram' },
    ...{ x: { field: 'hours', title: 'Hours', bins: 24 }, y: { aggregate: 'count' } },
  },
  box: {
    ...{ title: 'Time to deliver per branch', source, mark: 'box', x: branch },
    y: { field: 'hours', title: 'Time to deliver', unit: 'hours', format: { decimals: 1 } },
  },
  heatMap: {
    ...{ title: 'Orders per branch and month', source, mark: 'heatMap' },
    ...{ x: { ...day, title: 'Month', grain: 'month' }, y: { field: 'branch' }, value: sum },
  },
};

const hostileTexts = [
  '<img src=x onerror="window.hacked=1">',
  '</script><script>window.hacked=1</script>',
  'constructor',
  '__proto__',
  '{a|rich} {b|text}',
  '\u202egnihtemos\u202c',
  'שלום עולם',
  '${1+1} {0} {b}: {c}',
];

function hostile(): Sample {
  const [first = ''] = hostileTexts;
  return {
    spec: {
      ...{ title: `Hostile ${first}`, description: hostileTexts[1]!, source: { table: first } },
      ...{ mark: 'bar', x: { field: 'name', title: first } },
      y: { field: 'constructor', title: hostileTexts[1]! },
    },
    columns: [
      { name: 'name', type: 'string' },
      { name: 'constructor', type: 'int' },
      { name: '<b>bold</b>', type: 'string' },
    ],
    rows: hostileTexts.map((name, i) => {
      // A field of its own, whatever its name.
      return Object.assign(Object.create(null) as ChartRow, {
        name,
        constructor: i + 1,
        '<b>bold</b>': name,
      });
    }),
  };
}

function points(count: number, mark: 'scatter' | 'line'): Sample {
  const next = random(11);
  let walk = 0;
  const rows = Array.from({ length: count }, (_, i) => {
    walk += next() - 0.5;
    return mark === 'line'
      ? { x: i, y: walk }
      : { x: next() * 100 + next() * 40, y: next() * 50 + next() * 50 };
  });
  return {
    spec: { title: `${count} points`, source, mark, x: { field: 'x' }, y: { field: 'y' } },
    columns: [
      { name: 'x', type: 'double' },
      { name: 'y', type: 'double' },
    ],
    rows,
  };
}

/** The chart of a case; by default the first one. */
export function sampleOf(name: string): Sample {
  switch (name) {
    case 'hostile':
      return hostile();
    case 'points100000':
      return points(100_000, 'scatter');
    case 'points1000000':
      return points(1_000_000, 'scatter');
    case 'line1000000':
      return points(1_000_000, 'line');
    case 'many':
      return {
        spec: {
          title: 'Rows of 200 customers',
          source,
          mark: 'bar',
          x: { field: 'customer' },
          y: { field: 'n' },
        },
        columns: [
          { name: 'customer', type: 'string' },
          { name: 'n', type: 'int' },
        ],
        rows: Array.from({ length: 200 }, (_, i) => ({ customer: `Customer ${i + 1}`, n: (i * 37) % 101 })),
      };
    case 'failedEdit':
      return { spec: { ...specs.bar!, y: { field: 'orders' } }, columns, rows: orders(60) };
    case 'empty':
      return { spec: specs.horizontalBar!, columns, rows: [] };
    default:
      return { spec: specs[name] ?? specs.horizontalBar!, columns, rows: orders(60) };
  }
}
