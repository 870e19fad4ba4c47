import * as l10n from '@vscode/l10n';
import { describeError } from '../../src/base/errors.ts';
import {
  toDashboardPageSchema,
  type FromDashboardPage,
  type ToDashboardPage,
} from '../../src/vscode/charts/dashboardProtocol.ts';
import { onThemeChange } from '../chart/pageTheme.ts';
import { Channel, hostPort } from '../shared/channel.ts';
import { button } from '../shared/controls.ts';
import { Announcer, make } from '../shared/elements.ts';
import { DashboardCard } from './dashboardCard.ts';

type Layout = Extract<ToDashboardPage, { kind: 'dashboard' }>;
type Request = { kind: 'refresh' | 'openText' } | { kind: 'openChart' | 'openTable'; index: number };

/** The page of a dashboard: a card for each chart, which fills when its table has been read. */
export class DashboardPage {
  readonly #channel: Channel<ToDashboardPage, FromDashboardPage>;
  readonly #announcer = new Announcer();
  readonly #heading = make('h1');
  readonly #description = make('p', { class: 'description' });
  readonly #message = make('p', { class: 'message', role: 'status' });
  readonly #cards = make('div', { class: 'cards' });
  readonly #failure = make('section', { class: 'failure', hidden: true });
  #shown: DashboardCard[] = [];
  #names = '';

  constructor(main: HTMLElement, api: VscodeApi) {
    this.#channel = new Channel(hostPort(api), toDashboardPageSchema, (message) => this.#hear(message));
    main.replaceChildren(
      make(
        'header',
        {},
        make('div', { class: 'titles' }, this.#heading, this.#description),
        this.#message,
        make(
          'div',
          { class: 'actions' },
          button(l10n.t('Refresh'), () => this.#do({ kind: 'refresh' })),
        ),
      ),
      this.#failure,
      this.#cards,
      this.#announcer.element,
    );
    onThemeChange(() => {
      for (const card of this.#shown) card.redraw();
    });
    this.#channel.say({ kind: 'ready' });
  }

  #hear(message: Exclude<ToDashboardPage, { kind: 'reply' }>): void {
    switch (message.kind) {
      case 'dashboard':
        return this.#layOut(message);
      case 'chart':
        return this.#shown[message.index]?.show(message.model, message.source);
      case 'chartFailed':
        return this.#shown[message.index]?.fail(message.sentence);
      case 'failed':
        return this.#fail(message.name, message.sentence);
    }
  }

  #layOut({ title, description, columns, charts, language }: Layout): void {
    this.#failure.hidden = true;
    this.#heading.textContent = title;
    document.title = title;
    this.#description.textContent = description;
    this.#cards.style.setProperty('--columns', String(columns));
    // The same charts keep their zoom and selection while they are read anew.
    const names = JSON.stringify([columns, charts, language]);
    if (names === this.#names) return;
    this.#names = names;
    this.#shown = charts.map(
      ({ name, width }, index) =>
        new DashboardCard(name, {
          ...{ width: Math.min(width, columns), language, announcer: this.#announcer },
          openChart: () => this.#do({ kind: 'openChart', index }),
          openTable: () => this.#do({ kind: 'openTable', index }),
        }),
    );
    this.#cards.replaceChildren(...this.#shown.map(({ element }) => element));
  }

  #fail(name: string, sentence: string): void {
    this.#names = '';
    this.#shown = [];
    this.#cards.replaceChildren();
    this.#heading.textContent = name;
    this.#description.textContent = '';
    this.#failure.hidden = false;
    this.#failure.replaceChildren(
      make('p', { role: 'alert' }, sentence),
      button(l10n.t('Open as Text'), () => this.#do({ kind: 'openText' })),
    );
  }

  #do(request: Request): void {
    this.#message.replaceChildren();
    this.#channel.ask(request).catch((error: unknown) => {
      this.#message.replaceChildren(describeError(error));
    });
  }
}
