import type { ChartSpec, Mark } from '../../src/chart/chartSpec.ts';
import { fieldKind } from '../../src/chart/fieldKind.ts';
import { jsonOf, kindOf, without, type Change, type Column } from './chartChange.ts';

/** What another mark changes in a chart's file, so that it can be drawn: a heat map has its measure elsewhere. */
export function changesForMark(spec: ChartSpec, columns: readonly Column[], mark: Mark): Change[] {
  const changes: Change[] = [{ path: ['mark'], value: mark }];
  const isHeatMap = spec.mark === 'heatMap';
  const measure = isHeatMap ? (spec.value ?? {}) : spec.y;
  const split = isHeatMap ? spec.y.field : spec.color?.field;

  if (mark === 'heatMap') {
    if (isHeatMap) return changes;
    const other = columns.find(({ name, type }) => name !== spec.x.field && fieldKind(type) === 'text');
    const rows = split ?? other?.name ?? spec.x.field;
    const value = spec.mark === 'histogram' || spec.mark === 'box' ? { aggregate: 'count' } : spec.y;
    return [
      ...changes,
      { path: ['y'], value: { field: rows } },
      { path: ['value'], value: jsonOf(value) },
      ...without(spec, [], ['color', 'sort', 'top']),
      ...without(spec.x, ['x'], ['bins']),
    ];
  }
  if (isHeatMap) changes.push({ path: ['value'] });
  // A histogram counts the values of x, a number; the number that was drawn is the likely one.
  if (mark === 'histogram') {
    const number = kindOf(columns, spec.x.field) === 'number' ? spec.x.field : measure.field;
    const field = number ?? columns.find(({ type }) => fieldKind(type) === 'number')?.name ?? spec.x.field;
    return [
      ...changes,
      { path: ['x'], value: { field } },
      { path: ['y'], value: { aggregate: 'count' } },
      ...without(spec, [], ['color', 'sort', 'top']),
    ];
  }
  if (spec.mark === 'histogram') changes.push(...without(spec.x, ['x'], ['bins']));
  if (mark === 'box') {
    const number = measure.field ?? columns.find(({ type }) => fieldKind(type) === 'number')?.name;
    return [
      ...changes,
      ...(number === undefined ? [] : [{ path: ['y'], value: jsonOf({ ...measure, field: number }) }]),
      ...(measure.aggregate === undefined ? [] : [{ path: ['y', 'aggregate'] }]),
    ];
  }
  // Many values stand at one place of a box; elsewhere they become one.
  if (spec.mark === 'box') changes.push({ path: ['y', 'aggregate'], value: 'mean' });
  if (isHeatMap) {
    changes.push({ path: ['y'], value: jsonOf(measure) });
    if (split !== undefined && mark !== 'pie') changes.push({ path: ['color'], value: { field: split } });
  }
  if (mark === 'pie') changes.push(...without(spec, [], ['color']));
  const isCategorical = mark === 'bar' || mark === 'horizontalBar' || mark === 'pie';
  return isCategorical ? changes : [...changes, ...without(spec, [], ['sort', 'top'])];
}
