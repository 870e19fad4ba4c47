import { placeCount, tableColumns, tableRow, type ChartModel } from './chartModel.ts';
import { themes, type ThemeName } from './chartTheme.ts';
import { escapeXml } from './escapeXml.ts';
import { renderSvg, type PictureSize } from './svg.ts';

/** A browser shows more rows only slowly. */
const maxRows = 10_000;

/** A page of its own with the picture and the table of a chart. It runs no script and loads nothing. */
export function renderHtml(
  model: ChartModel,
  o: PictureSize & { theme?: ThemeName | undefined } = {},
): string {
  const { text, dimText, grid, background } = themes[o.theme ?? 'light'];
  const columns = tableColumns(model);
  const shown = Math.min(placeCount(model), maxRows);
  const head = columns
    .map(({ title, numeric }) => `<th scope="col"${numeric ? ' class="n"' : ''}>${escapeXml(title)}</th>`)
    .join('');
  const rows = Array.from({ length: shown }, (_, place) => {
    const cells = tableRow(model, place).map((cell, i) => {
      const numeric = columns[i]?.numeric ? ' class="n"' : '';
      return i === 0
        ? `<th scope="row"${numeric}>${escapeXml(cell)}</th>`
        : `<td${numeric}>${escapeXml(cell)}</td>`;
    });
    return `<tr>${cells.join('')}</tr>`;
  });
  const cut =
    shown < placeCount(model) ? [`The table has the first ${shown} of ${placeCount(model)} rows.`] : [];
  const notes = [...model.notes, ...cut].map((note) => `<p class="note">${escapeXml(note)}</p>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(model.title)}</title>
<style>
body { margin: 24px auto; max-width: 900px; padding: 0 16px; background: ${background}; color: ${text};
  font: 14px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
svg { max-width: 100%; height: auto; }
.note { color: ${dimText}; margin: 4px 16px; }
table { border-collapse: collapse; margin: 16px; }
caption { text-align: left; color: ${dimText}; padding-bottom: 4px; }
th, td { padding: 4px 24px 4px 0; text-align: left; border-bottom: 1px solid ${grid}; font-weight: normal; }
thead th { font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; padding: 4px 0 4px 24px; }
</style>
</head>
<body>
<main>
${renderSvg(model, o)}
${notes.join('\n')}
<table>
<caption>${escapeXml(model.summary)}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</main>
</body>
</html>
`;
}
