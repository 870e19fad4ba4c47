import * as l10n from '@vscode/l10n';
import { earlierLines, shownLines } from '../../src/vscode/session/results/resultsProtocol.ts';
import { button } from '../shared/controls.ts';
import { make } from '../shared/elements.ts';
import type { AnsiStyle } from './ansi.ts';
import type { AnsiText } from './ansiText.ts';

/** Lines that take the place of those from `from` on; from `first` on they can be asked for. */
export interface TextPiece {
  first: number;
  from: number;
  lines: readonly string[];
}

export interface TextViewOptions {
  stream: 'stdout' | 'stderr';
  ansi: AnsiText;
  askEarlier: (before: number) => void;
  openAll: () => void;
  language: string;
}

/** Printed text: its last lines are elements, and as many of those before as were asked for. */
export class TextView {
  readonly element: HTMLElement;
  readonly #o: TextViewOptions;
  readonly #lines: HTMLElement;
  readonly #head = make('div', { class: 'text-head', hidden: true });
  readonly #earlier: HTMLElement;
  readonly #note = make('span', { class: 'dim' });
  /** The number of the first line that is shown, and the style that each line begins with. */
  #from = 0;
  #styles: (AnsiStyle | undefined)[] = [];
  #next: AnsiStyle | undefined;
  #limit = shownLines;

  constructor(options: TextViewOptions) {
    this.#o = options;
    const isError = options.stream === 'stderr';
    const label = isError ? l10n.t('Text on standard error') : l10n.t('Text');
    this.#lines = make('pre', { tabindex: 0, 'aria-label': label, role: 'group' });
    if (isError) this.#lines.classList.add('stderr');
    this.#earlier = button(l10n.t('Show Earlier Lines'), () => options.askEarlier(this.#from));
    const all = button(l10n.t('Open All Output'), options.openAll);
    this.#head.append(this.#note, this.#earlier, all);
    this.element = make('div', { class: 'output text' }, this.#head, this.#lines);
  }

  /** Lines at the end are others, or more. */
  put({ first, from, lines }: TextPiece): void {
    const end = this.#from + this.#styles.length;
    // Of a flood the page is told the end only: what came between is not there.
    if (from < this.#from || from > end) this.#cut(0, from);
    else this.#cut(from - this.#from, this.#from);
    const added = document.createDocumentFragment();
    for (const line of lines) added.append(this.#draw(line));
    this.#lines.append(added);
    this.#dropOldest(Math.max(0, this.#styles.length - this.#limit));
    this.#showHead(first);
  }

  /** Lines before the first one that is shown. */
  putEarlier({ first, from, lines }: TextPiece): void {
    if (from + lines.length !== this.#from) return;
    this.#limit += earlierLines;
    let style: AnsiStyle | undefined;
    const added = document.createDocumentFragment();
    const styles: (AnsiStyle | undefined)[] = [];
    for (const line of lines) {
      styles.push(style);
      const drawn = this.#o.ansi.line(line, style);
      style = drawn.style;
      added.append(drawn.element);
    }
    this.#lines.prepend(added);
    this.#styles.unshift(...styles);
    this.#from = from;
    this.#showHead(first);
  }

  #draw(line: string): HTMLElement {
    this.#styles.push(this.#next);
    const { element, style } = this.#o.ansi.line(line, this.#next);
    this.#next = style;
    return element;
  }

  /** Takes away the lines from the `keep`th on. */
  #cut(keep: number, from: number): void {
    this.#next = keep < this.#styles.length ? this.#styles[keep] : this.#next;
    this.#styles.length = Math.min(keep, this.#styles.length);
    while (this.#lines.childElementCount > keep) this.#lines.lastElementChild!.remove();
    this.#from = from;
  }

  #dropOldest(count: number): void {
    this.#styles.splice(0, count);
    for (let i = 0; i < count; i++) this.#lines.firstElementChild!.remove();
    this.#from += count;
  }

  #showHead(first: number): void {
    const before = this.#from;
    this.#head.hidden = before === 0;
    this.#earlier.hidden = before <= first;
    const count = before.toLocaleString(this.#o.language);
    this.#note.textContent = l10n.t('{0} earlier lines are not shown.', count);
  }
}
