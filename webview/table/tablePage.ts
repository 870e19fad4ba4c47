import * as l10n from '@vscode/l10n';
import { describeError } from '../../src/base/errors.ts';
import {
  maxCopiedRows,
  toTablePageSchema,
  type Answer,
  type FromTablePage,
  type TableMessage,
  type ToTablePage,
} from '../../src/vscode/tables/tableProtocol.ts';
import { Channel, hostPort } from '../shared/channel.ts';
import { button } from '../shared/controls.ts';
import { Announcer, make } from '../shared/elements.ts';
import { menuButton } from '../shared/menuButton.ts';
import { isNumericType, type CellStyle } from './cellText.ts';
import { fillHead, shortType } from './columnHead.ts';
import { columnWidth } from './columnSizes.ts';
import { Grid } from './grid.ts';
import { shownCell, type ShownCell } from './gridRows.ts';
import { HeadStatistics } from './headStatistics.ts';
import { measureText } from './measureText.ts';
import { emptyText, PageFrame } from './pageFrame.ts';
import { keptOptions, keptView, readPageState, type PageState } from './pageState.ts';
import { SidePanel, type ActiveCell } from './sidePanel.ts';
import { minLoadedRows, TableRows, type Asked } from './tableRows.ts';
import { isFound, isPlain, type ViewOptions } from './tableView.ts';
import { ViewBar } from './viewBar.ts';

const saveAfterMs = 200;
/** Columns are as wide as the texts of so many rows ask for. */
const fittedRows = 60;
/** The session answers after the code that runs, and computes what it answers. */
const sessionWithinMs = 900_000;

/** The page of one table: the grid with what it takes to look around in it, as the extension tells. */
export class TablePage {
  readonly #api: VscodeApi;
  readonly #language: string;
  readonly #channel: Channel<ToTablePage, FromTablePage>;
  readonly #announcer = new Announcer();
  readonly #frame: PageFrame;
  readonly #gridPlace = make('div', { class: 'grid-place' });
  readonly #position = make('span', {});
  readonly #hint = make('span', {});
  readonly #chart: HTMLElement;
  readonly #newest: HTMLElement;
  readonly #toggle: HTMLElement;
  readonly #bar: ViewBar;
  readonly #side: SidePanel;
  #state: PageState;
  #table: TableMessage | undefined;
  #grid: Grid | undefined;
  #rows: TableRows | undefined;
  #statistics: HeadStatistics | undefined;
  #options: ViewOptions = { sort: undefined, filters: [], search: '' };
  #isFitted = false;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #isPainting = false;
  #trouble = '';

