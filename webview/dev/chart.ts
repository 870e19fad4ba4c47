// The chart page with a host of a few lines: it applies edits to the chart and draws again.
import { describeError } from '../../src/base/errors.ts';
import { sourceName } from '../../src/chart/chartFields.ts';
import type { ChartSpec } from '../../src/chart/chartSpec.ts';
import { buildChart } from '../../src/chart/buildChart.ts';
import { brokenRule } from '../../src/chart/chartRules.ts';
import { compareCharts } from '../../src/chart/compareCharts.ts';
import type { FromChartPage, ToChartPage } from '../../src/vscode/charts/chartProtocol.ts';
import type { Json } from '../chart/chartChange.ts';
import { sampleOf } from './chartSamples.ts';
import { caseName, startStub, tell } from './stub.ts';

const name = 'deliveriescount';
const { columns, rows, spec: sampleSpec } = sampleOf(caseName);
let spec: ChartSpec = sampleSpec;
let compares = caseName === 'changed';
let version = 12;
let changedAt = Date.now() - 125_000;

const say: (message: ToChartPage) => void = tell;

startStub((message) => hear(message as FromChartPage));
// After the stub: it asks for it at once.
void import('../chart.ts');

function hear(message: FromChartPage): void {
  if (message.kind === 'ready') {
    if (caseName === 'reading') return say({ kind: 'reading', name: 'gold/deliveriescount' });
    if (caseName === 'failed')
      return fail([
        'There is no table /data/gold/deliveriescount.',
        'Run the pipeline that writes it; the chart is then drawn by itself.',
      ]);
    if (caseName === 'noSession') {
      const sentences = ['A chart of SQL is drawn through the warm session, and none runs.'];
      return say({ kind: 'failed', name, sentences, needsSession: true });
    }
    return draw();
  }
  const { id } = message;
  if (message.kind === 'edit') {
    if (caseName === 'refused') return say({ kind: 'reply', id, ok: false, error: 'The file is read-only.' });
    const edited = applied(message.changes);
    const fault = brokenRule(edited);
    if (fault)
      return say({
        kind: 'reply',
        id,
        ok: false,
        error: `The chart file was not changed: ${fault.sentence}`,
      });
    spec = edited;
  }
  if (message.kind === 'compare') compares = message.on;
  if (message.kind === 'refresh') {
    version += 1;
    changedAt = Date.now();
    say({ kind: 'reading', name: 'gold/deliveriescount' });
  }
  say({ kind: 'reply', id, ok: true });
  if (message.kind !== 'save' && message.kind !== 'copy')
    setTimeout(draw, message.kind === 'refresh' ? 400 : 0);
}

function draw(): void {
  try {
    const model = buildChart(spec, rows);
    const changes = compares ? { changes: compareCharts(model, buildChart(spec, before())) } : {};
    const isQuery = caseName === 'query' || caseName === 'noSession';
    const source = isQuery
      ? { text: 'SQL', changedAt, isQuery }
      : { text: sourceName(spec), version, changedAt };
    const shown = { name, spec, model, columns, source, canEdit: caseName !== 'readOnly', language: 'en' };
    say({ kind: 'chart', ...shown, ...changes });
  } catch (error) {
    fail([describeError(error)], spec);
  }
}

function fail(sentences: string[], of?: ChartSpec): void {
  say({ kind: 'failed', name, sentences, ...(of && { spec: of, columns }) });
}

/** The version before had fewer orders, and no rows of the last branch. */
function before(): typeof rows {
  return rows
    .filter((_, i) => i % 24 < 21)
    .map((row, i) => (typeof row.orders === 'number' ? { ...row, orders: row.orders - (i % 3) } : row));
}

function applied(changes: readonly { path: (string | number)[]; value?: Json }[]): ChartSpec {
  const made = structuredClone(spec) as unknown as Record<string, Json>;
  for (const { path, value } of changes) {
    let parent = made;
    for (const key of path.slice(0, -1)) parent = (parent[key] ??= {}) as Record<string, Json>;
    const last = path.at(-1)!;
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else parent[last] = value;
  }
  return made as unknown as ChartSpec;
}
