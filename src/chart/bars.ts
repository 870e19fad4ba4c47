import { placeCount, placeLabel, type ChartModel } from './chartModel.ts';
import { fitText, padText, textWidth } from './textWidth.ts';
import { numberFormatter } from './values.ts';

export interface BarsOptions {
  /** Columns of the terminal. Default 80. */
  width?: number | undefined;
  /** Draws with # instead of block characters, for terminals without Unicode. */
  ascii?: boolean | undefined;
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const gap = 2;
const minBar = 4;
/** Nobody reads more lines of a terminal. */
const maxLines = 1_000;

interface BarLine {
  label: string;
  value: number | null;
}

/** A chart as lines for a terminal: title, one bar per value, notes. No line is wider than `width`. */
export function drawBars(model: ChartModel, o: BarsOptions = {}): string[] {
  const width = Math.max(1, Math.floor(o.width ?? 80));
  const ascii = o.ascii ?? false;
  const clean = ascii ? toAscii : (text: string): string => text;
  const write = numberFormatter(model.y.format);
  const lines = barLines(model);
  const biggest = lines.reduce((most, { value }) => Math.max(most, Math.abs(value ?? 0)), 0);
  const values = lines.map(({ value }) => (value === null ? '-' : write(value)));
  const valueWidth = widest(values);
  const labelRoom = Math.max(1, Math.min(Math.floor(width * 0.4), width - valueWidth - minBar - 2 * gap));
  const labelWidth = Math.min(labelRoom, widest(lines.map(({ label }) => clean(label))));
  const room = Math.max(0, width - labelWidth - valueWidth - 2 * gap);
  const drawn = lines.map(({ label, value }, i) => {
    const name = padText(fitText(clean(label), labelWidth, ascii ? '~' : '…'), labelWidth);
    const bar = value === null || biggest === 0 ? '' : barOf(Math.abs(value) / biggest, room, ascii);
    const number = values[i]!;
    return `${name}${' '.repeat(gap)}${padText(bar, room)}${' '.repeat(gap)}${number.padStart(valueWidth)}`;
  });
  const title = model.mark === 'box' ? `${model.y.title}, median` : model.y.title;
  const cut = lines.length === maxLines ? [`Not more than ${maxLines} lines are drawn here.`] : [];
  return [model.title, title, ...(drawn.length > 0 ? drawn : ['(no values)']), ...cut, ...model.notes].map(
    (line) => fitText(clean(line), width, ascii ? '~' : '…').trimEnd(),
  );
}

/** One line for each value: a box has its median, a cell of a heat map the names of its row and column. */
function barLines(model: ChartModel): BarLine[] {
  const lines: BarLine[] = [];
  const count = placeCount(model);
  for (let place = 0; place < count; place++) {
    const label = placeLabel(model, place);
    for (const { name, y } of model.series) {
      const value = y[place]!;
      if (model.isSparse && Number.isNaN(value)) continue;
      lines.push({
        label: model.series.length === 1 ? label : `${label} · ${name}`,
        value: Number.isNaN(value) ? null : value,
      });
      if (lines.length === maxLines) return lines;
    }
  }
  return lines;
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text)), 0);
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
