import * as l10n from '@vscode/l10n';
import type { ChartModel } from '../../src/chart/chartModel.ts';
import type { ShownSource } from '../../src/vscode/charts/chartProtocol.ts';
import { keyOf, placeWith } from '../chart/chartPlaces.ts';
import { ChartTable } from '../chart/chartTable.ts';
import { Picture } from '../chart/picture.ts';
import { SourceLine } from '../chart/sourceLine.ts';
import { button } from '../shared/controls.ts';
import { make, newId, type Announcer } from '../shared/elements.ts';

export interface CardOptions {
  /** Columns of the dashboard that it takes. */
  width: number;
  /** BCP 47. */
  language: string;
  announcer: Announcer;
  openChart: () => void;
  openTable: () => void;
}

/** One chart of a dashboard: its picture, or the same as a table. */
export class DashboardCard {
  readonly element: HTMLElement;
  readonly #language: string;
  readonly #heading: HTMLElement;
  readonly #source: SourceLine;
  readonly #picture: Picture;
  readonly #table: ChartTable;
  readonly #tableRoom: HTMLElement;
  readonly #toggle: HTMLElement;
  readonly #message = make('p', { class: 'message', role: 'status' });
  #model: ChartModel | undefined;
  /** The key of the selected place: in another version it stands elsewhere. */
  #selected: string | number | undefined;

  constructor(name: string, { width, language, announcer, openChart, openTable }: CardOptions) {
    this.#language = language;
    const id = newId('card');
    this.#heading = make('h2', { id }, name);
    this.#source = new SourceLine(openTable);
    const select = (place: number | undefined): void => {
      this.#selected = this.#model && keyOf(this.#model, place);
      this.#picture.select(place);
      this.#table.select(place);
    };
    this.#picture = new Picture({ onSelect: select, onZoom: () => {}, announcer });
    this.#table = new ChartTable({ onSelect: select });
    this.#tableRoom = make('div', { class: 'twin', hidden: true }, this.#table.element);
    this.#toggle = button(l10n.t('Table'), () => this.#turn());
    this.#toggle.setAttribute('aria-pressed', 'false');
    this.#message.textContent = l10n.t('Reading…');
    this.element = make(
      'section',
      { class: 'card waiting', 'aria-labelledby': id },
      this.#heading,
      this.#message,
      make('div', { class: 'room' }, this.#picture.element, this.#tableRoom),
      make(
        'footer',
        {},
        this.#source.element,
        make('div', { class: 'actions' }, this.#toggle, button(l10n.t('Open'), openChart)),
      ),
    );
    this.element.style.setProperty('--width', String(width));
  }

  show(model: ChartModel, source: ShownSource): void {
    this.element.className = 'card';
    this.#message.replaceChildren();
    // The picture has its title in itself.
    this.#heading.textContent = model.title;
    this.#heading.classList.add('unseen');
    this.#source.show(source, this.#language);
    this.#model = model;
    const selected = placeWith(model, this.#selected);
    this.#table.show(model, undefined, selected);
    this.#picture.draw(model, { selected });
  }

  fail(sentence: string): void {
    this.element.className = 'card failed';
    this.#heading.classList.remove('unseen');
    this.#message.replaceChildren(sentence);
  }

  redraw(): void {
    this.#picture.redraw();
  }

  #turn(): void {
    const asTable = this.#tableRoom.hidden;
    this.#tableRoom.hidden = !asTable;
    this.#picture.element.hidden = asTable;
    this.#toggle.setAttribute('aria-pressed', String(asTable));
  }
}
