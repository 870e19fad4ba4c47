import {
  placeCount,
  placeLabel,
  tableColumns,
  tableRow,
  type ChartChanges,
  type ChartModel,
} from './chartModel.ts';

/**
 * The table of a chart as CSV, RFC 4180: UTF-8 lines that end in CR LF, the names of the columns first. Numbers are
 * whole and without separators, as a program reads them.
 */
export function csvOf(model: ChartModel, changes?: ChartChanges): string {
  const lines = [
    tableColumns(model, changes)
      .map(({ title }) => csvField(title))
      .join(','),
  ];
  const count = placeCount(model);
  const values = model.series.flatMap(({ y, boxes }, i) => {
    const before = changes?.series[i]?.before;
    const now = boxes
      ? [0, 1, 2, 3, 4].map((part) => (place: number) => boxes[place * 5 + part]!)
      : [(place: number) => y[place]!];
    return before
      ? [...now, (place: number) => before[place]!, (place: number) => y[place]! - before[place]!]
      : now;
  });
  for (let place = 0; place < count; place++) {
    const numbers = values.map((valueOf) => csvNumber(valueOf(place)));
    lines.push([csvField(csvLabel(model, place)), ...numbers].join(','));
  }
  return `${lines.join('\r\n')}\r\n`;
}

/** A bin is named by its range, a number by all of its digits. */
function csvLabel(model: ChartModel, place: number): string {
  return model.x.kind === 'number' && !model.edges ? String(model.at[place]) : placeLabel(model, place);
}

function csvNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The table of a chart in Markdown, as it is shown; nothing of its texts is markup. */
export function markdownOf(model: ChartModel, changes?: ChartChanges): string {
  const columns = tableColumns(model, changes);
  const line = (cells: string[]): string => `| ${cells.map(markdownCell).join(' | ')} |\n`;
  let text = line(columns.map(({ title }) => title));
  text += `| ${columns.map(({ numeric }) => (numeric ? '---:' : '---')).join(' | ')} |\n`;
  const count = placeCount(model);
  for (let place = 0; place < count; place++) text += line(tableRow(model, place, changes));
  return text;
}

/** Each punctuation character that CommonMark gives a meaning within a line, or GFM in a table. */
function markdownCell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~!&$@:]/g, (c) => `\\${c}`);
}
