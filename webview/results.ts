// The page of results: the runs of the session in their order, with what each of them gave.
import { startPage } from './shared/startPage.ts';
import gridStyle from './table/grid.css';
import style from './results/results.css';
import { ResultsPage } from './results/resultsPage.ts';

new ResultsPage(startPage(gridStyle, style), acquireVsCodeApi(), document.documentElement.lang || 'en');
