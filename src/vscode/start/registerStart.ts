import * as vscode from 'vscode';
import { ChartEditors } from '../charts/chartEditors.ts';
import { FirstChart } from '../charts/firstChart.ts';
import { chartFrame } from '../charts/chartFrame.ts';
import { chartTable } from '../charts/chartTable.ts';
import { openChart, openChartText } from '../charts/openChart.ts';
import { tablePathOf } from '../lake/lakeEntry.ts';
import type { Parts } from '../parts.ts';
import { frameName } from '../tables/frameFiles.ts';
import { arrive, openWalkthrough } from './arrival.ts';
import { newProject } from './newProject.ts';

/** The walkthrough, the new project and its charts. */
export function registerStart(parts: Parts): vscode.Disposable {
  const { context, commands, errors, workbench } = parts;
  const editors = new ChartEditors(parts);
  commands.add('newProject', () => newProject(context));
  commands.add('openWalkthrough', () => openWalkthrough(context));
  commands.add('openChart', (given) => openChart(given));
  commands.add('openChartText', (given) => openChartText(given));
  commands.add('chartTable', (what) => chartTable(workbench, tablePathOf(what)));
  commands.add('session.chartFrame', (what) => chartFrame(parts, frameName(what)));
  arrive(context).catch((error: unknown) => errors.note(error, 'start'));
  return vscode.Disposable.from(new FirstChart(parts, editors), editors);
}
