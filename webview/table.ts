// The table page: a grid of any length, and what is known of the table beside it.
import * as l10n from '@vscode/l10n';
import { adoptStyle } from './shared/elements.ts';
import style from './table/table.css';
import { TablePage } from './table/tablePage.ts';

const main = document.querySelector('main')!;
const { l10n: texts } = main.dataset;
// Before the first text.
if (texts !== undefined) l10n.config({ contents: texts });
adoptStyle(style);
new TablePage(main, acquireVsCodeApi(), document.documentElement.lang || 'en');
