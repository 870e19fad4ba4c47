import assert from 'node:assert/strict';
import type { ChartSpec, Mark } from '../../../src/chart/chartSpec.ts';
import { buildChart } from '../../../src/chart/buildChart.ts';
import type { ChartModel } from '../../../src/chart/chartModel.ts';
import { themes } from '../../../src/chart/chartTheme.ts';
import { compareCharts } from '../../../src/chart/compareCharts.ts';
import { drawnPlaces } from '../../../src/chart/drawnPlaces.ts';
import { echartsOption, type OptionSettings } from '../../../src/chart/echartsOption.ts';

interface Option {
  animation: boolean;
  series: {
    name: string;
    data: ArrayLike<unknown>;
    large?: boolean;
    sampling?: string;
    xAxisIndex?: number;
  }[];
  xAxis: object | object[];
  dataZoom?: { type: string; filterMode: string }[];
  tooltip?: { renderMode: string; trigger: string; formatter: (hit: unknown) => string };
  aria?: { label: { description: string }; decal: { show: boolean } };
  backgroundColor: string;
}

const base = { title: 'T', source: { table: 't' } };
const option = (model: ChartModel, o: Partial<OptionSettings> = {}): Option =>
  echartsOption(model, { width: 800, interactive: true, ...o }) as unknown as Option;
const points = (count: number, mark: Mark = 'scatter'): ChartModel =>
  buildChart(
    { ...base, mark, x: { field: 'x' }, y: { field: 'y' } },
    Array.from({ length: count }, (_, i) => ({ x: i, y: i % 7 })),
  );
const bars = (count: number, parts: Partial<ChartSpec> = {}): ChartModel =>
  buildChart(
    { ...base, mark: 'bar', x: { field: 'x' }, y: { field: 'y' }, ...parts },
    Array.from({ length: count }, (_, i) => ({ x: `b${i}`, y: i })),
  );

describe('echartsOption', () => {
  it('of a picture has nothing to point at, zoom or move', () => {
    const picture = option(points(10), { interactive: false });
    assert.deepEqual([picture.animation, picture.tooltip, picture.dataZoom], [false, undefined, undefined]);
  });

  it('hands points over as they are, and many of them as one shape', () => {
    const few = option(points(100)).series[0]!;
    assert.ok(few.data instanceof Float64Array);
    assert.deepEqual(Array.from(few.data.subarray(0, 4)), [0, 0, 1, 1]);
    assert.equal(few.large, undefined);
    assert.equal(option(points(20_000)).series[0]!.large, true);
    assert.equal(option(points(20_000, 'line')).series[0]!.sampling, 'lttb');
  });

  it('zooms into a scale, and into many categories', () => {
    assert.deepEqual(
      option(points(10)).dataZoom?.map(({ type }) => type),
      ['inside', 'slider'],
    );
    assert.equal(option(bars(10)).dataZoom, undefined);
    assert.equal(option(bars(100)).dataZoom?.length, 2);
    assert.equal(option(bars(10), { changes: undefined }).dataZoom, undefined);
  });

  it('moves only where that is wanted and cheap', () => {
    assert.equal(option(bars(3)).animation, true);
    assert.equal(option(bars(3), { reducedMotion: true }).animation, false);
    assert.equal(option(points(50_000)).animation, false);
  });

  it('has patterns in high contrast, and the summary for screen readers', () => {
    const model = bars(3);
    assert.equal(option(model, { theme: 'highContrast' }).aria!.decal.show, true);
    assert.equal(option(model, { theme: 'dark' }).aria!.decal.show, false);
    assert.equal(option(model).aria!.label.description, model.summary);
  });

  it("takes the editor's colours", () => {
    const theme = { ...themes.dark, background: '#123456' };
    assert.equal(option(bars(3), { theme }).backgroundColor, '#123456');
  });

  it('tells a place in texts, without markup of any kind', () => {
    const { renderMode, formatter } = option(
      buildChart({ ...base, mark: 'bar', x: { field: 'x' }, y: { field: 'y' } }, [{ x: '{a|<b>}', y: 1200 }]),
    ).tooltip!;
    assert.equal(renderMode, 'richText');
    assert.equal(formatter([{ seriesIndex: 0, dataIndex: 0 }]), '{\u2060a|<b>}\ny: 1,200');
    assert.equal(formatter([]), '');
  });

  it('tells a box, a cell and a bin', () => {
    const tell = (mark: Mark, parts: Partial<ChartSpec>): string => {
      const rows = [1, 2, 3].map((y) => ({ x: 'a', y }));
      const model = buildChart({ ...base, mark, x: { field: 'x' }, y: { field: 'y' }, ...parts }, rows);
      return option(model).tooltip!.formatter({ seriesIndex: 0, dataIndex: 0 });
    };
    assert.equal(tell('box', {}), 'a\ny\nMedian: 2\nHalf within: 1.5 – 2.5\nWhiskers: 1 – 3');
    assert.equal(tell('heatMap', { value: { aggregate: 'count' } }), 'a, 1\nRows: 1');
    assert.equal(tell('histogram', { x: { field: 'y', bins: 1 }, y: {} }), '0 – 2\nRows: 1');
  });

  it('shows the values before beside those of now, and tells them', () => {
    const model = bars(2);
    const changes = compareCharts(
      model,
      buildChart({ ...base, mark: 'bar', x: { field: 'x' }, y: { field: 'y' } }, [{ x: 'b1', y: 9 }]),
    );
    const drawn = option(model, { changes });
    assert.deepEqual(
      drawn.series.map(({ name }) => name),
      ['y', 'Before'],
    );
    assert.deepEqual(drawn.series[1]!.data, [null, 9]);
    // On an axis of its own, or it would push the bars aside.
    assert.equal(drawn.series[1]!.xAxisIndex, 1);
    assert.ok(Array.isArray(drawn.xAxis) && drawn.xAxis.length === 2);
    assert.equal(
      drawn.tooltip!.formatter([
        { seriesIndex: 0, dataIndex: 1 },
        { seriesIndex: 1, dataIndex: 1 },
      ]),
      'b1\ny: 1\nBefore: 9',
    );
  });
});

describe('drawnPlaces', () => {
  it('says which places data stand for, where some have none', () => {
    const rows = [
      { x: 1, y: 1, c: 'a' },
      { x: 2, y: 2, c: 'b' },
      { x: 3, y: 3, c: 'a' },
    ];
    const color = { field: 'c' };
    const line = buildChart({ ...base, mark: 'line', x: { field: 'x' }, y: { field: 'y' }, color }, rows);
    assert.deepEqual(Array.from(drawnPlaces(line, 0)!), [0, 2]);
    assert.deepEqual(Array.from(option(line).series[0]!.data), [1, 1, 3, 3]);
    assert.equal(drawnPlaces(points(3), 0), undefined);
    const pie = buildChart({ ...base, mark: 'pie', x: { field: 'x' }, y: { field: 'y' } }, [
      { x: 'a', y: -1 },
      { x: 'b', y: 2 },
    ]);
    assert.deepEqual(
      Array.from(drawnPlaces(pie, 0)!, (place) => pie.categories[place]),
      ['b'],
    );
  });
});
