import type { OutlineStep } from './pipelineOutline.ts';

export interface LineageNode {
  /** Unique: `source:retail.orders`, `table:bronze/orders`, `chart:/p/a.chart.json`. */
  id: string;
  kind: 'source' | 'table' | 'chart';
  /** `retail.orders`, `bronze/orders`, the chart's title. */
  label: string;
  column: number;
  /** Tables: the step that writes it, the first one where several do. */
  step?: string;
  /** Charts: their file. */
  file?: string;
}

/** `to` is made from `from`. */
export interface LineageEdge {
  from: string;
  to: string;
}

export interface Lineage {
  nodes: LineageNode[];
  edges: LineageEdge[];
}

export interface LineageChart {
  /** Identifies it: a URI. */
  file: string;
  title: string;
  table: string;
}

const layerColumns: Readonly<Record<string, number>> = { bronze: 1, silver: 2, gold: 3 };

/**
 * The tables of a pipeline from left to right: sources, then each table right of all that it is made from, and at least
 * in its layer's column, then the charts. `sources` names, by step, what a step reads that no step writes; a step without
 * inputs whose source is not known gets one node named `unknown`.
 */
export function lineageOf(
  steps: readonly OutlineStep[],
  sources: ReadonlyMap<string, string>,
  charts: readonly LineageChart[],
  unknown: string,
): Lineage {
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, LineageEdge>();
  const add = (node: LineageNode): string => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  const table = (name: string): string =>
    add({
      id: `table:${name}`,
      kind: 'table',
      label: name,
      column: layerColumns[name.split('/')[0]!] ?? 1,
    });
  const link = (from: string, to: string): void => {
    // A step may read what it writes; that is no arrow.
    if (from !== to) edges.set(`${from} ${to}`, { from, to });
  };
  for (const step of steps) {
    if (step.name === undefined) continue;
    const source = sources.get(step.name);
    const inputs =
      step.reads.length > 0 && source === undefined
        ? step.reads.map(table)
        : [
            ...step.reads.map(table),
            add({
              id: `source:${source ?? ''}`,
              kind: 'source',
              label: source ?? unknown,
              column: 0,
            }),
          ];
    for (const name of step.writes) {
      const id = table(name);
      nodes.get(id)!.step ??= step.name;
      for (const input of inputs) link(input, id);
    }
    if (step.writes.length === 0) removeUnused(inputs, nodes, edges);
  }
  place(nodes, edges);
  const written = new Set([...nodes.values()].map(({ label }) => label));
  const last = Math.max(0, ...[...nodes.values()].map(({ column }) => column));
  for (const { file, title, table: name } of charts) {
    if (!written.has(name)) continue;
    const id = add({ id: `chart:${file}`, kind: 'chart', label: title, column: last + 1, file });
    link(`table:${name}`, id);
  }
  return close({ nodes: inOrder([...nodes.values()], [...edges.values()]), edges: [...edges.values()] });
}

/** A step that writes nothing makes no arrows, so its source would hang in the air. */
function removeUnused(
  inputs: readonly string[],
  nodes: Map<string, LineageNode>,
  edges: ReadonlyMap<string, LineageEdge>,
): void {
  for (const id of inputs) {
    const used = [...edges.values()].some(({ from, to }) => from === id || to === id);
    if (!used && nodes.get(id)?.kind === 'source') nodes.delete(id);
  }
}

/** Moves each table right of what it is made from. Steps that wait for each other stop it at the number of nodes. */
function place(nodes: ReadonlyMap<string, LineageNode>, edges: ReadonlyMap<string, LineageEdge>): void {
  for (let round = 0; round < nodes.size; round++) {
    let moved = false;
    for (const { from, to } of edges.values()) {
      const [left, right] = [nodes.get(from)!, nodes.get(to)!];
      if (right.column > left.column || left.column >= nodes.size) continue;
      right.column = left.column + 1;
      moved = true;
    }
    if (!moved) return;
  }
}

/** By column, and within a column near what they are made from, so that few arrows cross. */
function inOrder(nodes: LineageNode[], edges: readonly LineageEdge[]): LineageNode[] {
  const columns = [...new Set(nodes.map(({ column }) => column))].sort((a, b) => a - b);
  const height = new Map<string, number>();
  const ordered: LineageNode[] = [];
  for (const column of columns) {
    const inColumn = nodes.filter((node) => node.column === column);
    const pull = (node: LineageNode): number => {
      const heights = edges.flatMap(({ from, to }) => (to === node.id ? (height.get(from) ?? []) : []));
      return heights.length === 0
        ? Number.POSITIVE_INFINITY
        : heights.reduce((sum, one) => sum + one, 0) / heights.length;
    };
    const pulls = new Map(inColumn.map((node) => [node.id, pull(node)]));
    const order = (node: LineageNode): number => pulls.get(node.id)!;
    inColumn.sort((a, b) => (order(a) === order(b) ? 0 : order(a) - order(b)));
    inColumn.forEach((node, i) => height.set(node.id, i - inColumn.length / 2));
    ordered.push(...inColumn);
  }
  return ordered;
}

/** Takes out columns without nodes. */
function close({ nodes, edges }: Lineage): Lineage {
  const used = [...new Set(nodes.map(({ column }) => column))].sort((a, b) => a - b);
  return { nodes: nodes.map((node) => ({ ...node, column: used.indexOf(node.column) })), edges };
}
