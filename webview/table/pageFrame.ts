import * as l10n from '@vscode/l10n';
import type { TableMessage } from '../../src/vscode/tables/tableProtocol.ts';
import { button, progressRing } from '../shared/controls.ts';
import { make } from '../shared/elements.ts';
import { factsText } from './factsText.ts';

export interface PageFrameOptions {
  refresh: () => void;
  actions: readonly HTMLElement[];
  bar: HTMLElement;
  views: readonly HTMLElement[];
  footer: readonly HTMLElement[];
}

const passingMs = 5_000;

/** What is around the grid: name and facts, what is being done, and what went wrong. */
export class PageFrame {
  readonly #main: HTMLElement;
  readonly #refresh: () => void;
  readonly #heading = make('h1', {});
  readonly #facts = make('p', { class: 'facts' });
  readonly #message = make('p', { class: 'message', role: 'status' });
  readonly #banner = make('div', { class: 'banner', role: 'status', hidden: true });
  readonly #notes = make('div', { class: 'notes' });
  readonly #failure = make('section', { class: 'failure', hidden: true });

  constructor(main: HTMLElement, { refresh, actions, bar, views, footer }: PageFrameOptions) {
    this.#main = main;
    this.#refresh = refresh;
    main.replaceChildren(
      make('header', {}, this.#heading, this.#facts, make('div', { class: 'actions' }, ...actions)),
      bar,
      this.#message,
      this.#banner,
      this.#notes,
      this.#failure,
      make('div', { class: 'views' }, ...views),
      make('div', { class: 'footer' }, ...footer),
    );
    main.className = 'waiting';
  }

  /** What is there stays until something new comes. */
  reading(name: string, what: string): void {
    this.#heading.textContent = name;
    this.#main.setAttribute('aria-busy', 'true');
    if (this.#main.className !== 'shown') this.#main.className = 'waiting';
    this.#failure.hidden = true;
    this.#message.className = 'message';
    this.#message.replaceChildren(progressRing(), l10n.t('Reading {0}…', what));
  }

  show(table: TableMessage, language: string): void {
    this.#become('shown', table.name);
    document.title = table.name;
    this.#failure.hidden = true;
    this.showFacts(table, language);
    this.#notes.replaceChildren(...table.notes.map((note) => make('p', {}, note)));
  }

  showFacts(table: TableMessage, language: string): void {
    this.#facts.textContent = factsText(table, language);
  }

  fail(name: string, sentences: readonly string[]): void {
    this.#become('failed', name);
    this.#failure.hidden = false;
    this.#failure.replaceChildren(
      make('h2', {}, l10n.t('{0} is not shown', name)),
      ...sentences.map((sentence) => make('p', { role: 'alert' }, sentence)),
      make('div', { class: 'actions' }, button(l10n.t('Try Again'), this.#refresh, { look: 'primary' })),
    );
  }

  /** What is shown is no longer what is there. */
  changed(sentence: string): void {
    this.#banner.hidden = false;
    this.#banner.replaceChildren(
      make('span', {}, sentence),
      button(l10n.t('Refresh'), this.#refresh, { look: 'primary' }),
    );
  }

  /** A sentence above the grid; a passing one goes by itself. */
  tell(
    text: string,
    options: { isError?: boolean; isPassing?: boolean; action?: HTMLElement | undefined } = {},
  ): void {
    const { isError = false, isPassing = false, action } = options;
    if (isPassing && text === '') return;
    this.#message.replaceChildren(text, ...(action ? [action] : []));
    this.#message.className = isError ? 'message error' : 'message';
    if (!isPassing) return;
    setTimeout(() => {
      if (this.#message.textContent === text) this.#message.replaceChildren();
    }, passingMs);
  }

  #become(state: 'shown' | 'failed', name: string): void {
    this.#heading.textContent = name;
    this.#main.className = state;
    this.#main.removeAttribute('aria-busy');
    this.#banner.hidden = true;
    this.tell('');
  }
}

/** Said in the place of rows; hidden if there are any. */
export function emptyText({ rowCount, columns }: TableMessage): HTMLElement {
  const text =
    columns.length === 0 ? l10n.t('This table has no columns.') : l10n.t('This table has no rows.');
  const isEmpty = columns.length === 0 || (rowCount.isFinal && rowCount.rows === 0);
  return make('p', { class: 'empty', role: 'status', hidden: !isEmpty }, text);
}
