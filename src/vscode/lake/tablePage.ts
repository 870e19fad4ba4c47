import { l10n } from 'vscode';
import { describeError } from '../../base/errors.ts';
import { formatCount } from '../../base/format.ts';
import type { Column, Commit, Row, Table } from '../../lake/table.ts';
import { html, type Html } from '../ui/page.ts';
import { rowsText, sizeText } from './lakeRows.ts';
import { cellOf, isNumeric, zoneOf, type Cell } from './tableCell.ts';
import type { TableRequest, TableView } from './tableProtocol.ts';

export interface PageOptions {
  view: TableView;
  /** `gold/deliveriescount`. */
  name: string;
  /** BCP 47. */
  language: string;
}

/** The first rows of a table, with its columns. */
export function rowsPage(table: Table, rows: readonly Row[], options: PageOptions): Html {
  const { language, view } = options;
  const hasMore = table.rows === undefined ? rows.length > 0 : rows.length < table.rows;
  const partitions = new Set(table.partitionColumns);
  return html`${header(options, factsText(table, language), [
      button({ kind: 'refresh' }, view.version === undefined ? l10n.t('Refresh') : l10n.t('Newest Version')),
      table.format === 'delta' && button({ kind: 'history' }, l10n.t('History')),
    ])}
    <details>
      <summary>
        ${
          table.columns.length === 1
            ? l10n.t('Schema: 1 column')
            : l10n.t('Schema: {0} columns', formatCount(table.columns.length))
        }
      </summary>
      ${schemaTable(table.columns, partitions)}
    </details>
    <div class="scroll grid" role="region" tabindex="0" aria-label="${l10n.t('Rows')}">
      <table>
        <caption>
          ${shownText(rows.length, table.rows)}
        </caption>
        <thead>
          <tr>
            <th class="number" scope="col"><span class="hidden">${l10n.t('Row')}</span></th>
            ${table.columns.map(columnHead)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row, i) =>
              html`<tr>
                <th class="number dim" scope="row">${formatCount(i + 1)}</th>
                ${table.columns.map(({ name, type }) => cell(cellOf(row[name], language), isNumeric(type)))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${rows.length > 0 && hasMore && html`<p>${button({ kind: 'more' }, l10n.t('Load More'))}</p>`}`;
}

/** The commits of a Delta table, newest first. */
export function historyPage(table: Table, commits: readonly Commit[], options: PageOptions): Html {
  const { language } = options;
  const oldest = commits.at(-1)?.version ?? 0;
  return html`${header(options, factsText(table, language), [
      button({ kind: 'refresh' }, l10n.t('Refresh')),
      button({ kind: 'rows' }, l10n.t('Rows')),
    ])}
    <div class="scroll grid" role="region" tabindex="0" aria-label="${l10n.t('History')}">
      <table>
        <caption>
          ${l10n.t('Versions, newest first; older ones are gone once they are vacuumed')}
        </caption>
        <thead>
          <tr>
            <th class="number" scope="col">${l10n.t('Version')}</th>
            <th scope="col">${l10n.t('Time')} <span class="dim">UTC</span></th>
            <th scope="col">${l10n.t('Operation')}</th>
            <th class="number" scope="col">${l10n.t('Rows written')}</th>
            <th class="number" scope="col">${l10n.t('Files')}</th>
            <th scope="col">${l10n.t('Parameters')}</th>
          </tr>
        </thead>
        <tbody>
          ${commits.map((commit) => commitRow(commit, language))}
        </tbody>
      </table>
    </div>
    ${oldest > 0 && html`<p>${button({ kind: 'more' }, l10n.t('Load More'))}</p>`}`;
}

/** What went wrong, and a way to try again. */
export function errorPage(error: unknown, options: PageOptions): Html {
  return html`${header(options, undefined, [])}
    <p role="alert">${describeError(error)}</p>
    <p>${button({ kind: 'refresh' }, l10n.t('Try Again'))}</p>`;
}

/** While it is read for the first time. */
export function waitingPage(options: PageOptions): Html {
  return html`${header(options, undefined, [])}
    <p role="status">${l10n.t('Reading {0}…', options.view.path)}</p>`;
}

function header({ name, view }: PageOptions, facts: string | undefined, actions: (Html | false)[]): Html {
  return html`<header id="view" data-view="${JSON.stringify(view)}">
    <h1>${name}</h1>
    <div class="actions">${actions}</div>
    <p class="dim">${view.path}${facts !== undefined && ` · ${facts}`}</p>
  </header>`;
}

function button(request: TableRequest, text: string): Html {
  return html`<button type="button" data-request="${JSON.stringify(request)}">${text}</button>`;
}

function factsText(table: Table, language: string): string {
  const { format, version, rows, bytes, files, lastChange } = table;
  const kind = format === 'delta' ? 'Delta' : 'Parquet';
  return [
    version === undefined ? kind : l10n.t('{0}, version {1}', kind, version),
    rows === undefined ? undefined : rowsText(rows),
    sizeText(bytes, files.length),
    l10n.t(
      'last change {0}',
      lastChange.toLocaleString(language, { dateStyle: 'medium', timeStyle: 'medium' }),
    ),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function shownText(shown: number, all: number | undefined): string {
  if (all === 0 || shown === 0) return l10n.t('No rows');
  if (all === undefined) return l10n.t('The first {0} rows', formatCount(shown));
  return shown < all
    ? l10n.t('The first {0} of {1} rows', formatCount(shown), formatCount(all))
    : shown === 1
      ? l10n.t('1 row')
      : l10n.t('All {0} rows', formatCount(shown));
}

function schemaTable(columns: readonly Column[], partitions: ReadonlySet<string>): Html {
  const hasComments = columns.some(({ comment }) => comment !== undefined);
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${l10n.t('Schema')}">
    <table>
      <thead>
        <tr>
          <th scope="col">${l10n.t('Column')}</th>
          <th scope="col">${l10n.t('Type')}</th>
          <th scope="col">${l10n.t('Null')}</th>
          ${hasComments && html`<th scope="col">${l10n.t('Comment')}</th>`}
        </tr>
      </thead>
      <tbody>
        ${columns.map(
          ({ name, type, nullable, comment }) =>
            html`<tr>
              <th scope="row">
                ${name}${partitions.has(name) && html` <span class="dim">${l10n.t('partition')}</span>`}
              </th>
              <td class="wide"><code>${type}</code></td>
              <td>${nullable ? l10n.t('may be null') : l10n.t('never null')}</td>
              ${hasComments && html`<td class="wide">${comment ?? ''}</td>`}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function columnHead({ name, type }: Column): Html {
  const zone = zoneOf(type);
  // The whole of a nested type is in the schema.
  const short = type.length > 24 ? `${type.slice(0, type.indexOf('<') + 1)}…>` : type;
  return html`<th scope="col" class="${isNumeric(type) ? 'number' : ''}">
    ${name}<br /><span class="dim type">${zone === undefined ? short : `${short}, ${zone}`}</span>
  </th>`;
}

function cell({ text, kind, whole }: Cell, isNumber: boolean): Html {
  const classes = [kind === 'null' ? 'null' : '', isNumber ? 'number' : ''].join(' ').trim();
  return whole === undefined
    ? html`<td class="${classes}">${text}</td>`
    : html`<td class="${classes}" title="${whole}">${text}</td>`;
}

function commitRow(commit: Commit, language: string): Html {
  const { version, timestamp, operation, operationMetrics: metrics } = commit;
  const parameters = parametersText(commit);
  const rows = numberOf(metrics.numOutputRows ?? metrics.numTargetRowsInserted);
  const files = numberOf(metrics.numFiles ?? metrics.numTargetFilesAdded ?? metrics.numAddedFiles);
  return html`<tr>
    <td class="number">
      <button
        type="button"
        class="link"
        data-request="${JSON.stringify({ kind: 'rows', version })}"
        aria-label="${l10n.t('Show the rows of version {0}', version)}"
      >
        ${version}
      </button>
    </td>
    <td>${timestamp.toISOString().replace('T', ' ').replace(/\..*$/, '')}</td>
    <td>${operation ?? ''}</td>
    <td class="number">${rows === undefined ? '' : rows.toLocaleString(language)}</td>
    <td class="number">${files === undefined ? '' : files.toLocaleString(language)}</td>
    <td class="dim" title="${parameters}">${parameters}</td>
  </tr>`;
}

/** Delta writes its numbers as texts. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

const maxParameters = 160;

function parametersText({ operationParameters, userMetadata }: Commit): string {
  const parts = Object.entries(operationParameters).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  if (userMetadata !== undefined) parts.push(userMetadata);
  const text = parts.join(', ');
  return text.length > maxParameters ? `${text.slice(0, maxParameters)}…` : text;
}

/** In addition to what all pages have. */
export const tableStyle = `
main { display: flex; flex-direction: column; height: 100vh; box-sizing: border-box; padding-bottom: 16px; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 12px; }
header h1 { margin-bottom: 4px; }
header p { flex-basis: 100%; overflow-wrap: anywhere; }
.actions { display: flex; gap: 4px; }
button { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); border: 1px solid var(--vscode-button-secondaryBorder, var(--vscode-contrastBorder, transparent)); border-radius: 2px; padding: 2px 10px; font: inherit; cursor: pointer; }
button:hover { background: var(--vscode-button-secondaryHoverBackground); }
button:disabled { opacity: 0.5; cursor: default; }
button.link { color: var(--vscode-textLink-foreground); background: none; border: none; padding: 0; text-decoration: underline; font-variant-numeric: tabular-nums; }
details { margin-bottom: 8px; max-height: 45vh; overflow-y: auto; flex-shrink: 0; }
summary { cursor: pointer; padding: 2px 0; }
details .scroll { padding-left: 16px; }
code { font-family: var(--vscode-editor-font-family); font-size: 0.95em; color: inherit; background: none; }
.grid { overflow: auto; flex: 0 1 auto; min-height: 6em; }
.grid thead th { position: sticky; top: 0; background: var(--vscode-editor-background); z-index: 1; }
.grid tbody th { font-weight: normal; }
.grid tbody tr:hover { background: var(--vscode-list-hoverBackground); }
caption { caption-side: top; }
.type { font-weight: normal; }
td { max-width: 60ch; overflow: hidden; text-overflow: ellipsis; }
td.wide { white-space: normal; overflow-wrap: anywhere; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;
