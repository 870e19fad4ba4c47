import * as l10n from '@vscode/l10n';
import { describeError } from '../../src/base/errors.ts';
import type {
  ChartMessage,
  FailedMessage,
  FromChartPage,
  ToChartPage,
} from '../../src/vscode/charts/chartProtocol.ts';
import { toChartPageSchema } from '../../src/vscode/charts/chartProtocol.ts';
import { Channel, hostPort } from '../shared/channel.ts';
import { button, progressRing } from '../shared/controls.ts';
import { Announcer, make } from '../shared/elements.ts';
import { menuButton } from '../shared/menuButton.ts';
import { ChartTable } from './chartTable.ts';
import { ControlBar } from './controlBar.ts';
import { copyPicture } from './copyPicture.ts';
import type { KeptState } from './pageState.ts';
import { onThemeChange } from './pageTheme.ts';
import { Picture } from './picture.ts';
import { keyOf, placeWith } from './chartPlaces.ts';
import { SourceLine } from './sourceLine.ts';

/** Until a person has said where a picture is saved. */
const saveWithinMs = 600_000;
/** A session starts, or runs a query behind the code that runs. */
const sessionWithinMs = 900_000;

/** The page of a chart: controls, picture and table, as the extension tells them. */
export class ChartPage {
  readonly #state: KeptState;
  readonly #channel: Channel<ToChartPage, FromChartPage>;
  readonly #main: HTMLElement;
  readonly #announcer = new Announcer();
  readonly #heading = make('h1', { class: 'unseen' });
  readonly #source: SourceLine;
  readonly #message = make('p', { class: 'message', role: 'status' });
  readonly #controls: ControlBar;
  readonly #controlsToggle: HTMLElement;
  readonly #compareToggle: HTMLElement;
  readonly #refresh: HTMLElement;
  readonly #picture: Picture;
  readonly #table: ChartTable;
  readonly #notes = make('div', { class: 'notes' });
  readonly #changed = make('p', { class: 'changed', hidden: true });
  readonly #failure = make('section', { class: 'failure' });
  #chart: ChartMessage | undefined;

