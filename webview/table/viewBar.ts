import * as l10n from '@vscode/l10n';
import type { Filter, TableMessage, WireRowCount } from '../../src/vscode/tables/tableProtocol.ts';
import { button, dropdown, textField, type Control } from '../shared/controls.ts';
import { make } from '../shared/elements.ts';
import { ColumnMenu, filterText } from './columnMenu.ts';
import { isPlain, type ViewOptions } from './tableView.ts';

export interface ViewBarOptions {
  changed: (options: ViewOptions) => void;
  zone: (zone: string) => void;
  loadMore: () => void;
  whole: (on: boolean) => void;
  focusGrid: () => void;
}

export interface ViewCounts {
  shown: number;
  loaded: number;
  all: WireRowCount;
  /** No more rows can be loaded. */
  isFull: boolean;
  isWhole: boolean;
  /** The session still looks for them. */
  isComing: boolean;
  language: string;
}

const typingMs = 200;

/** Search, the filters and the zone; and a line that says over which rows they go. */
export class ViewBar {
  readonly element = make('div', { class: 'view-bar' });
  /** To be put over the grid. */
  readonly columnMenu: HTMLElement;
  readonly #o: ViewBarOptions;
  readonly #menu: ColumnMenu;
  readonly #search: Control;
  readonly #zone: Control;
  readonly #chips = make('div', { class: 'chips' });
  readonly #line = make('p', { class: 'view-line', hidden: true });
  readonly #more: HTMLElement;
  readonly #whole: HTMLElement;
  readonly #sentence = make('span', {});
  #options: ViewOptions = { sort: undefined, filters: [], search: '' };
  #names: readonly string[] = [];
  #hasSession = false;
  #isWhole = false;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ViewBarOptions) {
    this.#o = options;
    this.#menu = new ColumnMenu({
      sort: (sort) => this.#change({ ...this.#options, sort }),
      filter: (column, filter) => this.#setFilter(column, filter),
      closed: () => options.focusGrid(),
    });
    this.columnMenu = this.#menu.element;
    this.#search = textField(l10n.t('Search'), (text) => this.#setSearch(text), {
      placeholder: l10n.t('Search'),
    });
    this.#search.element.classList.add('search');
    this.#search.element.addEventListener('input', ({ target }) => {
      if (!target || !('value' in target) || typeof target.value !== 'string') return;
      const text = target.value;
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#setSearch(text), typingMs);
    });
    this.#zone = dropdown(l10n.t('Times in'), (zone) => options.zone(zone));
    this.#zone.element.classList.add('zone');
    this.#more = button(l10n.t('Load More'), () => options.loadMore());
    this.#whole = button(l10n.t('The Whole Table, Through the Warm Session'), () =>
      options.whole(!this.#isWhole),
    );
    this.#line.append(this.#sentence, this.#more, this.#whole);
    this.element.append(this.#search.element, this.#chips, this.#zone.element, this.#line);
  }

  /** What is said of the rows that fit. */
  get sentence(): string {
    return this.#sentence.textContent;
  }

  show({ columns, session, sessionZone }: TableMessage, options: ViewOptions, zone: string): void {
    this.#names = columns.map(({ name }) => name);
    this.#hasSession = session;
    this.#isWhole = false;
    this.#options = options;
    this.#search.show(options.search);
    const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zones = new Map([['UTC', l10n.t('UTC')]]);
    if (!zones.has(local)) zones.set(local, l10n.t('{0} (local)', local));
    if (sessionZone !== undefined && !zones.has(sessionZone)) {
      zones.set(sessionZone, l10n.t('{0} (session)', sessionZone));
    }
    if (!zones.has(zone)) zones.set(zone, zone);
    this.#zone.show(
      zone,
      [...zones].map(([value, label]) => ({ value, label })),
    );
    this.#zone.element.hidden = !columns.some(({ type }) => type.includes('timestamp'));
    this.#showChips();
  }

  /** A warm session came or went. */
  setSession(hasSession: boolean): void {
    this.#hasSession = hasSession;
  }

  focusSearch(): void {
    (this.#search.element.lastElementChild as HTMLElement | null)?.focus();
  }

  /** Ascending, descending, and as it was, in turn. */
  sortBy(column: number): void {
    const { sort } = this.#options;
    const next =
      sort?.column !== column
        ? { column, descending: false }
        : sort.descending
          ? undefined
          : { column, descending: true };
    this.#change({ ...this.#options, sort: next });
  }

  /** Opens the column's menu below its head. */
  openMenu(column: number, head: HTMLElement): void {
    const { sort, filters } = this.#options;
    const place = this.columnMenu.parentElement!.getBoundingClientRect();
    const { left, bottom } = head.getBoundingClientRect();
    const [leftPx, topPx] = [left - place.left, bottom - place.top];
    const filter = filters.find((one) => one.column === column);
    this.#menu.open({ column, name: this.#names[column] ?? '', sort, filter }, leftPx, topPx);
  }

  setLoading(isLoading: boolean): void {
    this.#more.toggleAttribute('disabled', isLoading);
  }

  showCounts({ shown, loaded, all, isFull, isWhole, isComing, language }: ViewCounts): void {
    const count = (n: number): string => n.toLocaleString(language);
    this.#isWhole = isWhole;
    this.#line.hidden = isPlain(this.#options) && !isWhole;
    const isAllLoaded = all.isFinal && loaded >= all.rows;
    this.#sentence.textContent = isComing
      ? l10n.t('The warm session reads the whole table; code that runs comes first.')
      : isWhole
        ? l10n.t('{0} rows of the whole table, through the warm session.', count(shown))
        : isAllLoaded
          ? l10n.t('{0} of all {1} rows.', count(shown), count(all.rows))
          : all.isFinal
            ? l10n.t(
                '{0} of the {1} rows that are loaded, of {2} in all.',
                count(shown),
                count(loaded),
                count(all.rows),
              )
            : l10n.t('{0} of the {1} rows that are loaded; there are more.', count(shown), count(loaded));
    this.#more.hidden = isWhole || isAllLoaded || isFull;
    this.#whole.hidden = !this.#hasSession && !isWhole;
    this.#whole.setAttribute('aria-pressed', String(isWhole));
  }

  #setSearch(text: string): void {
    clearTimeout(this.#typing);
    if (text === this.#options.search) return;
    this.#change({ ...this.#options, search: text });
  }

  #setFilter(column: number, filter: Filter | undefined): void {
    const others = this.#options.filters.filter((one) => one.column !== column);
    this.#change({ ...this.#options, filters: filter ? [...others, filter] : others });
  }

  #change(options: ViewOptions): void {
    this.#options = options;
    this.#showChips();
    this.#o.changed(options);
  }

  #showChips(): void {
    const { sort, filters } = this.#options;
    const chip = (text: string, remove: () => void): HTMLElement => {
      const made = make(
        'button',
        { type: 'button', class: 'chip', title: text, 'aria-label': l10n.t('Remove: {0}', text) },
        make('span', { class: 'chip-text' }, text),
        make('span', { 'aria-hidden': 'true' }, '×'),
      );
      made.addEventListener('click', () => {
        remove();
        this.#o.focusGrid();
      });
      return made;
    };
    const sortName = sort ? (this.#names[sort.column] ?? '') : '';
    this.#chips.replaceChildren(
      ...(sort
        ? [
            chip(`${sortName} ${sort.descending ? '↓' : '↑'}`, () =>
              this.#change({ ...this.#options, sort: undefined }),
            ),
          ]
        : []),
      ...filters.map((filter) =>
        chip(filterText(this.#names[filter.column] ?? '', filter), () =>
          this.#setFilter(filter.column, undefined),
        ),
      ),
    );
  }
}
