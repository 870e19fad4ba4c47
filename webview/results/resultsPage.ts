import * as l10n from '@vscode/l10n';
import * as v from 'valibot';
import { describeError } from '../../src/base/errors.ts';
import {
  toResultsPageSchema,
  type FromResultsPage,
  type ResultsRequest,
  type ShownRun,
  type ToResultsPage,
} from '../../src/vscode/session/results/resultsProtocol.ts';
import { Channel, hostPort } from '../shared/channel.ts';
import { button } from '../shared/controls.ts';
import { Announcer, make } from '../shared/elements.ts';
import { AnsiText } from './ansiText.ts';
import { RunView, type RunActions } from './runView.ts';

/** What the page keeps over being hidden and over a reload of the window. */
const stateSchema = v.object({
  /** Runs whose outputs are hidden. */
  closed: v.optional(v.array(v.string()), []),
  /** Where the reader is; absent at the end, which is followed. */
  topPx: v.optional(v.number()),
});

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;
type Asked = Without<ResultsRequest>;

const atEndPx = 24;
const messageMs = 6_000;

/** The runs in their order, the newest at the end, which stays in sight until the reader scrolls up. */
export class ResultsPage {
  readonly #api: VscodeApi;
  readonly #language: string;
  readonly #channel: Channel<ToResultsPage, FromResultsPage>;
  readonly #ansi = new AnsiText();
  readonly #announcer = new Announcer();
  readonly #runs = new Map<string, RunView>();
  readonly #list = make('div', { class: 'runs' });
  readonly #empty = make('p', { class: 'empty dim' });
  readonly #message = make('p', { class: 'message', role: 'status' });
  readonly #stop: HTMLElement;
  readonly #clear: HTMLElement;
  readonly #closed: Set<string>;
  readonly #actions: RunActions;
  #topPx: number | undefined;
  #isAtEnd: boolean;
  /** To be brought into sight when it is there. */
  #wanted: string | undefined;
  #isSettling = false;
  #messageTimer: number | undefined;

