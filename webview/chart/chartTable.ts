import * as l10n from '@vscode/l10n';
import {
  placeCount,
  tableColumns,
  tableRow,
  type ChartChanges,
  type ChartModel,
} from '../../src/chart/chartModel.ts';
import { make, newId } from '../shared/elements.ts';
import { RowScroller } from '../shared/rowScroller.ts';
import type { ShownRows } from '../shared/virtualRows.ts';

const rowPx = 22;
/** Columns are as wide as what this many rows have at most; others are cut, and whole in their tooltip. */
const measuredRows = 200;
const widthPx = { least: 48, most: 280, padding: 25 };

export interface ChartTableOptions {
  /** A place was chosen, or none is any more. */
  onSelect: (place: number | undefined) => void;
}

/** The chart as a table, of any length: only rows in sight are elements. Worked by keys like a list of the editor. */
export class ChartTable {
  readonly element: HTMLElement;
  readonly #head = make('div', { class: 'head', role: 'row', 'aria-rowindex': 1 });
  readonly #sizer = make('div', { class: 'sizer', role: 'rowgroup' });
  readonly #rowId = newId('row');
  readonly #scroller: RowScroller;
  readonly #select: (place: number | undefined) => void;
  #model: ChartModel | undefined;
  #changes: ChartChanges | undefined;
  #selected: number | undefined;
  /** Where the keys are. */
  #active = 0;

  constructor({ onSelect }: ChartTableOptions) {
    this.#select = onSelect;
    this.element = make(
      'div',
      { class: 'grid', role: 'grid', tabindex: 0 },
      make('div', { class: 'head-group', role: 'rowgroup' }, this.#head),
      this.#sizer,
    );
    this.#scroller = new RowScroller({
      scroller: this.element,
      sizer: this.#sizer,
      rowPx,
      headPx: () => this.#head.offsetHeight,
      paint: (shown) => this.#paint(shown),
    });
    this.element.addEventListener('keydown', (event) => this.#onKey(event));
    this.#sizer.addEventListener('click', ({ target }) => {
      const row = target instanceof Element ? target.closest<HTMLElement>('[data-place]') : null;
      if (row) this.#choose(Number(row.dataset.place), { toggle: true });
    });
  }

  /** Shows the values of a model, and which place is selected, where it is; `changes` adds what they were before. */
  show(model: ChartModel, changes: ChartChanges | undefined, selected: number | undefined): void {
    this.#model = model;
    this.#changes = changes;
    this.#selected = selected;
    const columns = tableColumns(model, changes);
    this.#head.replaceChildren(
      ...columns.map(({ title, numeric }, i) =>
        make(
          'span',
          {
            role: 'columnheader',
            class: numeric ? 'cell number' : 'cell',
            title,
            dir: 'auto',
            'aria-colindex': i + 1,
          },
          title,
        ),
      ),
    );
    const count = placeCount(model);
    this.element.setAttribute('aria-label', l10n.t('The same as a table: {0}', model.title));
    this.element.setAttribute('aria-rowcount', String(count + 1));
    this.element.setAttribute('aria-colcount', String(columns.length));
    const widths = this.#widths(columns.map(({ title }) => title));
    const all = widths.reduce((sum, px) => sum + px, 0);
    this.element.style.setProperty('--columns', widths.map((px) => `${px}fr`).join(' '));
    this.element.style.setProperty('--columns-width', `${all}px`);
    this.element.style.setProperty('--table-width', `${all + scrollBarPx}px`);
    this.#active = selected ?? Math.min(this.#active, Math.max(0, count - 1));
    this.#scroller.setRows(count);
  }

  /** Shows which place is selected, and brings it into view, without telling `onSelect`. */
  select(place: number | undefined): void {
    this.#selected = place;
    if (place !== undefined) {
      this.#active = place;
      this.#scroller.reveal(place);
    }
    this.#scroller.repaint();
  }

  #choose(place: number, { toggle = false } = {}): void {
    this.#active = place;
    this.#select(toggle && place === this.#selected ? undefined : place);
  }

  #onKey(event: KeyboardEvent): void {
    if (!this.#model || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = placeCount(this.#model) - 1;
    if (last < 0) return;
    const page = this.#scroller.rowsPerPage;
    const from = this.#selected ?? this.#active - (event.key === 'ArrowDown' ? 1 : 0);
    const to = {
      ...{ ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + page, PageUp: from - page },
      ...{ Home: 0, End: last },
    }[event.key];
    if (to !== undefined) this.#choose(Math.min(last, Math.max(0, to)));
    else if (event.key === 'Enter' || event.key === ' ') this.#choose(this.#active, { toggle: true });
    else if (event.key === 'Escape') this.#select(undefined);
    else return;
    event.preventDefault();
  }

  #paint({ start, end, firstPx }: ShownRows): void {
    const model = this.#model;
    if (!model) return;
    const columns = tableColumns(model, this.#changes);
    const rows = [];
    for (let place = start; place < end; place++) {
      const cells = tableRow(model, place, this.#changes);
      const row = make(
        'div',
        {
          ...{ role: 'row', id: `${this.#rowId}-${place}`, 'data-place': place },
          'aria-rowindex': place + 2,
          'aria-selected': place === this.#selected ? 'true' : 'false',
          class: place === this.#active ? 'row active' : 'row',
        },
        ...cells.map((text, i) => {
          const numeric = columns[i]?.numeric ?? false;
          return make(
            'span',
            {
              role: i === 0 ? 'rowheader' : 'gridcell',
              class: numeric ? 'cell number' : 'cell',
              'aria-colindex': i + 1,
              dir: 'auto',
              title: text.length > 20 ? text : undefined,
            },
            text,
          );
        }),
      );
      row.style.top = `${firstPx + (place - start) * rowPx}px`;
      rows.push(row);
    }
    this.#sizer.replaceChildren(...rows);
    const isActiveShown = this.#active >= start && this.#active < end;
    if (isActiveShown) this.element.setAttribute('aria-activedescendant', `${this.#rowId}-${this.#active}`);
    else this.element.removeAttribute('aria-activedescendant');
  }

  #widths(titles: readonly string[]): number[] {
    const model = this.#model!;
    const { fontSize, fontFamily } = getComputedStyle(this.element);
    const pen = document.createElement('canvas').getContext('2d');
    if (pen) pen.font = `${fontSize} ${fontFamily}`;
    const widthOf = (text: string): number => pen?.measureText(text).width ?? text.length * 7;
    // Titles are bold, and break into two lines.
    const widths = titles.map((title) => {
      const words = title.split(' ').map(widthOf);
      const line = widthOf(title);
      return 1.15 * (line < oneLinePx ? line : Math.max(...words, line * 0.6));
    });
    const count = placeCount(model);
    const step = Math.max(1, Math.floor(count / measuredRows));
    for (let place = 0; place < count; place += step) {
      tableRow(model, place, this.#changes).forEach((text, i) => {
        widths[i] = Math.max(widths[i] ?? 0, widthOf(text));
      });
    }
    return widths.map((px) =>
      Math.ceil(Math.min(widthPx.most, Math.max(widthPx.least, px)) + widthPx.padding),
    );
  }
}

const scrollBarPx = 14;
/** Shorter titles are not broken. */
const oneLinePx = 110;
