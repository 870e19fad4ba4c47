// The table page: a grid of any length, and what is known of the table beside it.
import { startPage } from './shared/startPage.ts';
import gridStyle from './table/grid.css';
import style from './table/table.css';
import { TablePage } from './table/tablePage.ts';

new TablePage(startPage(gridStyle, style), acquireVsCodeApi(), document.documentElement.lang || 'en');
