import * as l10n from '@vscode/l10n';
import pageStyle from './page.css';
import { adoptStyle } from './elements.ts';

/** The page's element, once its texts are translated and its styles are there: what all pages share, then its own. */
export function startPage(...styles: string[]): HTMLElement {
  const main = document.querySelector('main')!;
  const { l10n: texts } = main.dataset;
  // Before the first text.
  if (texts !== undefined) l10n.config({ contents: texts });
  for (const style of [pageStyle, ...styles]) adoptStyle(style);
  return main;
}
