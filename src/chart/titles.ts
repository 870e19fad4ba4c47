import type { ChartSpec, Encoding, TimeGrain } from './chartSpec.ts';
import { displaySafe } from './values.ts';

/** The title of an axis, with its unit; of times the grain and the zone, where they matter. */
export function axisTitle(
  { title, field, unit, grain }: Encoding & { grain?: TimeGrain },
  hasInstants: boolean,
): string {
  const zone = hasInstants ? 'UTC' : undefined;
  const ofTime = [grain, zone].filter((part) => part !== undefined).join(', ');
  return withUnit(title ?? field, unit ?? ofTime);
}

/** The title of the values without their unit, by which a single series is named. */
export function valueName({ title, field }: ChartSpec['y']): string {
  return displaySafe(title ?? field ?? 'Rows');
}

export function withUnit(title: string, unit: string | undefined): string {
  return displaySafe(unit ? `${title} (${unit})` : title);
}

/** `1 row`, `3 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
