/** The parts of ECharts that charts are drawn with; the rest stays out of the bundle. */
import { BarChart, BoxplotChart, HeatmapChart, LineChart, PieChart, ScatterChart } from 'echarts/charts';
import {
  AriaComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import { use } from 'echarts/core';
import { LabelLayout } from 'echarts/features';
import { CanvasRenderer } from 'echarts/renderers';
import '../../src/chart/textCache.ts';

use([
  ...[BarChart, BoxplotChart, HeatmapChart, LineChart, PieChart, ScatterChart],
  ...[AriaComponent, DataZoomComponent, GridComponent, LegendComponent, TitleComponent, TooltipComponent],
  ...[VisualMapComponent, LabelLayout, CanvasRenderer],
]);

export { init, type EChartsType } from 'echarts/core';
