// The page of a dashboard: several charts side by side.
import chartStyle from './chart/chart.css';
import style from './dashboard/dashboard.css';
import { DashboardPage } from './dashboard/dashboardPage.ts';
import { startPage } from './shared/startPage.ts';

new DashboardPage(startPage(chartStyle, style), acquireVsCodeApi());
