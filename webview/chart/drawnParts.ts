import type { EChartsType } from './echarts.ts';
import type { Zoom } from './zoom.ts';

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What ECharts knows of its parts, and has no public name for but `getOption`, which copies a million points. */
interface Inside {
  getModel(): {
    getComponent(name: 'grid'): { coordinateSystem?: { getRect(): Rectangle } } | undefined;
    getComponent(
      name: 'dataZoom',
    ): { getPercentRange(): [number, number]; getValueRange(): [number, number] } | undefined;
  };
}

function inside(chart: EChartsType): ReturnType<Inside['getModel']> {
  return (chart as unknown as Inside).getModel();
}

/** Where the axes are, in pixels of the picture. */
export function gridOf(chart: EChartsType): Rectangle | undefined {
  return inside(chart).getComponent('grid')?.coordinateSystem?.getRect();
}

/** What is shown of the places' axis, where it can be zoomed. */
export function zoomOf(chart: EChartsType): Zoom | undefined {
  const zoom = inside(chart).getComponent('dataZoom');
  if (!zoom) return undefined;
  const [start, end] = zoom.getPercentRange();
  const [startValue, endValue] = zoom.getValueRange();
  return { start, end, startValue, endValue };
}
