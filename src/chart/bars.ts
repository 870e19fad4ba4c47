import type { ChartModel } from './chartModel.ts';
import { fitText, padText, textWidth } from './textWidth.ts';

export interface BarsOptions {
  /** Columns of the terminal. Default 80. */
  width?: number | undefined;
  /** Draws with # instead of block characters, for terminals without Unicode. */
  ascii?: boolean | undefined;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const gap = 2;
const minBar = 4;

/** A chart as lines for a terminal: title, one bar per value, notes. No line is wider than `width`. */
export function drawBars(model: ChartModel, o: BarsOptions = {}): string[] {
  const width = Math.max(1, Math.floor(o.width ?? 80));
  const ascii = o.ascii ?? false;
  const clean = ascii ? toAscii : (text: string): string => text;
  const lines = barLines(model);
  const biggest = lines.reduce((most, { value }) => Math.max(most, Math.abs(value ?? 0)), 0);
  const values = lines.map(({ value }) => (value === null ? '-' : model.formatY(value)));
  const valueWidth = Math.max(0, ...values.map(textWidth));
  const labelRoom = Math.max(1, Math.min(Math.floor(width * 0.4), width - valueWidth - minBar - 2 * gap));
  const labelWidth = Math.min(labelRoom, Math.max(0, ...lines.map(({ label }) => textWidth(clean(label)))));
  const room = Math.max(0, width - labelWidth - valueWidth - 2 * gap);
  const drawn = lines.map(({ label, value }, i) => {
    const name = padText(fitText(clean(label), labelWidth, ascii ? '~' : '…'), labelWidth);
    const bar = value === null || biggest === 0 ? '' : barOf(Math.abs(value) / biggest, room, ascii);
    const number = values[i]!;
    return `${name}${' '.repeat(gap)}${padText(bar, room)}${' '.repeat(gap)}${number.padStart(valueWidth)}`;
  });
  return [model.title, model.y.title, ...(drawn.length > 0 ? drawn : ['(no values)']), ...model.notes].map(
    (line) => fitText(clean(line), width, ascii ? '~' : '…').trimEnd(),
  );
}

function barLines(model: ChartModel): { label: string; value: number | null }[] {
  const single = model.series.length === 1;
  return model.table.rows.flatMap((row, i) =>
    model.series.map((one) => ({
      label: single ? row[0]! : `${row[0]!} · ${one.name}`,
      value: model.x.kind === 'category' ? (one.points[i]?.[1] ?? null) : valueAt(model, one, i),
    })),
  );
}

/** On a measured axis a series may lack points that the table has rows for. */
function valueAt(model: ChartModel, series: ChartModel['series'][number], row: number): number | null {
  if (model.series.length === 1) return series.points[row]?.[1] ?? null;
  return series.points.length === model.table.rows.length ? (series.points[row]?.[1] ?? null) : null;
}

function barOf(share: number, room: number, ascii: boolean): string {
  if (ascii) return '#'.repeat(Math.max(share > 0 && room > 0 ? 1 : 0, Math.round(share * room)));
  const parts = Math.round(share * room * 8);
  if (parts === 0) return share > 0 && room > 0 ? '▏' : '';
  return '█'.repeat(Math.floor(parts / 8)) + eighths[parts % 8]!;
}

function toAscii(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/…/g, '~')
    .replace(/[^\x20-\x7e]/gu, '?');
}
