// The chart page: a picture with controls, and the same as a table.
import style from './chart/chart.css';
import { ChartPage } from './chart/chartPage.ts';
import { KeptState } from './chart/pageState.ts';
import { startPage } from './shared/startPage.ts';

const main = startPage(style);
const api = acquireVsCodeApi();
new ChartPage(main, api, new KeptState(api));
