import { Ajv } from 'ajv';
import { brokenRule } from './chartRules.ts';
import type { ChartSpec } from './chartSpec.ts';
import schema from './chart.schema.json' with { type: 'json' };
import { loadJson, parseJson, type JsonKind } from './jsonFile.ts';

const chartKind: JsonKind<ChartSpec> = {
  noun: 'chart',
  schema,
  validate: new Ajv({ allErrors: true, strict: false }).compile<ChartSpec>(schema),
  brokenRule: (spec) => brokenRule(withY(spec)),
};

/** Reads a chart file. Throws `not-found`, or `invalid` with file, line and column. */
export async function loadChart(path: string): Promise<ChartSpec> {
  return withY(await loadJson(path, chartKind));
}

/** Reads the text of a chart file; `path` is how the user knows it, for the error sentences. */
export function parseChart(text: string, path = 'chart'): ChartSpec {
  return withY(parseJson(text, path, chartKind));
}

/** A histogram may leave out y. */
function withY(spec: Omit<ChartSpec, 'y'> & Partial<Pick<ChartSpec, 'y'>>): ChartSpec {
  return { ...spec, y: spec.y ?? {} };
}
