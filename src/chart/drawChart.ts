import type { ChartSpec } from './chartSpec.ts';
import { buildChart } from './buildChart.ts';
import type { ChartRow } from './chartModel.ts';
import type { ThemeName } from './chartTheme.ts';
import { renderHtml } from './html.ts';
import { renderSvg } from './svg.ts';

export interface DrawOptions {
  format: 'svg' | 'html';
  /** Pixels. Default 860, and a height that fits the mark and its categories. */
  width?: number | undefined;
  height?: number | undefined;
  theme?: ThemeName | undefined;
}

/** Draws `rows` as the chart file says, as the text of an SVG or HTML file. Throws `invalid` as `buildChart` does. */
export function drawChart(spec: ChartSpec, rows: readonly ChartRow[], o: DrawOptions): string {
  const model = buildChart(spec, rows);
  return o.format === 'svg' ? renderSvg(model, o) : renderHtml(model, o);
}
