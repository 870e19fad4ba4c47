import { placeLabel } from './chartModel.ts';
import type { Drawing } from './drawing.ts';
import { drawnPlaces } from './drawnPlaces.ts';
import { fitText } from './textWidth.ts';
import { numberFormatter } from './values.ts';

const maxText = 60;

/** What ECharts says of the things under the pointer. */
interface Hit {
  seriesIndex: number;
  dataIndex: number;
}

/** What is said of a place under the pointer: texts on the canvas, no HTML. */
export function tooltipOf({ model, theme, fontFamily, changes }: Drawing): object {
  const write = numberFormatter(model.y.format);
  const text = (value: number | undefined): string =>
    value === undefined || Number.isNaN(value) ? '–' : write(value);
  const drawn = model.series.map((_, i) => drawnPlaces(model, model.rows ? 0 : i));
  const placeOf = ({ seriesIndex, dataIndex }: Hit): number => drawn[seriesIndex]?.[dataIndex] ?? dataIndex;
  const before = (series: number, place: number): string[] => {
    const was = changes?.series[series]?.before[place];
    return was === undefined ? [] : [`Before: ${text(was)}`];
  };
  const cellLines = (cell: number): string[] => {
    const columns = model.categories.length;
    const [row, place] = [Math.floor(cell / columns), cell % columns];
    return [
      `${placeLabel(model, place)}, ${model.series[row]!.name}`,
      `${model.y.title}: ${text(model.series[row]!.y[place])}`,
      ...before(row, place),
    ];
  };
  const valueLines = (hits: Hit[]): string[] => {
    const shown = hits.filter(({ seriesIndex }) => seriesIndex < model.series.length);
    if (shown.length === 0) return [];
    return [
      placeLabel(model, placeOf(shown[0]!)),
      ...shown.flatMap((hit) => {
        const place = placeOf(hit);
        const { name, y, boxes } = model.series[hit.seriesIndex]!;
        const title = model.isSplit ? name : model.y.title;
        const now = boxes ? [title, ...boxLines(boxes, place, text)] : [`${title}: ${text(y[place])}`];
        return [...now, ...before(hit.seriesIndex, place)];
      }),
    ];
  };
  const onItem = model.mark === 'scatter' || model.mark === 'pie' || model.mark === 'box' || model.rows;
  return {
    ...{ show: true, trigger: onItem ? 'item' : 'axis', renderMode: 'richText', confine: true },
    ...{
      transitionDuration: 0,
      backgroundColor: theme.background,
      borderColor: theme.dimText,
      borderWidth: 1,
    },
    textStyle: { color: theme.text, fontFamily, fontSize: 12 },
    axisPointer: { type: 'line', lineStyle: { color: theme.dimText }, animation: false },
    formatter: (params: Hit | Hit[]) => {
      const hits = Array.isArray(params) ? params : [params];
      if (hits.length === 0) return '';
      const lines = model.rows ? cellLines(placeOf(hits[0]!)) : valueLines(hits);
      return lines.map((line) => plain(fitText(line, maxText))).join('\n');
    },
  };
}

function boxLines(boxes: Float64Array, place: number, text: (value: number) => string): string[] {
  const [low, lower, median, upper, high] = Array.from(boxes.subarray(place * 5, place * 5 + 5), text);
  return [`Median: ${median!}`, `Half within: ${lower!} – ${upper!}`, `Whiskers: ${low!} – ${high!}`];
}

/** A word joiner keeps what looks like rich text, `{name|text}`, from being taken for it. */
function plain(line: string): string {
  return line.replaceAll('{', '{\u2060');
}
