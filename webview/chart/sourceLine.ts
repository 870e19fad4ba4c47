import * as l10n from '@vscode/l10n';
import { timeAgo } from '../../src/vscode/ui/timeAgo.ts';
import type { ShownSource } from '../../src/vscode/charts/chartProtocol.ts';
import { make } from '../shared/elements.ts';

const agePauseMs = 20_000;

/** "gold/deliveriescount, version 12, 2 min. ago": where the values are from. Its age is told anew as it grows. */
export class SourceLine {
  readonly element = make('p', { class: 'source' });
  readonly #open: () => void;
  #clock: number | undefined;

  /** `open` is what a click on the source does. */
  constructor(open: () => void) {
    this.#open = open;
  }

  show({ text, version, changedAt, isQuery }: ShownSource, language: string): void {
    clearInterval(this.#clock);
    if (isQuery === true) this.element.replaceChildren(text);
    else {
      const link = make('button', { type: 'button', class: 'link', title: l10n.t('Open Table') }, text);
      link.addEventListener('click', this.#open);
      this.element.replaceChildren(link);
    }
    if (version !== undefined) this.element.append(', ', l10n.t('version {0}', version));
    if (changedAt === undefined) return;
    const then = new Date(changedAt);
    const exact = then.toLocaleString(language, { dateStyle: 'long', timeStyle: 'long' });
    const time = make('time', { datetime: then.toISOString(), title: exact });
    const tell = (): void => {
      const text = timeAgo(then, new Date(), language);
      if (time.textContent !== text) time.textContent = text;
    };
    tell();
    this.#clock = window.setInterval(tell, agePauseMs);
    this.element.append(', ', time);
  }
}
