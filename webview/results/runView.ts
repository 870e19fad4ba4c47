import * as l10n from '@vscode/l10n';
import { formatDuration } from '../../src/base/format.ts';
import type { ShownOutput, ShownRun } from '../../src/vscode/session/results/resultsProtocol.ts';
import { button } from '../shared/controls.ts';
import { make, newId } from '../shared/elements.ts';
import { icon } from '../shared/menuButton.ts';
import type { AnsiText } from './ansiText.ts';
import { errorOutput } from './errorOutput.ts';
import { TableOutput } from './tableOutput.ts';
import { TextView, type TextPiece } from './textView.ts';

export interface RunActions {
  /** Shows what a run gave, or hides it. */
  toggle: (run: string) => void;
  goTo: (run: string) => void;
  goToFrame: (run: string, output: number, part: number, frame: number) => void;
  copy: (run: string) => void;
  copyText: (text: string) => void;
  rerun: (run: string) => void;
  clear: (run: string) => void;
  openAll: (run: string) => void;
  earlier: (run: string, output: number, before: number) => void;
  openTable: (name: string) => void;
  chartTable: (name: string) => void;
}

interface ShownPart {
  element: HTMLElement;
  text?: TextView;
  dispose?: () => void;
}

const icons = {
  chevron: 'M5.5 3.5 10 8l-4.5 4.5',
  goTo: 'M9.5 2.5H13.5V6.5M13.5 2.5 8 8M6.5 4H3v9h9V9.5',
  copy: 'M5.5 4.5h8v9h-8zM3 11V2.5h7.5',
  rerun: 'M12.8 6A5 5 0 1 0 13 9.5M13 2.5V6H9.5',
  clear: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
};

/** One run: what it is called, how it went, and what it gave. */
export class RunView {
  readonly element: HTMLElement;
  readonly #ansi: AnsiText;
  readonly #actions: RunActions;
  readonly #language: string;
  readonly #id: string;
  readonly #sign = make('span', { class: 'run-sign', 'aria-hidden': 'true' });
  readonly #title = make('h2', { id: newId('run') });
  readonly #facts = make('span', { class: 'run-facts' });
  readonly #toggle: HTMLElement;
  readonly #buttons: Record<'goTo' | 'copy' | 'rerun' | 'clear', HTMLElement>;
  readonly #progress = make('div', { class: 'run-progress', hidden: true });
  readonly #bar = make('progress', {});
  readonly #progressText = make('span', {});
  readonly #note = make('div', { class: 'text-head', hidden: true });
  readonly #outputs = make('div', {});
  readonly #body = make('div', { id: newId('outputs') }, this.#note, this.#outputs);
  readonly #parts = new Map<number, ShownPart>();
  #run: ShownRun;
  /** When the head was told, for the time that has passed since. */
  #toldAt = 0;

