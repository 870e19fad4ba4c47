import * as l10n from '@vscode/l10n';
import { describeError } from '../../src/base/errors.ts';
import type {
  Answer,
  ColumnStatistics,
  Detail,
  Difference,
  TableMessage,
  WireCell,
  WireCommit,
} from '../../src/vscode/tables/tableProtocol.ts';
import { button, progressRing } from '../shared/controls.ts';
import { make } from '../shared/elements.ts';
import { CellText, isNumericType, oneLine, timeFormat, type CellStyle } from './cellText.ts';
import { cellPane } from './cellPane.ts';
import { nullShare, shareText } from './columnHead.ts';
import { histogram } from './histogram.ts';
import { listTable } from './listTable.ts';
import { Tabs, type Tab } from './tabs.ts';

type Ask = (
  request:
    | { kind: 'cell'; row: number; column: number }
    | { kind: 'detail'; detail: Exclude<Detail, 'history'> }
    | { kind: 'history'; limit: number }
    | { kind: 'openVersion'; version?: number }
    | { kind: 'compare'; version: number },
) => Promise<Answer>;

export interface ActiveCell {
  /** The number of its row in the table; undefined where it has none. */
  row: number | undefined;
  column: number;
  cell: WireCell | undefined;
}

export interface SidePanelOptions {
  ask: Ask;
  style: () => CellStyle;
  activeCell: () => ActiveCell | undefined;
  statistics: (column: number) => ColumnStatistics | undefined;
  goToColumn: (column: number) => void;
  opened: (tab: string | undefined) => void;
}

const commitsAtOnce = 50;

/** Beside the grid: the active cell, the schema, statistics, and what else the table has. */
export class SidePanel {
  readonly element = make('aside', {
    class: 'side',
    id: 'side',
    'aria-label': l10n.t('Details'),
    hidden: true,
  });
  readonly #o: SidePanelOptions;
  readonly #tabs: Tabs;
  #table: TableMessage | undefined;
  #commits = commitsAtOnce;
  #difference: Difference | undefined;
  #fill = 0;
  #following: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SidePanelOptions) {
    this.#o = options;
    this.#tabs = new Tabs(l10n.t('Details'), (id) => options.opened(id));
    this.element.append(this.#tabs.element);
  }

  show(table: TableMessage): void {
    this.#table = table;
    this.#difference = undefined;
    this.#commits = commitsAtOnce;
    this.#tabs.show(this.#tabsOf(table));
  }

  open(tab: string): void {
    this.element.hidden = false;
    this.#tabs.open(tab);
    this.#o.opened(this.#tabs.openId);
  }

