import * as l10n from '@vscode/l10n';
import type { ShownFrame, ShownOutput } from '../../src/vscode/session/results/resultsProtocol.ts';
import { make } from '../shared/elements.ts';
import type { AnsiText } from './ansiText.ts';

type ErrorShown = Extract<ShownOutput, { kind: 'error' }>;

/** A failure: what it says, the person's own lines as links, and below that all of the traceback. */
export function errorOutput(
  { name, message, parts, traceback }: ErrorShown,
  ansi: AnsiText,
  goTo: (part: number, frame: number) => void,
): HTMLElement {
  const [first, ...causes] = parts;
  const element = make(
    'div',
    { class: 'output failure', role: 'group', 'aria-label': l10n.t('Error') },
    make('p', { class: 'error' }, first?.text ?? `${name}: ${message}`),
  );
  if (first) element.append(...frames(first.frames, (frame) => goTo(0, frame)));
  for (const [i, { text, frames: own }] of causes.entries()) {
    element.append(make('p', { class: 'cause' }, l10n.t('caused by {0}', text)));
    element.append(...frames(own, (frame) => goTo(i + 1, frame)));
  }
  if (traceback !== '') {
    const details = make('details', {}, make('summary', {}, l10n.t('Traceback')));
    // Drawn when somebody looks.
    details.addEventListener('toggle', () => {
      if (details.open && details.childElementCount === 1) details.append(ansi.block(traceback));
    });
    element.append(details);
  }
  return element;
}

function frames(all: readonly ShownFrame[], goTo: (frame: number) => void): HTMLElement[] {
  const item = (frame: ShownFrame): HTMLElement => {
    const place = frame.isOwn
      ? make('button', { class: 'link', type: 'button' }, frame.label)
      : make('span', {}, frame.label);
    if (frame.isOwn) place.addEventListener('click', () => goTo(all.indexOf(frame)));
    const name = frame.function === '<module>' ? '' : l10n.t('in {0}', frame.function);
    return make(
      'li',
      {},
      place,
      name !== '' && make('span', { class: 'dim' }, ` ${name}`),
      frame.code !== '' && make('code', {}, frame.code),
    );
  };
  const own = all.filter(({ isOwn }) => isOwn);
  const others = all.filter(({ isOwn }) => !isOwn);
  const lists: HTMLElement[] = [];
  if (own.length > 0) lists.push(make('ul', { class: 'frames' }, ...own.map(item)));
  if (others.length > 0) {
    const text =
      others.length === 1 ? l10n.t('1 frame of a library') : l10n.t('{0} frames of libraries', others.length);
    const list = make('ul', { class: 'frames' }, ...others.map(item));
    lists.push(make('details', {}, make('summary', {}, text), list));
  }
  return lists;
}
