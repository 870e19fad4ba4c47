import { BarChart, BoxplotChart, HeatmapChart, LineChart, PieChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent, VisualMapComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ChartModel } from './chartModel.ts';
import type { ThemeName } from './chartTheme.ts';
import { echartsOption } from './echartsOption.ts';
import { escapeXml } from './escapeXml.ts';
import './textCache.ts';

use([
  ...[BarChart, BoxplotChart, HeatmapChart, LineChart, PieChart, ScatterChart],
  ...[GridComponent, LegendComponent, TitleComponent, VisualMapComponent, SVGRenderer],
]);

export interface PictureSize {
  width?: number | undefined;
  height?: number | undefined;
}

/** An SVG picture of a chart, the same text for the same data, with a title and a summary for screen readers. */
export function renderSvg(
  model: ChartModel,
  o: PictureSize & { theme?: ThemeName | undefined } = {},
): string {
  const { width = 860, height = defaultHeight(model) } = o;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(echartsOption(model, { width, theme: o.theme }));
    return describe(stable(chart.renderToSVGString()), model);
  } finally {
    chart.dispose();
  }
}

/** Horizontal bars and rows of a heat map need a line each. */
function defaultHeight(model: ChartModel): number {
  if (model.rows) return Math.min(4000, Math.max(300, Math.round(190 + model.series.length * 34)));
  if (model.mark !== 'horizontalBar') return 480;
  const bars = model.categories.length * Math.max(1, model.series.length * 0.7);
  return Math.min(4000, Math.max(240, Math.round(130 + bars * 34)));
}

/**
 * A picture has no hover styles. What is left of zrender's ids is numbered over the process's whole life; a file must
 * not change when its data did not.
 */
function stable(svg: string): string {
  const names = new Map<string, string>();
  return svg
    .replace(/<style\s*>.*?<\/style>\s*/gs, '')
    .replace(/ class="[^"]*"/g, '')
    .replace(/\bzr\d+-([a-z]+)-?\d+\b/g, (id, kind: string) => {
      let name = names.get(id);
      if (!name) names.set(id, (name = `chart-${kind}-${names.size}`));
      return name;
    });
}

function describe(svg: string, model: ChartModel): string {
  const texts = `<title>${escapeXml(model.title)}</title><desc>${escapeXml(model.summary)}</desc>`;
  return svg.replace(/^<svg ([^>]*)>/, (_, attributes: string) => `<svg role="img" ${attributes}>\n${texts}`);
}