  /** Opens with what was open before, or closes. */
  toggle(): void {
    if (this.element.hidden) this.open(this.#tabs.openId);
    else this.close();
  }

  close(): void {
    this.element.hidden = true;
    this.#o.opened(undefined);
  }

  /** Another cell is active: what is shown of it follows, once the keys rest. */
  follow(): void {
    if (this.element.hidden) return;
    if (this.#tabs.openId !== 'cell' && this.#tabs.openId !== 'statistics') return;
    clearTimeout(this.#following);
    this.#following = setTimeout(() => this.#tabs.refill(), 120);
  }

  /** Statistics came, or times are shown in another zone. */
  refresh(): void {
    if (!this.element.hidden) this.#tabs.refill();
  }

  #tabsOf({ details }: TableMessage): Tab[] {
    const tabs: Tab[] = [
      { id: 'schema', title: l10n.t('Schema'), fill: (panel) => this.#schema(panel) },
      { id: 'statistics', title: l10n.t('Statistics'), fill: (panel) => this.#statistics(panel) },
      { id: 'cell', title: l10n.t('Cell'), fill: (panel) => this.#cell(panel) },
    ];
    const titles: Record<Detail, string> = {
      rowGroups: l10n.t('Row Groups'),
      metadata: l10n.t('Metadata'),
      partitions: l10n.t('Partitions'),
      history: l10n.t('History'),
    };
    for (const detail of details) {
      const fill = (panel: HTMLElement): void =>
        detail === 'history' ? this.#history(panel) : this.#detail(panel, detail, titles[detail]);
      tabs.push({ id: detail, title: titles[detail], fill });
    }
    return tabs;
  }

  #schema(panel: HTMLElement): void {
    const table = this.#table!;
    const rows = table.columns.map(({ name, type, nullable, comment, isPartition }, i) => {
      const go = make(
        'button',
        { type: 'button', class: 'link' },
        name === '' ? l10n.t('(no name)') : oneLine(name),
      );
      go.addEventListener('click', () => this.#o.goToColumn(i));
      const notes = [
        isPartition === true ? l10n.t('partition') : '',
        nullable ? '' : l10n.t('never null'),
        comment ?? '',
      ].filter((note) => note !== '');
      return make(
        'tr',
        {},
        make('td', {}, go),
        make(
          'td',
          { class: 'wrap' },
          make('code', {}, type),
          ...notes.map((note) => make('div', { class: 'dim' }, note)),
        ),
      );
    });
    const facts = make(
      'dl',
      {},
      ...table.facts.flatMap(({ label, value }) => [make('dt', {}, label), make('dd', {}, value)]),
    );
    panel.append(
      make(
        'table',
        {},
        make('caption', { class: 'unseen' }, l10n.t('Schema')),
        make(
          'thead',
          {},
          make(
            'tr',
            {},
            make('th', { scope: 'col' }, l10n.t('Column')),
            make('th', { scope: 'col' }, l10n.t('Type')),
          ),
        ),
        make('tbody', {}, ...rows),
      ),
      ...(table.facts.length > 0 ? [make('h2', {}, l10n.t('File')), facts] : []),
    );
  }

  #statistics(panel: HTMLElement): void {
    const active = this.#o.activeCell();
    const table = this.#table!;
    const column = active && table.columns[active.column];
    if (!active || !column) return;
    const statistics = this.#o.statistics(active.column);
    const style = this.#o.style();
    const writer = new CellText(column.type, style);
    panel.append(make('h2', {}, oneLine(column.name)), make('p', {}, make('code', {}, column.type)));
    const facts: [string, string][] = [];
    const share = nullShare({ column, statistics, rows: table.rowCount.rows });
    if (share !== undefined) facts.push([l10n.t('Null'), shareText(share, style.language)]);
    const least = column.min ?? statistics?.min;
    const most = column.max ?? statistics?.max;
    if (least !== undefined) facts.push([l10n.t('Least'), writer.text(least)]);
    if (most !== undefined) facts.push([l10n.t('Greatest'), writer.text(most)]);
    if (statistics?.mean !== undefined) {
      const mean = statistics.mean.toLocaleString(style.language, { maximumSignificantDigits: 6 });
      facts.push([l10n.t('Mean'), mean]);
    }
    if (statistics?.distinct) {
      const { count, isLimited } = statistics.distinct;
      const text = count.toLocaleString(style.language);
      facts.push([l10n.t('Distinct'), isLimited ? l10n.t('more than {0}', text) : text]);
    }
    panel.append(
      make('dl', {}, ...facts.flatMap(([label, value]) => [make('dt', {}, label), make('dd', {}, value)])),
    );
    if (!statistics) return;
    const bars = histogram(statistics);
    if (bars && statistics.bins) {
      const { from, to, isTime } = statistics.bins;
      const time = timeFormat(style.zone);
      const end = (at: number): string =>
        isTime
          ? time(BigInt(Math.round(at)) * 1000n)
          : at.toLocaleString(style.language, { maximumSignificantDigits: 6 });
      panel.append(
        make('div', { class: 'side-chart' }, bars),
        make('div', { class: 'side-range' }, make('span', {}, end(from)), make('span', {}, end(to))),
      );
    }
    if (statistics.top) {
      panel.append(
        make('h2', {}, l10n.t('Most frequent')),
        listTable({
          caption: l10n.t('Most frequent values'),
          heads: [
            { title: l10n.t('Value'), isNumeric: false },
            { title: l10n.t('Rows'), isNumeric: true },
          ],
          rows: statistics.top.map(({ value, count }) => [make('span', {}, writer.text(value)), count]),
          style,
        }),
      );
    }
    const isFromFile = column.nullCount !== undefined || column.min !== undefined;
    const over = l10n.t('Over the first {0} rows.', statistics.rows.toLocaleString(style.language));
    panel.append(
      make(
        'p',
        { class: 'dim' },
        isFromFile
          ? `${over} ${l10n.t('Null, least and greatest, where the files tell them, are of all rows.')}`
          : over,
      ),
    );
  }

  #cell(panel: HTMLElement): void {
    const active = this.#o.activeCell();
    const column = active && this.#table!.columns[active.column];
    if (!active || !column) return;
    const { row } = active;
    const style = this.#o.style();
    const title = make('h2', {}, oneLine(column.name));
    panel.append(title, make('p', {}, make('code', {}, column.type)));
    if (row === undefined) {
      const shown =
        active.cell === undefined ? [] : cellPane({ kind: 'cell', value: active.cell }, column.type, style);
      panel.append(...shown);
      return;
    }
    title.append(
      make('span', { class: 'dim' }, ` ${l10n.t('row {0}', (row + 1).toLocaleString(style.language))}`),
    );
    this.#ask(panel, { kind: 'cell', row, column: active.column }, (answer) =>
      answer.kind === 'cell' ? cellPane(answer, column.type, style) : [],
    );
  }

  #detail(panel: HTMLElement, detail: Exclude<Detail, 'history'>, title: string): void {
    const style = this.#o.style();
    this.#ask(panel, { kind: 'detail', detail }, (answer) => {
      if (answer.kind !== 'list') return [];
      const left = answer.total - answer.rows.length;
      return [
        make(
          'div',
          { class: 'scroll' },
          listTable({ caption: title, heads: answer.heads, rows: answer.rows, style }),
        ),
        ...(left > 0
          ? [make('p', { class: 'dim' }, l10n.t('… {0} more', left.toLocaleString(style.language)))]
          : []),
      ];
    });
  }

  #history(panel: HTMLElement): void {
    if (this.#difference) return this.#showDifference(panel, this.#difference);
    this.#ask(panel, { kind: 'history', limit: this.#commits }, (answer) => {
      if (answer.kind !== 'history') return [];
      const more = button(l10n.t('Load More'), () => {
        this.#commits += commitsAtOnce;
        this.#tabs.refill();
      });
      return [
        make('ol', { class: 'history' }, ...answer.commits.map((commit) => this.#commit(panel, commit))),
        ...(answer.hasMore ? [more] : []),
      ];
    });
  }

  #commit(panel: HTMLElement, commit: WireCommit): HTMLElement {
    const { version, at, operation, rows, files, parameters } = commit;
    const { language, zone } = this.#o.style();
    const shown = this.#table!.version;
    const facts = [
      operation,
      rows === undefined
        ? ''
        : rows === 1
          ? l10n.t('1 row')
          : l10n.t('{0} rows', rows.toLocaleString(language)),
      files === undefined
        ? ''
        : files === 1
          ? l10n.t('1 file')
          : l10n.t('{0} files', files.toLocaleString(language)),
    ].filter((fact) => fact !== '');
    const open = button(l10n.t('Open'), () => this.#ask(panel, { kind: 'openVersion', version }, () => []));
    open.title = l10n.t('Show the rows of version {0}', version);
    open.setAttribute('aria-label', l10n.t('Open version {0}', version));
    const compare = button(l10n.t('Compare'), () => {
      this.#ask(panel, { kind: 'compare', version }, (answer) => {
        if (answer.kind !== 'difference') return [];
        this.#difference = answer;
        queueMicrotask(() => this.#tabs.refill());
        return [];
      });
    });
    compare.title = l10n.t('Show what changed between version {0} and the shown one', version);
    compare.setAttribute('aria-label', l10n.t('Compare with version {0}', version));
    return make(
      'li',
      { class: version === shown ? 'shown' : undefined },
      make(
        'div',
        { class: 'commit-line' },
        make('strong', {}, l10n.t('Version {0}', version)),
        make('span', { class: 'dim' }, timeFormat(zone)(BigInt(Math.round(at)) * 1000n)),
      ),
      make('div', {}, facts.join(' · ')),
      parameters === '' ? undefined : make('div', { class: 'dim cut', title: parameters }, parameters),
      version === shown
        ? make('div', { class: 'dim' }, l10n.t('shown now'))
        : make('div', { class: 'actions' }, open, compare),
    );
  }

  #showDifference(panel: HTMLElement, difference: Difference): void {
    const { version, added, removed, columns, addedRows, removedRows, note } = difference;
    const style = this.#o.style();
    const count = (n: number): string => n.toLocaleString(style.language);
    const types = new Map(this.#table!.columns.map(({ name, type }) => [name, type]));
    const heads = columns.map((title) => ({ title, isNumeric: isNumericType(types.get(title) ?? '') }));
    const rowsTable = (title: string, all: number, rows: Difference['addedRows']): Node[] => {
      if (all === 0) return [];
      const left = all - rows.length;
      return [
        make('h2', {}, title),
        make(
          'div',
          { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': title },
          listTable({ caption: title, heads, rows, style }),
        ),
        ...(left > 0 ? [make('p', { class: 'dim' }, l10n.t('… {0} more', count(left)))] : []),
      ];
    };
    const lines = [
      difference.columnsAdded.length > 0
        ? l10n.t('New columns: {0}', difference.columnsAdded.join(', '))
        : '',
      difference.columnsRemoved.length > 0
        ? l10n.t('Columns that went: {0}', difference.columnsRemoved.join(', '))
        : '',
      note,
    ].filter((line) => line !== '');
    const summary =
      added === 0 && removed === 0
        ? note === ''
          ? l10n.t('No row differs from version {0}.', version)
          : l10n.t('None of the rows that were compared differs from version {0}.', version)
        : l10n.t(
            'Since version {0}: {1} rows added, {2} rows removed.',
            version,
            count(added),
            count(removed),
          );
    panel.append(
      button(l10n.t('Back to History'), () => {
        this.#difference = undefined;
        this.#tabs.refill();
      }),
      make('p', { class: 'summary', role: 'status' }, summary),
      ...lines.map((line) => make('p', { class: 'dim' }, line)),
      ...rowsTable(l10n.t('Added'), added, addedRows),
      ...rowsTable(l10n.t('Removed'), removed, removedRows),
    );
  }

  /** Shows what comes of a request at the end of the panel; nothing if the panel shows something else by then. */
  #ask(panel: HTMLElement, request: Parameters<Ask>[0], show: (answer: Answer) => Node[]): void {
    const fill = (this.#fill += 1);
    const place = make('div', { 'aria-busy': 'true' }, progressRing());
    panel.append(place);
    this.#o.ask(request).then(
      (answer) => {
        if (fill !== this.#fill) return place.remove();
        place.removeAttribute('aria-busy');
        place.replaceChildren(...show(answer));
      },
      (error: unknown) => {
        place.removeAttribute('aria-busy');
        place.replaceChildren(make('p', { class: 'error', role: 'alert' }, describeError(error)));
      },
    );
  }
}
