import { WorkbenchError } from '../base/errors.ts';
import { placeLabel, type ChartModel, type ChartParts, type ChartRow } from './chartModel.ts';
import { brokenRule } from './chartRules.ts';
import type { ChartSpec } from './chartSpec.ts';
import { checkFields } from './columns.ts';
import { heatMapParts } from './heatMap.ts';
import { histogramParts } from './histogram.ts';
import { seriesParts } from './seriesParts.ts';
import { summaryOf } from './summary.ts';
import { displaySafe } from './values.ts';

/**
 * Makes the chart of `rows`. Rows without an x on a measured axis, and values that are no numbers, are left out and
 * counted in `notes`. Throws `invalid` when a field is missing, several rows share a place without an aggregate, or
 * the chart breaks a rule of chartRules.ts.
 */
export function buildChart(spec: ChartSpec, rows: readonly ChartRow[]): ChartModel {
  const fault = brokenRule(spec);
  if (fault) throw new WorkbenchError('invalid', `"${displaySafe(spec.title)}": ${fault.sentence}`);
  checkFields(spec, rows);
  const { totals, ...parts } = partsOf(spec, rows);
  const model: ChartModel = {
    mark: spec.mark,
    title: displaySafe(spec.title),
    description: displaySafe(spec.description ?? ''),
    ...parts,
    summary: '',
  };
  model.summary = summaryOf(model, totals, (place) =>
    model.rows ? cellLabel(model, place) : placeLabel(model, place),
  );
  return model;
}

function partsOf(spec: ChartSpec, rows: readonly ChartRow[]): ChartParts {
  if (spec.mark === 'histogram') return histogramParts(spec, rows);
  return spec.mark === 'heatMap' ? heatMapParts(spec, rows) : seriesParts(spec, rows);
}

function cellLabel({ categories, series }: ChartModel, cell: number): string {
  return `${categories[cell % categories.length]!}, ${series[Math.floor(cell / categories.length)]!.name}`;
}
