// The chart page: a picture with controls, and the same as a table.
import * as l10n from '@vscode/l10n';
import style from './chart/chart.css';
import { ChartPage } from './chart/chartPage.ts';
import { KeptState } from './chart/pageState.ts';
import { adoptStyle } from './shared/elements.ts';

const main = document.querySelector('main')!;
const api = acquireVsCodeApi();
const state = new KeptState(api);
const { chart, l10n: texts } = main.dataset;
// Before the first text.
if (texts !== undefined) l10n.config({ contents: texts });
if (chart !== undefined) state.keep({ chart });
adoptStyle(style);
new ChartPage(main, api, state);