  constructor(main: HTMLElement, api: VscodeApi, state: KeptState) {
    this.#main = main;
    this.#state = state;
    this.#channel = new Channel(hostPort(api), toChartPageSchema, (message) => this.#hear(message));
    this.#source = new SourceLine(() => this.#do({ kind: 'openTable' }));
    this.#controls = new ControlBar({ edit: (changes) => this.#channel.ask({ kind: 'edit', changes }) });
    this.#picture = new Picture({
      onSelect: (place) => this.#select(place),
      onZoom: (zoom) => state.keep({ zoom }),
      announcer: this.#announcer,
    });
    this.#table = new ChartTable({ onSelect: (place) => this.#select(place) });
    this.#controlsToggle = button(l10n.t('Controls'), () => this.#showControls(!this.#hasControls));
    this.#compareToggle = button(l10n.t('What Changed'), () => void this.#compare());
    this.#refresh = button(l10n.t('Refresh'), () => this.#do({ kind: 'refresh' }));
    this.#build();
    this.#showControls(this.#hasControls);
    onThemeChange(() => this.#picture.redraw());
    this.#channel.say({ kind: 'ready' });
  }

  #build(): void {
    const { element: controls } = this.#controls;
    controls.id = 'controls';
    this.#controlsToggle.setAttribute('aria-controls', controls.id);
    this.#controlsToggle.classList.add('toggle');
    const actions = make(
      'div',
      { class: 'actions' },
      this.#controlsToggle,
      this.#compareToggle,
      this.#refresh,
      menuButton(l10n.t('Export'), [
        [
          { text: l10n.t('Save as PNG…'), run: () => this.#save('png') },
          { text: l10n.t('Save as SVG…'), run: () => this.#save('svg') },
          { text: l10n.t('Save as CSV…'), run: () => this.#save('csv') },
        ],
        [
          { text: l10n.t('Copy Image'), run: () => void this.#copyImage() },
          { text: l10n.t('Copy as Markdown Table'), run: () => this.#copy() },
        ],
      ]),
    );
    this.#main.replaceChildren(
      this.#heading,
      make('header', {}, this.#source.element, this.#message, actions),
      controls,
      this.#failure,
      make(
        'div',
        { class: 'views' },
        this.#picture.element,
        make('div', { class: 'twin' }, this.#notes, this.#changed, this.#table.element),
      ),
      this.#announcer.element,
    );
    this.#main.classList.add('waiting');
  }

  #hear(message: Exclude<ToChartPage, { kind: 'reply' }>): void {
    switch (message.kind) {
      case 'reading':
        return this.#reading(message.name);
      case 'chart':
        return this.#show(message);
      case 'failed':
        return this.#fail(message);
    }
  }

  /** What is there stays until something new comes. */
  #reading(name: string): void {
    this.#main.setAttribute('aria-busy', 'true');
    this.#message.replaceChildren(progressRing(), l10n.t('Reading {0}…', name));
  }

  #show(message: ChartMessage): void {
    const isFirst = !this.#chart;
    const { model, spec, columns, source, changes, canEdit, language } = message;
    this.#chart = message;
    this.#main.className = 'drawn';
    this.#main.removeAttribute('aria-busy');
    this.#tell('');
    this.#heading.textContent = model.title;
    document.title = model.title;
    this.#source.show(source, language);
    this.#controls.show(spec, columns, canEdit);
    this.#compareToggle.setAttribute('aria-pressed', String(changes !== undefined));
    const isQuery = source.isQuery === true;
    this.#refresh.hidden = !isQuery;
    this.#compareToggle.hidden = isQuery;
    this.#changed.hidden = changes === undefined;
    this.#changed.textContent = changes?.sentence ?? '';
    const ofQuery = l10n.t('A query is run again by Refresh and after a job, not when a table changes.');
    const notes = [...model.notes, ...(isQuery ? [ofQuery] : [])];
    this.#notes.replaceChildren(...notes.map((note) => make('p', {}, note)));
    const { zoom, selected, compares } = this.#state.now;
    const place = placeWith(model, selected);
    this.#table.show(model, changes, place);
    // After a reload; a new version leaves the rows and the zoom where a person has moved them.
    if (isFirst) this.#table.select(place);
    this.#picture.draw(model, { changes, zoom, selected: place });
    if (!isFirst) this.#announcer.say(l10n.t('Drawn again. {0}', model.summary));
    // Asked for before the page was hidden or reloaded.
    if (isFirst && compares === true && !changes) this.#do({ kind: 'compare', on: true });
  }

  #fail({ name, sentences, spec, columns, needsSession }: FailedMessage): void {
    this.#chart = undefined;
    this.#main.className = spec && columns ? 'failed' : 'failed bare';
    this.#main.removeAttribute('aria-busy');
    this.#tell('');
    this.#heading.textContent = name;
    if (spec && columns) this.#controls.show(spec, columns, true);
    this.#failure.replaceChildren(
      make('h2', {}, l10n.t('{0} is not drawn', name)),
      ...sentences.map((sentence) => make('p', { role: 'alert' }, sentence)),
      make(
        'div',
        { class: 'actions' },
        needsSession === true
          ? button(l10n.t('Start Session'), () => this.#do({ kind: 'startSession' }), { look: 'primary' })
          : button(l10n.t('Draw Again'), () => this.#do({ kind: 'refresh' }), { look: 'primary' }),
        button(l10n.t('Open as Text'), () => this.#do({ kind: 'openText' })),
      ),
    );
  }

  #select(place: number | undefined): void {
    if (!this.#chart) return;
    this.#state.keep({ selected: keyOf(this.#chart.model, place) });
    this.#picture.select(place);
    this.#table.select(place);
  }

  get #hasControls(): boolean {
    return this.#state.now.hasControls ?? window.innerWidth >= wideWindowPx;
  }

  #showControls(shown: boolean): void {
    if (shown !== this.#hasControls) this.#state.keep({ hasControls: shown });
    this.#controls.element.hidden = !shown;
    this.#controlsToggle.setAttribute('aria-expanded', String(shown));
  }

  async #compare(): Promise<void> {
    const on = this.#chart?.changes === undefined;
    this.#state.keep({ compares: on });
    await this.#try(this.#channel.ask({ kind: 'compare', on }));
  }

  #save(format: 'png' | 'svg' | 'csv'): void {
    const data = format === 'png' ? { data: this.#picture.png() } : {};
    void this.#try(this.#channel.ask({ kind: 'save', format, ...data }, { withinMs: saveWithinMs }));
  }

  #copy(): void {
    void this.#try(this.#channel.ask({ kind: 'copy', format: 'markdown' }), l10n.t('Copied.'));
  }

  async #copyImage(): Promise<void> {
    await this.#try(copyPicture(this.#picture.png()), l10n.t('Copied.'));
  }

  #do(
    request:
      { kind: 'refresh' | 'openTable' | 'openText' | 'startSession' } | { kind: 'compare'; on: boolean },
  ): void {
    const isSlow = request.kind === 'refresh' || request.kind === 'startSession';
    void this.#try(this.#channel.ask(request, isSlow ? { withinMs: sessionWithinMs } : {}));
  }

  /** Says what went wrong, or `done`. */
  async #try(work: Promise<unknown>, done = ''): Promise<void> {
    try {
      await work;
      if (done !== '') this.#tell(done);
    } catch (error) {
      this.#tell(describeError(error), { isError: true });
    }
  }

  #tell(text: string, { isError = false } = {}): void {
    this.#message.replaceChildren(text);
    this.#message.classList.toggle('error', isError);
  }
}

const wideWindowPx = 720;
