// The dashboard page with a host of a few lines; the second version of its tables has a branch more, at the top.
import { buildChart } from '../../src/chart/buildChart.ts';
import { sourceName } from '../../src/chart/chartFields.ts';
import type { FromDashboardPage, ToDashboardPage } from '../../src/vscode/charts/dashboardProtocol.ts';
import { sampleOf } from './chartSamples.ts';
import { startStub, tell } from './stub.ts';

const charts = ['horizontalBar', 'line', 'pie'];
let version = 12;

const say: (message: ToDashboardPage) => void = tell;

startStub((message) => hear(message as FromDashboardPage));
// After the stub: it asks for it at once.
void import('../dashboard.ts');

function hear(message: FromDashboardPage): void {
  if (message.kind === 'refresh') version += 1;
  if (message.kind !== 'ready') say({ kind: 'reply', id: message.id, ok: true });
  if (message.kind === 'ready' || message.kind === 'refresh') setTimeout(draw);
}

function draw(): void {
  const layout = charts.map((name) => ({ name, width: 1 }));
  const texts = { title: 'Deliveries', description: 'How the branches do.', language: 'en' };
  say({ kind: 'dashboard', ...texts, columns: 2, charts: layout });
  charts.forEach((name, index) => {
    const { rows, spec } = sampleOf(name);
    const more = version > 12 ? [{ ...rows[0], branch: 'Aachen', orders: 1_000_000 }] : [];
    const source = { text: sourceName(spec), version, changedAt: Date.now() - 125_000 };
    say({ kind: 'chart', index, model: buildChart(spec, [...more, ...rows]), source });
  });
}
