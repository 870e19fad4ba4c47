import { branches } from './shop.ts';

export const badRowKinds = [
  'unknown-status',
  'null-status',
  'delivery-before-order',
  'delivery-without-new',
  'delivery-without-order',
  'null-branch',
] as const;
export type BadRowKind = (typeof badRowKinds)[number];

/** An order that breaks a rule; `order` undefined is history that belongs to no order. */
export interface BadOrder {
  kind: BadRowKind;
  order: { branch: string | null; at: number } | undefined;
  history: { status: string | null; at: number }[];
}

const hourMs = 3_600_000;

/** `count` orders of each kind that the pipeline must not let into gold, a minute apart from `start` on. */
export function badOrders(count: number, start: Date): BadOrder[] {
  return Array.from({ length: count }, (_, i) =>
    badRowKinds.map((kind, k) =>
      badOrder(kind, branches[i % branches.length]!.name, start.getTime() + (i * 10 + k) * 60_000),
    ),
  ).flat();
}

function badOrder(kind: BadRowKind, branch: string, at: number): BadOrder {
  const order = { branch, at };
  const placed = { status: 'NEW', at };
  const delivered = { status: 'DELIVERED', at: at + hourMs };
  switch (kind) {
    case 'unknown-status':
      return { kind, order, history: [placed, { status: 'LOST', at: at + hourMs }] };
    case 'null-status':
      return { kind, order, history: [placed, { status: null, at: at + hourMs }] };
    case 'delivery-before-order':
      return { kind, order, history: [placed, { status: 'DELIVERED', at: at - hourMs }] };
    case 'delivery-without-new':
      return { kind, order, history: [delivered] };
    case 'delivery-without-order':
      return { kind, order: undefined, history: [delivered] };
    case 'null-branch':
      return { kind, order: { branch: null, at }, history: [placed, delivered] };
  }
}
