import { Ajv } from 'ajv';
import { parseJson, type JsonKind } from './jsonFile.ts';
import schema from './dashboard.schema.json' with { type: 'json' };

/** A `*.dashboard.json` file; dashboard.schema.json says what each part means. */
export interface Dashboard {
  title: string;
  description?: string;
  columns?: number;
  /** `chart` is a path from the dashboard's own folder. */
  charts: { chart: string; width?: number }[];
}

const dashboardKind: JsonKind<Dashboard> = {
  noun: 'dashboard',
  schema,
  validate: new Ajv({ allErrors: true, strict: false }).compile<Dashboard>(schema),
  brokenRule: ({ columns = 2, charts }) => {
    const index = charts.findIndex(({ width = 1 }) => width > columns);
    if (index < 0) return undefined;
    const sentence = `"charts.${index}.width" is more than the ${columns} columns of the dashboard.`;
    return { at: ['charts', index, 'width'], sentence };
  },
};

/** Reads the text of a dashboard; `path` is how the user knows it. Throws `invalid` with file, line and column. */
export function parseDashboard(text: string, path = 'dashboard'): Dashboard {
  return parseJson(text, path, dashboardKind);
}
