import type { ChartModel } from '../../chart/chartModel.ts';
import { Html, html } from '../ui/page.ts';

/** As many rows as are read; the picture has them all. */
const maxTableRows = 1_000;

/** The picture and, beside it, the same as a table. `chart` is what the page keeps over a reload of the window. */
export function chartBody(model: ChartModel, svg: string, chart: string, texts: ChartTexts): Html {
  const { columns, rows } = model.table;
  const numeric = (i: number): string => (columns[i]?.numeric ? 'number' : '');
  return html`<main data-chart="${chart}">
    <h1 class="unseen">${model.title}</h1>
    <figure>${new Html(svg)}</figure>
    <div class="beside">
      ${model.notes.map((note) => html`<p class="dim">${note}</p>`)}
      ${rows.length > maxTableRows && html`<p class="dim">${texts.cut(maxTableRows, rows.length)}</p>`}
      <div class="scroll">
        <table>
          <caption>
            ${model.summary}
          </caption>
          <thead>
            <tr>
              ${columns.map(({ title }, i) => html`<th scope="col" class="${numeric(i)}">${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.slice(0, maxTableRows).map(
              (row) =>
                html`<tr>
                  ${row.map((cell, i) =>
                    i === 0
                      ? html`<th scope="row" class="${numeric(i)}">${cell}</th>`
                      : html`<td class="${numeric(i)}">${cell}</td>`,
                  )}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </div>
  </main>`;
}

/** What the page says in the user's language. */
export interface ChartTexts {
  /** That the table shows the first rows only. */
  cut(shown: number, all: number): string;
}

/** A sentence in place of the chart; `retry` is the address and text of a link. */
export function sentenceBody(
  title: string,
  sentences: readonly string[],
  chart: string,
  retry?: { href: string; text: string },
): Html {
  return html`<main data-chart="${chart}" class="sentence">
    <h1>${title}</h1>
    ${sentences.map((sentence) => html`<p role="status">${sentence}</p>`)}
    ${retry && html`<p><a href="${retry.href}">${retry.text}</a></p>`}
  </main>`;
}

/** The ground of the picture is the editor's; wide windows have the table at its right. */
export const chartStyle = `
main { display: flex; flex-wrap: wrap; gap: 8px 32px; align-items: flex-start; padding-top: 16px; }
main.sentence { display: block; }
figure { margin: 0; flex: 1 1 480px; max-width: 1100px; }
figure svg { display: block; width: 100%; height: auto; }
figure svg > rect:first-of-type { fill: var(--vscode-editor-background); }
figure svg text { font-family: var(--vscode-font-family) !important; }
.beside { flex: 0 1 auto; min-width: 0; max-width: 100%; }
caption { white-space: normal; max-width: 30em; padding-bottom: 8px; }
tbody th { font-weight: normal; }
.number { padding-left: 12px; padding-right: 0; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