  constructor(main: HTMLElement, api: VscodeApi, language: string) {
    this.#api = api;
    this.#language = language;
    const kept = v.safeParse(stateSchema, api.getState() ?? {});
    this.#closed = new Set(kept.success ? kept.output.closed : []);
    this.#topPx = kept.success ? kept.output.topPx : undefined;
    this.#isAtEnd = this.#topPx === undefined;
    this.#stop = button(l10n.t('Stop'), () => this.#do({ kind: 'stop' }), { look: 'primary' });
    this.#clear = button(l10n.t('Clear All'), () => this.#do({ kind: 'clearAll' }));
    this.#empty.textContent = l10n.t('What cells of a script give is shown here: run one with Ctrl+Enter.');
    main.replaceChildren(
      make(
        'header',
        {},
        make('h1', {}, l10n.t('Session Results')),
        make('div', { class: 'actions' }, this.#stop, this.#clear),
      ),
      this.#message,
      this.#empty,
      this.#list,
      this.#announcer.element,
    );
    this.#actions = this.#newActions();
    this.#channel = new Channel(hostPort(api), toResultsPageSchema, (message) => this.#hear(message));
    window.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    window.addEventListener('resize', () => this.#settle());
    window.setInterval(() => {
      for (const run of this.#runs.values()) if (run.isRunning) run.tick();
    }, 1_000);
    this.#showState();
    this.#channel.say({ kind: 'ready' });
  }

  #newActions(): RunActions {
    return {
      toggle: (run) => this.#toggle(run),
      goTo: (run) => this.#do({ kind: 'goTo', run }),
      goToFrame: (run, output, part, frame) => this.#do({ kind: 'goToFrame', run, output, part, frame }),
      copy: (run) => this.#do({ kind: 'copy', run }, l10n.t('Copied.')),
      copyText: (text) => this.#do({ kind: 'copyText', text }, l10n.t('Copied.')),
      rerun: (run) => this.#do({ kind: 'rerun', run }),
      clear: (run) => this.#do({ kind: 'clear', run }),
      openAll: (run) => this.#do({ kind: 'openAll', run }),
      earlier: (run, output, before) => {
        this.#isAtEnd = false;
        this.#do({ kind: 'earlier', run, output, before });
      },
      openTable: (name) => this.#do({ kind: 'openTable', name }),
      chartTable: (name) => this.#do({ kind: 'chartTable', name }),
    };
  }

  #hear(message: Exclude<ToResultsPage, { kind: 'reply' }>): void {
    switch (message.kind) {
      case 'runs':
        for (const run of this.#runs.keys()) this.#remove(run);
        for (const run of message.runs) this.#showRun(run);
        break;
      case 'run':
        this.#showRun(message.run);
        break;
      case 'removed':
        for (const run of message.runs) this.#remove(run);
        break;
      case 'outputs':
        this.#runs.get(message.run)?.setOutputs(message.outputs, message.isCut);
        break;
      case 'output':
        this.#runs.get(message.run)?.setOutput(message.output);
        break;
      case 'lines':
        this.#runs.get(message.run)?.putLines(message.output, message);
        break;
      case 'earlier':
        this.#runs.get(message.run)?.putEarlier(message.output, message);
        break;
      case 'progress': {
        const { run, text, done, total } = message;
        this.#runs.get(run)?.setProgress(text, done, total);
        break;
      }
      case 'show':
        this.#wanted = message.run;
    }
    this.#bringWanted();
    this.#settle();
  }

  #showRun(run: ShownRun): void {
    const there = this.#runs.get(run.id);
    const wasEnded = there?.isEnded ?? true;
    if (there) there.show(run);
    const view = there ?? new RunView(run, this.#ansi, this.#actions, this.#language);
    if (!there) {
      this.#runs.set(run.id, view);
      this.#list.append(view.element);
    }
    if (!run.isOpen) view.setOutputs([], false);
    view.setExpanded(run.isOpen && !this.#closed.has(run.id));
    if (view.isEnded && !wasEnded) this.#announcer.say(view.sentence);
    this.#showState();
  }

  #remove(id: string): void {
    const view = this.#runs.get(id);
    if (!view) return;
    // The focus goes on with its neighbour.
    const next = view.element.nextElementSibling ?? view.element.previousElementSibling;
    const hadFocus = view.element.contains(document.activeElement);
    view.dispose();
    view.element.remove();
    this.#runs.delete(id);
    if (this.#closed.delete(id)) this.#save();
    if (hadFocus) (next?.querySelector<HTMLElement>('.run-toggle') ?? this.#clear).focus();
    this.#showState();
  }

  #toggle(id: string): void {
    const view = this.#runs.get(id);
    if (!view) return;
    const isExpanded = view.run.isOpen && !this.#closed.has(id);
    if (isExpanded) this.#closed.add(id);
    else this.#closed.delete(id);
    if (view.run.isOpen) view.setExpanded(!isExpanded);
    else this.#do({ kind: 'open', run: id });
    this.#save();
  }

  #showState(): void {
    const views = [...this.#runs.values()];
    this.#empty.hidden = views.length > 0;
    this.#clear.hidden = !views.some(({ isEnded }) => isEnded);
    this.#stop.hidden = !views.some(({ isRunning }) => isRunning);
  }

  #bringWanted(): void {
    const view = this.#wanted === undefined ? undefined : this.#runs.get(this.#wanted);
    if (!view) return;
    this.#wanted = undefined;
    this.#isAtEnd = this.#list.lastElementChild === view.element;
    this.#topPx = undefined;
    if (!this.#isAtEnd) view.element.scrollIntoView({ block: 'start' });
  }

  /** Once for all that comes in one frame. */
  #settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    requestAnimationFrame(() => {
      this.#isSettling = false;
      const { scrollHeight } = document.documentElement;
      if (this.#isAtEnd) window.scrollTo(0, scrollHeight);
      else if (this.#topPx !== undefined && scrollHeight >= this.#topPx + window.innerHeight) {
        // What was in sight before is there again.
        window.scrollTo(0, this.#topPx);
        this.#topPx = undefined;
      }
    });
  }

  #scrolled(): void {
    const { scrollHeight } = document.documentElement;
    const isAtEnd = window.scrollY + window.innerHeight >= scrollHeight - atEndPx;
    // Content that grows has moved nothing; only a reader scrolls away from the end.
    if (!isAtEnd && this.#isSettling) return;
    this.#isAtEnd = isAtEnd;
    this.#save();
  }

  #save(): void {
    const topPx = this.#isAtEnd ? {} : { topPx: window.scrollY };
    this.#api.setState({ closed: [...this.#closed], ...topPx });
  }

  #do(request: Asked, done = ''): void {
    this.#channel.ask(request as never).then(
      () => this.#say(done, false),
      (error: unknown) => this.#say(describeError(error), true),
    );
  }

  #say(text: string, isError: boolean): void {
    window.clearTimeout(this.#messageTimer);
    this.#message.textContent = text;
    this.#message.classList.toggle('error', isError);
    if (!isError) this.#messageTimer = window.setTimeout(() => this.#message.replaceChildren(), messageMs);
  }
}
