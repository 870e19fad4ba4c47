import * as vscode from 'vscode';
import { ChartPanels } from '../charts/chartPanels.ts';
import { FirstChart } from '../charts/firstChart.ts';
import { openChart } from '../charts/openChart.ts';
import type { Parts } from '../parts.ts';
import { arrive, openWalkthrough } from './arrival.ts';
import { newProject } from './newProject.ts';

/** The walkthrough, the new project and its charts. */
export function registerStart(parts: Parts): vscode.Disposable {
  const { context, commands, errors } = parts;
  const panels = new ChartPanels(parts);
  commands.add('newProject', () => newProject(context));
  commands.add('openWalkthrough', () => openWalkthrough(context));
  commands.add('openChart', (given) => openChart(panels, given));
  arrive(context).catch((error: unknown) => errors.note(error, 'start'));
  return vscode.Disposable.from(new FirstChart(parts, panels), panels);
}
