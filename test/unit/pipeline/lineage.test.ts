import assert from 'node:assert/strict';
import fc from 'fast-check';
import { freshnessOf } from '../../../src/pipeline/freshness.ts';
import { lineageOf, type Lineage } from '../../../src/pipeline/lineage.ts';
import type { OutlineStep } from '../../../src/pipeline/pipelineOutline.ts';

function step(name: string, reads: string[], writes: string[]): OutlineStep {
  return { name, reads, writes, line: 0, endLine: 0, script: undefined };
}

function columns({ nodes }: Lineage): string[][] {
  const all: string[][] = [];
  for (const { column, id } of nodes) (all[column] ??= []).push(id);
  return all;
}

const retail = [
  step('history', [], ['bronze/history']),
  step('orders', [], ['bronze/orders']),
  step('silver', ['bronze/orders', 'bronze/history'], ['silver/all']),
  step('gold', ['silver/all'], ['gold/count', 'gold/avg']),
];
const sources = new Map([
  ['history', 'retail.history'],
  ['orders', 'retail.orders'],
]);
const chart = { file: 'file:///p/a.chart.json', title: 'A', table: 'gold/avg' };

describe('the lineage of a pipeline', () => {
  it('goes from the sources over the layers to the charts', () => {
    const lineage = lineageOf(retail, sources, [chart], 'Source');
    assert.deepEqual(columns(lineage), [
      ['source:retail.history', 'source:retail.orders'],
      ['table:bronze/history', 'table:bronze/orders'],
      ['table:silver/all'],
      ['table:gold/count', 'table:gold/avg'],
      ['chart:file:///p/a.chart.json'],
    ]);
    assert.deepEqual(
      lineage.edges.filter(({ to }) => to === 'table:silver/all').map(({ from }) => from),
      ['table:bronze/orders', 'table:bronze/history'],
    );
    assert.equal(lineage.nodes.find(({ label }) => label === 'gold/avg')?.step, 'gold');
  });

  it('has one source for all that is not known', () => {
    const lineage = lineageOf(retail, new Map(), [], 'Source');
    assert.deepEqual(columns(lineage)[0], ['source:']);
    assert.equal(lineage.nodes[0]?.label, 'Source');
  });

  it('puts a table right of what it is made from, within a layer too', () => {
    const lineage = lineageOf([...retail, step('more', ['gold/avg'], ['gold/top'])], sources, [], 'Source');
    const column = (id: string): number => lineage.nodes.find((node) => node.id === id)!.column;
    assert.equal(column('table:gold/top'), column('table:gold/avg') + 1);
  });

  it('leaves out charts of other tables, and steps that write nothing', () => {
    const lineage = lineageOf([step('print', [], [])], new Map(), [chart], 'Source');
    assert.deepEqual(lineage, { nodes: [], edges: [] });
  });

  it('ends, and keeps every table once, whatever the steps', () => {
    const table = fc.constantFrom('bronze/a', 'silver/b', 'gold/c', 'd', 'gold/e');
    const tables = fc.uniqueArray(table, { maxLength: 3 });
    const steps = fc.array(fc.tuple(tables, tables), { maxLength: 6 });
    fc.assert(
      fc.property(steps, (wiring) => {
        const all = wiring.map(([reads, writes], i) => step(`s${i}`, reads, writes));
        const { nodes, edges } = lineageOf(all, new Map(), [], 'Source');
        const ids = nodes.map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        for (const name of new Set(wiring.flat(2))) assert.ok(ids.includes(`table:${name}`), name);
        for (const { from, to } of edges) assert.ok(ids.includes(from) && ids.includes(to));
        const used = [...new Set(nodes.map(({ column }) => column))].sort((a, b) => a - b);
        assert.deepEqual(
          used,
          used.map((_, i) => i),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('the freshness of a table', () => {
  const minute = 60_000;
  const now = Date.parse('2026-01-01T12:00:00Z');
  const ago = (minutes: number): Date => new Date(now - minutes * minute);
  for (const [what, facts, wanted] of [
    ['one that is not there', { lastChange: undefined, refreshedAt: undefined, inputs: [] }, 'absent'],
    ['one that has just changed', { lastChange: ago(1), refreshedAt: undefined, inputs: [ago(2)] }, 'fresh'],
    [
      'one whose input has changed since',
      { lastChange: ago(5), refreshedAt: ago(5), inputs: [ago(2)] },
      'behind',
    ],
    [
      'one that was looked at since, and had nothing to take',
      { lastChange: ago(90), refreshedAt: ago(1), inputs: [ago(2)] },
      'fresh',
    ],
    ['an old one', { lastChange: ago(90), refreshedAt: ago(70), inputs: [ago(95)] }, 'stale'],
  ] as const) {
    it(`is ${wanted} for ${what}`, () => assert.equal(freshnessOf(facts, now, 60 * minute), wanted));
  }
});
