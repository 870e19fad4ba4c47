import { Random } from './random.ts';

export type OrderStatus = 'NEW' | 'INTRANSIT' | 'DELIVERED';

/** One row of `ordershistory`; an event that is NEW is also a row of `orders`. */
export interface ShopEvent {
  /** The order's number within this shop, from 0; the database gives the real id. */
  order: number;
  branch: string;
  status: OrderStatus;
  /** Milliseconds since 1970, UTC. */
  at: number;
}

/** `weight` is the branch's share of orders, `pace` how early its open orders get their turn. */
export const branches = [
  { name: 'Riverside', weight: 3, pace: 1 },
  { name: 'Old Town', weight: 2, pace: 0.8 },
  { name: 'Harbour', weight: 2, pace: 1.25 },
  { name: 'Hillcrest', weight: 1, pace: 1.1 },
  { name: 'Lakeview', weight: 1, pace: 0.9 },
  { name: 'Meadows', weight: 1, pace: 1.4 },
  { name: 'Northgate', weight: 1, pace: 0.7 },
  { name: 'Southfield', weight: 1, pace: 1 },
  { name: 'Station Square', weight: 1, pace: 1.6 },
  { name: 'University', weight: 1, pace: 0.85 },
] as const;
const branchWeights = branches.map((branch) => branch.weight);

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const maxStepMinutes = 59;
/** An order takes three events of 30 minutes on average. */
const ordersPerDeskAndDay = 16;
/** The number of open orders that a desk tends to. */
const openOrdersAim = 6;

/** The first day of a batch that names none: a fixed one, so that the same seed gives the same rows. */
export const defaultStart = new Date('2026-01-01T00:00:00Z');

interface OpenOrder {
  order: number;
  branch: number;
  status: 'NEW' | 'INTRANSIT';
}

interface Desk {
  /** The time of the desk's next event. */
  at: number;
  /** Orders that it is still to take; Infinity in a shop without an end. */
  quota: number;
  open: OpenOrder[];
}

/**
 * A simulated shop with ten branches. It works at a number of desks, and each desk has a clock of its own: an event
 * (a new order, or the next status of one of the desk's open orders) moves that clock 1 to 59 minutes on. One desk
 * is the shop as it was described first, with one clock for everything, which needs 90 minutes per order; more desks
 * take more orders in the same days. Events come in the order of their times.
 */
export class Shop {
  readonly #random: Random;
  readonly #desks: Desk[];
  readonly #endMs: number;
  #orders = 0;

  private constructor(random: Random, desks: Desk[], endMs: number) {
    this.#random = random;
    this.#endMs = endMs;
    // A binary heap by time. Sorted is a heap already.
    this.#desks = desks.sort((a, b) => a.at - b.at);
  }

  /** A shop that takes exactly `orders` orders in `days` days; what is not delivered by then stays open. */
  static forDays(o: { orders: number; days: number; seed: number; start?: Date | undefined }): Shop {
    const startMs = (o.start ?? defaultStart).getTime();
    const endMs = startMs + o.days * dayMs;
    // The sure number of events of a desk, with the longest steps, bounds what it can promise to take.
    const sure = Math.max(1, Math.floor((endMs - startMs) / (maxStepMinutes * minuteMs)) - 1);
    const perDesk = Math.min(sure, Math.max(1, Math.floor(o.days * ordersPerDeskAndDay)));
    const desks = Math.ceil(o.orders / perDesk);
    const random = new Random(o.seed);
    const list = Array.from({ length: desks }, (_, i) =>
      newDesk(random, startMs, Math.floor(o.orders / desks) + (i < o.orders % desks ? 1 : 0)),
    );
    return new Shop(random, list, endMs);
  }

  /** A shop that never closes. */
  static withoutEnd(o: { desks: number; seed: number; start: Date }): Shop {
    const random = new Random(o.seed);
    const desks = Array.from({ length: o.desks }, () => newDesk(random, o.start.getTime(), Infinity));
    return new Shop(random, desks, Infinity);
  }

  /** The next event, or undefined when the shop has closed. */
  next(): ShopEvent | undefined {
    for (;;) {
      const desk = this.#desks[0];
      if (!desk) return undefined;
      const event = desk.at < this.#endMs ? this.#work(desk) : undefined;
      if (event) desk.at += this.#random.integer(1, maxStepMinutes) * minuteMs;
      else this.#close();
      this.#sink();
      if (event) return event;
    }
  }

  /** What a desk does next, or undefined when nothing is left to do at it. */
  #work(desk: Desk): ShopEvent | undefined {
    const random = this.#random;
    if (desk.quota > 0) {
      const sureEvents = Math.floor((this.#endMs - desk.at - 1) / (maxStepMinutes * minuteMs));
      const late = desk.quota > sureEvents;
      // Drawn so that a desk with many open orders takes fewer new ones; at the aim it is one event of three.
      const chance = (2 / 3) * (openOrdersAim / (openOrdersAim + desk.open.length));
      if (late || desk.open.length === 0 || random.fraction() < chance) {
        const branch = random.weighted(branchWeights);
        const order = this.#orders++;
        desk.quota--;
        desk.open.push({ order, branch, status: 'NEW' });
        return { order, branch: branches[branch]!.name, status: 'NEW', at: desk.at };
      }
    }
    if (desk.open.length === 0) return undefined;
    const index = random.weighted(desk.open.map((open) => branches[open.branch]!.pace));
    const open = desk.open[index]!;
    const status = open.status === 'NEW' ? 'INTRANSIT' : 'DELIVERED';
    if (status === 'INTRANSIT') open.status = status;
    else desk.open.splice(index, 1);
    return { order: open.order, branch: branches[open.branch]!.name, status, at: desk.at };
  }

  /** Takes the first desk out of the heap. */
  #close(): void {
    const last = this.#desks.pop()!;
    if (this.#desks.length > 0) this.#desks[0] = last;
  }

  /** Puts the first desk at its place in the heap. */
  #sink(): void {
    const desks = this.#desks;
    for (let i = 0; ;) {
      let first = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < desks.length && desks[child]!.at < desks[first]!.at) first = child;
      }
      if (first === i) return;
      [desks[i], desks[first]] = [desks[first]!, desks[i]!];
      i = first;
    }
  }
}

function newDesk(random: Random, startMs: number, quota: number): Desk {
  // Desks open at different moments of the first hour, to the millisecond.
  return { at: startMs + random.integer(0, maxStepMinutes * minuteMs - 1), quota, open: [] };
}
