// The page of a dashboard: several charts side by side.
import * as l10n from '@vscode/l10n';
import chartStyle from './chart/chart.css';
import style from './dashboard/dashboard.css';
import { DashboardPage } from './dashboard/dashboardPage.ts';
import { adoptStyle } from './shared/elements.ts';

const main = document.querySelector('main')!;
const { l10n: texts } = main.dataset;
// Before the first text.
if (texts !== undefined) l10n.config({ contents: texts });
adoptStyle(chartStyle);
adoptStyle(style);
new DashboardPage(main, acquireVsCodeApi());