  constructor(run: ShownRun, ansi: AnsiText, actions: RunActions, language: string) {
    this.#run = run;
    this.#id = run.id;
    this.#ansi = ansi;
    this.#actions = actions;
    this.#language = language;
    this.#toggle = make('button', {
      class: 'run-toggle',
      type: 'button',
      'aria-controls': this.#body.id,
      'aria-labelledby': this.#title.id,
    });
    this.#toggle.append(icon(icons.chevron, { stroke: true }));
    this.#toggle.addEventListener('click', () => actions.toggle(this.#id));
    const action = (text: string, path: string, run_: (id: string) => void): HTMLElement =>
      button(text, () => run_(this.#id), { look: 'icon', icon: icon(path, { stroke: true }) });
    this.#buttons = {
      goTo: action(l10n.t('Go to Code'), icons.goTo, actions.goTo),
      copy: action(l10n.t('Copy Output'), icons.copy, actions.copy),
      rerun: action(l10n.t('Run Again'), icons.rerun, actions.rerun),
      clear: action(l10n.t('Clear'), icons.clear, actions.clear),
    };
    this.#bar.setAttribute('aria-label', l10n.t('Progress'));
    this.#progress.append(this.#bar, this.#progressText);
    this.#note.append(
      make('span', { class: 'dim' }, l10n.t('Earlier output is not shown.')),
      button(l10n.t('Open All Output'), () => actions.openAll(this.#id)),
    );
    this.element = make(
      'section',
      { class: 'run', 'aria-labelledby': this.#title.id, 'data-run': this.#id },
      make(
        'div',
        { class: 'run-head' },
        this.#toggle,
        this.#sign,
        this.#title,
        this.#facts,
        make('div', { class: 'run-actions' }, ...Object.values(this.#buttons)),
      ),
      this.#progress,
      this.#body,
    );
    this.show(run);
  }

  get run(): ShownRun {
    return this.#run;
  }

  get isRunning(): boolean {
    return this.#run.state === 'running';
  }

  get isEnded(): boolean {
    return !['waiting', 'running'].includes(this.#run.state);
  }

  /** How it ended, for those who do not see it. */
  get sentence(): string {
    return `${this.#run.title}: ${stateText(this.#run, this.#run.tookMs)}`;
  }

  show(run: ShownRun): void {
    this.#run = run;
    this.#toldAt = performance.now();
    this.element.className = `run ${run.state}`;
    this.#title.textContent = run.title;
    this.#buttons.goTo.hidden = !run.canGoTo;
    for (const name of ['rerun', 'clear'] as const) this.#buttons[name].hidden = !this.isEnded;
    if (this.isEnded) this.#progress.hidden = true;
    this.#sign.textContent = signs[run.state];
    this.tick();
  }

  /** Time has passed. */
  tick(): void {
    const { tookMs, startedAt, count, language } = this.#run;
    const passed = this.isRunning ? performance.now() - this.#toldAt : 0;
    const time = new Date(startedAt).toLocaleTimeString(this.#language, { timeStyle: 'medium' });
    const facts = [
      stateText(this.#run, tookMs === undefined ? undefined : tookMs + passed),
      time,
      language === 'sql' && 'SQL',
      count !== undefined && `[${count}]`,
    ].filter((part) => part !== false);
    this.#facts.textContent = facts.join(' · ');
  }

  setExpanded(isExpanded: boolean): void {
    this.#toggle.setAttribute('aria-expanded', String(isExpanded));
    this.#body.hidden = !isExpanded;
  }

  /** All of them. */
  setOutputs(outputs: readonly ShownOutput[], isCut: boolean): void {
    this.dispose();
    this.#outputs.replaceChildren();
    this.#note.hidden = !isCut;
    for (const output of outputs) this.setOutput(output);
  }

  setOutput(output: ShownOutput): void {
    const before = this.#parts.get(output.id);
    const part = this.#make(output);
    this.#parts.set(output.id, part);
    if (before) {
      before.dispose?.();
      before.element.replaceWith(part.element);
    } else this.#outputs.append(part.element);
  }

  putLines(output: number, piece: TextPiece): void {
    this.#parts.get(output)?.text?.put(piece);
  }

  putEarlier(output: number, piece: TextPiece): void {
    this.#parts.get(output)?.text?.putEarlier(piece);
  }

  setProgress(text: string, done: number | undefined, total: number | undefined): void {
    this.#progress.hidden = text === '' || this.isEnded;
    this.#progressText.textContent = text;
    if (done === undefined || !total) this.#bar.removeAttribute('value');
    else {
      this.#bar.max = total;
      this.#bar.value = done;
      const counts = [done, total].map((n) => n.toLocaleString(this.#language));
      this.#progressText.textContent = l10n.t('{0}, {1} of {2} tasks', text, counts[0]!, counts[1]!);
    }
  }

  dispose(): void {
    for (const { dispose } of this.#parts.values()) dispose?.();
    this.#parts.clear();
  }

  #make(output: ShownOutput): ShownPart {
    const { id } = output;
    const actions = this.#actions;
    switch (output.kind) {
      case 'text': {
        const text = new TextView({
          stream: output.stream,
          ansi: this.#ansi,
          askEarlier: (before) => actions.earlier(this.#id, id, before),
          openAll: () => actions.openAll(this.#id),
          language: this.#language,
        });
        text.put(output);
        return { element: text.element, text };
      }
      case 'plain': {
        const block = this.#ansi.block(output.text);
        block.setAttribute('role', 'group');
        block.setAttribute('aria-label', l10n.t('Value'));
        const element = make('div', { class: 'output text' }, block);
        if (output.isCut) {
          const all = button(l10n.t('Open All Output'), () => actions.openAll(this.#id));
          element.append(
            make(
              'div',
              { class: 'text-head' },
              make('span', { class: 'dim' }, l10n.t('This is the beginning.')),
              all,
            ),
          );
        }
        return { element };
      }
      case 'picture': {
        const { type, data, alt } = output;
        // As a picture, markup of a drawing does nothing.
        const source =
          type === 'image/svg+xml' ? `;charset=utf-8,${encodeURIComponent(data)}` : `;base64,${data.trim()}`;
        const image = make('img', {
          src: `data:${type}${source}`,
          alt: alt === '' ? l10n.t('Picture') : alt,
        });
        return { element: make('div', { class: 'output picture' }, image) };
      }
      case 'table': {
        const { copyText: copy, openTable, chartTable } = actions;
        const { table } = output;
        const made = new TableOutput({ table, language: this.#language, copy, openTable, chartTable });
        return { element: made.element, dispose: () => made.dispose() };
      }
      case 'error': {
        const goTo = (part: number, frame: number): void => actions.goToFrame(this.#id, id, part, frame);
        return { element: errorOutput(output, this.#ansi, goTo) };
      }
      case 'gap': {
        const text =
          output.messages === 0
            ? l10n.t('Output is missing here: there is too much of it.')
            : l10n.t('Output is missing here: {0} messages of the kernel were lost.', output.messages);
        return { element: make('p', { class: 'output dim' }, text) };
      }
    }
  }
}

const signs: Record<ShownRun['state'], string> = {
  waiting: '…',
  running: '⟳',
  ok: '✓',
  error: '✗',
  interrupted: '⊘',
  aborted: '⊘',
  lost: '✗',
};

function stateText({ state }: ShownRun, tookMs: number | undefined): string {
  const took = formatDuration(tookMs ?? 0);
  switch (state) {
    case 'waiting':
      return l10n.t('waiting');
    case 'running':
      return l10n.t('running for {0}', took);
    case 'ok':
      return l10n.t('finished in {0}', took);
    case 'error':
      return l10n.t('failed after {0}', took);
    case 'interrupted':
      return l10n.t('stopped after {0}', took);
    case 'aborted':
      return l10n.t('not run: one before it failed');
    case 'lost':
      return l10n.t('lost with its kernel');
  }
}