  constructor(main: HTMLElement, api: VscodeApi, language: string) {
    this.#api = api;
    this.#language = language;
    this.#state = readPageState(api.getState());
    this.#bar = new ViewBar({
      changed: (options) => this.#setView(options),
      zone: (zone) => this.#setZone(zone),
      loadMore: () => void this.#loadMore(),
      whole: (on) => void this.#rows?.setWhole(on),
      focusGrid: () => this.#grid?.focus(),
    });
    this.#side = new SidePanel({
      ask: (request) => this.#ask(request),
      style: () => this.#style,
      activeCell: () => this.#activeCell(),
      statistics: (column) => this.#statistics?.of(column),
      goToColumn: (column) => this.#grid?.activate({ row: this.#grid.selection.active.row, column }),
      opened: (tab) => this.#sideOpened(tab),
    });
    this.#chart = button(l10n.t('Chart This Table'), () => this.#do({ kind: 'chart' }), { look: 'primary' });
    this.#newest = button(l10n.t('Newest Version'), () => this.#do({ kind: 'openVersion' }));
    this.#toggle = button(l10n.t('Details'), () => this.#side.toggle());
    this.#toggle.setAttribute('aria-controls', 'side');
    this.#frame = this.#newFrame(main);
    this.#channel = new Channel(hostPort(api), toTablePageSchema, (message) => this.#hear(message));
    window.addEventListener('pagehide', () => this.#save());
    this.#channel.say({ kind: 'ready' });
  }

  get #style(): CellStyle {
    return { language: this.#language, zone: this.#state.zone };
  }

  #newFrame(main: HTMLElement): PageFrame {
    const copy = menuButton(l10n.t('Copy'), [
      [
        { text: l10n.t('Copy for a Spreadsheet (TSV)'), run: () => this.#copy('tsv') },
        { text: l10n.t('Copy as CSV'), run: () => this.#copy('csv') },
        { text: l10n.t('Copy as Markdown'), run: () => this.#copy('markdown') },
      ],
    ]);
    const refresh = (): void => this.#do({ kind: 'refresh' });
    main.addEventListener('keydown', (event) => this.#onKey(event));
    return new PageFrame(main, {
      refresh,
      actions: [this.#chart, this.#newest, button(l10n.t('Refresh'), refresh), copy, this.#toggle],
      bar: this.#bar.element,
      views: [this.#gridPlace, this.#side.element],
      footer: [this.#position, this.#hint, this.#announcer.element],
    });
  }

  #onKey(event: KeyboardEvent): void {
    const isFind = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'f';
    if (isFind) this.#bar.focusSearch();
    else if (event.key === 'Escape' && this.#side.element.contains(event.target as Node)) {
      this.#side.close();
      this.#grid?.focus();
    } else return;
    event.preventDefault();
  }

  #hear(message: Exclude<ToTablePage, { kind: 'reply' }>): void {
    switch (message.kind) {
      case 'reading':
        return this.#frame.reading(message.name, message.what);
      case 'table':
        return this.#show(message);
      case 'grown':
        return this.#grown(message.rowCount);
      case 'changed':
        return this.#frame.changed(message.sentence);
      case 'session':
        return this.#sessionChanged(message.session);
      case 'show':
        return this.#side.open(message.detail);
      case 'failed':
        this.#table = undefined;
        return this.#frame.fail(message.name, message.sentences);
    }
  }

  #show(table: TableMessage): void {
    const hadFocus = this.#gridPlace.contains(document.activeElement);
    if (this.#table) this.#save();
    this.#rows?.close();
    this.#grid?.dispose();
    this.#table = table;
    this.#isFitted = false;
    this.#frame.show(table, this.#language);
    this.#chart.hidden = !table.canChart;
    this.#newest.hidden = !table.isPast;
    this.#options = keptOptions(this.#state, table.columns);
    this.#bar.show(table, this.#options, this.#state.zone);
    this.#rows = this.#newRows(table);
    this.#statistics = this.#newStatistics();
    this.#grid = this.#newGrid(table);
    this.#gridPlace.replaceChildren(this.#grid.element, this.#bar.columnMenu, emptyText(table));
    this.#grid.setWidths(table.columns.map((_column, i) => this.#keptWidth(i) ?? this.#fit(i)));
    this.#side.show(table);
    const { panel, topRow, leftPx, active } = this.#state;
    if (panel === undefined) this.#side.element.hidden = true;
    else this.#side.open(panel);
    this.#showToggle();
    this.#grid.setRows(this.#rows.count);
    this.#grid.scrollTo(topRow, leftPx);
    const column = table.columns.findIndex(({ name }) => name === active?.column);
    if (active && column >= 0) {
      this.#grid.selection.move({ row: Math.min(active.row, this.#rows.count - 1), column }, false);
    }
    this.#moved();
    this.#grid.repaint();
    if (hadFocus) this.#grid.focus();
    void this.#rows.load();
  }

  #newGrid(table: TableMessage): Grid {
    return new Grid({
      label: table.name,
      columnCount: table.columns.length,
      rowNumber: (row) => this.#rows!.rowOf(row) + 1,
      cell: (row, column) => this.#shownCell(row, column),
      isNumeric: (column) => isNumericType(table.columns[column]!.type),
      fillHead: (column, head) => this.#fillHead(column, head),
      shows: (start, end, firstColumn, lastColumn) => this.#shows(start, end, firstColumn, lastColumn),
      sort: (column) => this.#bar.sortBy(column),
      openMenu: (column, head) => this.#bar.openMenu(column, head),
      openCell: () => this.#side.open('cell'),
      moved: () => this.#moved(),
      scrolled: () => this.#saveSoon(),
      resized: (column, widthPx) => {
        this.#state.widths[table.columns[column]!.name] = widthPx;
        this.#saveSoon();
      },
      fit: (column) => this.#fit(column),
      copy: () => this.#copy('tsv'),
    });
  }

  #newRows(table: TableMessage): TableRows {
    return new TableRows({
      table,
      view: this.#options,
      style: () => this.#style,
      loadRows: this.#state.loadRows,
      ask: (request) => this.#ask(request),
      cancel: (ticket) => this.#channel.say({ kind: 'cancel', ticket }),
      came: () => this.#paintSoon(),
      changed: () => this.#rowsChanged(),
    });
  }

  #rowsChanged(): void {
    if (!this.#grid || !this.#rows) return;
    this.#grid.setRows(this.#rows.count);
    this.#showCounts();
    this.#moved();
  }

  #shownCell(row: number, column: number): ShownCell | undefined {
    const rows = this.#rows!;
    const writer = rows.writer(column);
    const failure = rows.failure(row, column);
    if (failure !== undefined) return { text: column === 0 ? failure : '', kind: 'null', isFound: false };
    const wanted = this.#options.search.toLowerCase();
    return shownCell(
      rows.cell(row, column),
      (cell) => writer.text(cell),
      (cell) => wanted !== '' && isFound(cell, writer, wanted),
    );
  }

  #shows(start: number, end: number, firstColumn: number, lastColumn: number): void {
    this.#rows!.show(start, end, firstColumn, lastColumn);
    if (this.#rows!.loaded > 0) this.#statistics?.ask(firstColumn, lastColumn);
  }

  /** Rows came: once for all that come in one frame. */
  #paintSoon(): void {
    if (this.#isPainting) return;
    this.#isPainting = true;
    requestAnimationFrame(() => {
      this.#isPainting = false;
      if (!this.#isFitted && (this.#rows?.loaded ?? 0) > 0) this.#fitAll();
      this.#grid?.repaint();
      this.#showCounts();
      this.#showTrouble(this.#rows?.trouble ?? '');
    });
  }

  /** Some rows did not come, for a reason that may pass. */
  #showTrouble(sentence: string): void {
    if (sentence === this.#trouble) return;
    this.#trouble = sentence;
    if (sentence === '') return this.#frame.tell('');
    const again = button(l10n.t('Try Again'), () => this.#rows?.retry());
    this.#frame.tell(sentence, { isError: true, action: again });
  }

  #fillHead(column: number, head: HTMLElement): void {
    const table = this.#table!;
    const { sort, filters } = this.#options;
    fillHead(head, {
      column: table.columns[column]!,
      writer: this.#rows!.writer(column),
      statistics: this.#statistics?.of(column),
      rows: table.rowCount.isFinal ? table.rowCount.rows : 0,
      sort: sort?.column !== column ? undefined : sort.descending ? 'descending' : 'ascending',
      isFiltered: filters.some((filter) => filter.column === column),
      zone: this.#state.zone,
      language: this.#language,
    });
  }

  #newStatistics(): HeadStatistics {
    return new HeadStatistics({
      ask: (columns) => this.#ask({ kind: 'statistics', columns }),
      came: () => {
        this.#grid?.repaint();
        this.#side.refresh();
      },
    });
  }

  #setView(options: ViewOptions): void {
    this.#options = options;
    this.#saveSoon();
    void this.#rows?.setView(options);
    this.#grid?.scrollTo(0, this.#grid.leftPx);
    this.#announcer.say(isPlain(options) ? l10n.t('All rows are shown.') : this.#bar.sentence);
  }

  async #loadMore(): Promise<void> {
    const rows = this.#rows!;
    this.#bar.setLoading(true);
    await rows.loadMore();
    this.#bar.setLoading(false);
    this.#state.loadRows = rows.loadRows;
    this.#saveSoon();
    this.#announcer.say(this.#bar.sentence);
  }

  #setZone(zone: string): void {
    this.#state.zone = zone;
    this.#saveSoon();
    this.#rows?.restyle();
    // Times in filters are of that zone.
    if (this.#rows?.isWhole === true && !isPlain(this.#options)) void this.#rows.setWhole(true);
    this.#grid?.repaint();
    this.#side.refresh();
  }

  #grown(rowCount: TableMessage['rowCount']): void {
    if (!this.#table) return;
    const before = this.#table.rowCount.rows;
    this.#table.rowCount = rowCount;
    this.#frame.showFacts(this.#table, this.#language);
    if (rowCount.rows !== before) this.#rows?.grown();
    this.#showCounts();
  }

  #sessionChanged(hasSession: boolean): void {
    this.#bar.setSession(hasSession);
    if (!hasSession && this.#rows?.isWhole === true) void this.#rows.setWhole(false);
    this.#showCounts();
  }

  #showCounts(): void {
    const rows = this.#rows;
    if (!rows || !this.#table) return;
    const { count: shown, loaded, isFull, isWhole, isComing } = rows;
    const all = this.#table.rowCount;
    this.#bar.showCounts({ shown, loaded, all, isFull, isWhole, isComing, language: this.#language });
  }

  #moved(): void {
    const { selection } = this.#grid!;
    const { active, rectangle, isSingle } = selection;
    const column = this.#table!.columns[active.column];
    this.#state.active = { row: active.row, column: column?.name ?? '' };
    this.#saveSoon();
    this.#side.follow();
    const count = (n: number): string => n.toLocaleString(this.#language);
    const { top, bottom, left, right } = rectangle;
    const isHead = active.row < 0;
    const text = isSingle
      ? l10n.t('Row {0}, column {1}', count(this.#rows!.rowOf(active.row) + 1), column?.name ?? '')
      : l10n.t('{0} rows × {1} columns selected', count(bottom - top + 1), count(right - left + 1));
    this.#position.textContent = isHead || this.#rows!.count === 0 ? '' : text;
    this.#hint.textContent = isHead ? l10n.t('Enter sorts, Alt+↓ filters, Shift+←→ resizes') : '';
  }

  #activeCell(): ActiveCell | undefined {
    const rows = this.#rows;
    if (!this.#grid || !rows || this.#table?.columns.length === 0) return undefined;
    const { row, column } = this.#grid.selection.active;
    const shown = Math.max(0, row);
    const hasNumber = !rows.isWhole && shown < rows.count;
    return { row: hasNumber ? rows.rowOf(shown) : undefined, column, cell: rows.cell(shown, column) };
  }

  #sideOpened(tab: string | undefined): void {
    if (tab === undefined) delete this.#state.panel;
    else this.#state.panel = tab;
    this.#showToggle();
    this.#saveSoon();
  }

  #showToggle(): void {
    this.#toggle.setAttribute('aria-expanded', String(!this.#side.element.hidden));
  }

  /** What is selected; where that is one cell, all rows that fit, or the first ones of the table. */
  #copy(format: 'tsv' | 'csv' | 'markdown'): void {
    const [grid, rows, table] = [this.#grid, this.#rows, this.#table];
    if (!grid || !rows || !table) return;
    if (rows.isWhole) {
      return this.#frame.tell(l10n.t('Rows of the whole table cannot be copied yet.'), { isError: true });
    }
    const { isSingle, rectangle } = grid.selection;
    const isAll = isSingle && format !== 'tsv';
    const most = isPlain(this.#options) ? minLoadedRows : maxCopiedRows;
    const { top, bottom, left, right } = isAll
      ? { top: 0, bottom: Math.min(rows.count, most) - 1, left: 0, right: table.columns.length - 1 }
      : rectangle;
    const count = bottom - top + 1;
    const text = (n: number): string => n.toLocaleString(this.#language);
    if (count > maxCopiedRows) {
      const sentence = l10n.t('At most {0} rows can be copied at once: select fewer.', text(maxCopiedRows));
      return this.#frame.tell(sentence, { isError: true });
    }
    const columns = Array.from({ length: right - left + 1 }, (_x, i) => left + i);
    const done = count === 1 ? l10n.t('Copied 1 row.') : l10n.t('Copied {0} rows.', text(count));
    this.#do({ kind: 'copy', format, ranges: rows.ranges(top, bottom + 1), columns }, done);
  }

  #keptWidth(column: number): number | undefined {
    const { widths } = this.#state;
    const { name } = this.#table!.columns[column]!;
    return Object.hasOwn(widths, name) ? widths[name] : undefined;
  }

  #fitAll(): void {
    this.#isFitted = true;
    const { columns } = this.#table!;
    this.#grid!.setWidths(columns.map((_column, i) => this.#keptWidth(i) ?? this.#fit(i)));
    this.#grid!.scrollTo(this.#grid!.topRow, this.#state.leftPx);
  }

  /** The width that shows the column's name and its values in the rows that are there. */
  #fit(column: number): number {
    const { name, type, nullable, nullCount } = this.#table!.columns[column]!;
    const zone = type === 'timestamp' ? ` ${this.#state.zone}` : '';
    const below = `${shortType(type)}${zone}${nullable && nullCount !== 0 ? '  99.9% null' : ''}`;
    const top = this.#grid?.topRow ?? 0;
    const cells: string[] = [];
    for (let row = top; row < Math.min(this.#rows!.count, top + fittedRows); row++) {
      cells.push(this.#shownCell(row, column)?.text ?? '');
    }
    return columnWidth({ name, below, cells }, measureText);
  }

  #do(request: Asked, done = ''): void {
    this.#ask(request).then(
      () => this.#frame.tell(done, { isPassing: true }),
      (error: unknown) => this.#frame.tell(describeError(error), { isError: true }),
    );
  }

  async #ask(request: Asked): Promise<Answer> {
    const format = this.#table?.format;
    const isSlow = request.kind === 'whole' || format === 'spark' || format === 'pandas';
    return (await this.#channel.ask(request, isSlow ? { withinMs: sessionWithinMs } : {})).answer;
  }

  #saveSoon(): void {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), saveAfterMs);
  }

  #save(): void {
    clearTimeout(this.#saving);
    if (!this.#grid || !this.#table) return;
    this.#state = {
      ...this.#state,
      topRow: this.#grid.topRow,
      leftPx: this.#grid.leftPx,
      view: keptView(this.#options, this.#table.columns),
    };
    this.#api.setState(this.#state);
  }
}
