import { formatCount } from '../../base/format.ts';
import type { ComparedKey, ComparedValue } from '../../pipeline/compare.ts';
import type { Verification } from '../../pipeline/verify.ts';
import { html, type Html } from '../ui/page.ts';

/** The page's own words, translated. */
export interface VerifyWords {
  heading: string;
  equal: string;
  unequal: string;
  /** {0} rows. */
  tableEqual: string;
  /** {0} of {1} rows. */
  tableUnequal: string;
  /** {0} rows. */
  behind: string;
  result: string;
  source: string;
  gold: string;
  same: string;
  differs: string;
  missing: string;
  extra: string;
  more: string;
}

/** Differences come first; more of the rest than a person reads is not shown. */
const maxRows = 500;

/** Gold and its source, table by table and key by key. Everything of the data is escaped. */
export function verifyBody(verification: Verification, at: string, words: VerifyWords): Html {
  const { equal, tables } = verification;
  return html`<main>
    <h1>${words.heading}</h1>
    <p class="verdict">
      ${mark(equal)} ${equal ? words.equal : words.unequal} <span class="dim">${at}</span>
    </p>
    ${tables.map((table) => tableMarkup(table, words))}
  </main>`;
}

function tableMarkup(table: Verification['tables'][number], words: VerifyWords): Html {
  const unequal = table.rows.filter((row) => !row.equal);
  const rows = [...unequal, ...table.rows.filter((row) => row.equal)];
  const shown = rows.slice(0, maxRows);
  const behind = Object.values(table.behind ?? {}).reduce((sum, count) => sum + count, 0);
  const columns = table.rows[0]?.values.map(({ column }) => column) ?? [];
  const summary =
    unequal.length === 0
      ? fill(words.tableEqual, formatCount(rows.length))
      : fill(words.tableUnequal, formatCount(unequal.length), formatCount(rows.length));
  return html`<section>
    <h2>${table.table}</h2>
    <p>${mark(unequal.length === 0)} ${summary}</p>
    ${behind > 0 && html`<p class="behind">${fill(words.behind, formatCount(behind))}</p>`}
    ${
      rows.length > 0 &&
      html`<div class="scroll" tabindex="0" role="region" aria-label="${table.table}">
        <table>
          <thead>
            <tr>
              <th scope="col" rowspan="2">${table.key}</th>
              ${columns.map((column) => html`<th scope="colgroup" colspan="2">${column}</th>`)}
              <th scope="col" rowspan="2">${words.result}</th>
            </tr>
            <tr>
              ${columns.map(
                () =>
                  html`<th scope="col" class="number">${words.source}</th>
                    <th scope="col" class="number">${words.gold}</th>`,
              )}
            </tr>
          </thead>
          <tbody>
            ${shown.map((row) => rowMarkup(row, words))}
          </tbody>
        </table>
      </div>`
    }
    ${rows.length > shown.length && html`<p class="dim">${fill(words.more, formatCount(rows.length - shown.length))}</p>`}
  </section>`;
}

function rowMarkup(row: ComparedKey, words: VerifyWords): Html {
  const result = row.equal
    ? words.same
    : row.side === 'missing'
      ? words.missing
      : row.side === 'extra'
        ? words.extra
        : words.differs;
  return html`<tr class="${row.equal ? 'equal' : 'unequal'}">
    <th scope="row">${row.key}</th>
    ${row.values.map((value) => [cell(value.source, value), cell(value.gold, value)])}
    <td>${mark(row.equal)} ${result}</td>
  </tr>`;
}

function cell(value: number | string | null, { equal }: ComparedValue): Html {
  if (value === null) return html`<td class="null number">null</td>`;
  const text =
    typeof value === 'number' ? value.toLocaleString('en-US', { maximumFractionDigits: 12 }) : value;
  const kind = [typeof value === 'number' && 'number', !equal && 'differs'].filter(Boolean).join(' ');
  return html`<td class="${kind}">${text}</td>`;
}

/** Told by its form, not by its colour alone. */
function mark(equal: boolean): Html {
  return equal
    ? html`<span class="good" aria-hidden="true">&#10003;</span>`
    : html`<span class="bad" aria-hidden="true">&#10007;</span>`;
}

/** `{0}` and `{1}` in a translated sentence. */
function fill(sentence: string, ...values: string[]): string {
  return sentence.replace(/\{(\d)\}/g, (whole, i: string) => values[Number(i)] ?? whole);
}

export const verifyStyle = `
.verdict { font-size: 1.1em; }
.good { color: var(--vscode-testing-iconPassed, var(--vscode-foreground)); font-weight: 600; }
.bad { color: var(--vscode-testing-iconFailed, var(--vscode-errorForeground)); font-weight: 600; }
tbody th { font-weight: normal; }
td.differs { color: var(--vscode-errorForeground); font-weight: 600; }
thead tr:first-child th[scope='colgroup'] { border-bottom: none; padding-bottom: 0; }
`;
