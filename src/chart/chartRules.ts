import type { ChartSpec, Mark } from './chartSpec.ts';

/** A rule that the schema cannot say in a sentence, and where in the file it is broken. */
export interface BrokenRule {
  at: string[];
  sentence: string;
}

/** The first rule that a chart breaks: what does not go with its mark, or cannot be drawn at all. */
export function brokenRule(spec: ChartSpec): BrokenRule | undefined {
  return sourceRule(spec) ?? markRule(spec) ?? placeRule(spec);
}

function sourceRule({ source }: ChartSpec): BrokenRule | undefined {
  const kinds = ['table', 'csv', 'sql'].filter((kind) => kind in source);
  if (kinds.length !== 1) {
    return broken(['source'], 'must name one of table, csv and sql.');
  }
  if ('version' in source && !('table' in source)) {
    return broken(['source', 'version'], 'is a version of a table, and there is no "table" beside it.');
  }
  return undefined;
}

const markRules: Partial<Record<Mark, (spec: ChartSpec) => BrokenRule | undefined>> = {
  histogram: ({ x, y, sort, top }) => {
    if (y.field !== undefined) {
      return broken(['y', 'field'], 'does not go with a histogram: it counts the values of x.');
    }
    if ((y.aggregate ?? 'count') !== 'count') {
      return broken(['y', 'aggregate'], 'does not go with a histogram: it counts the values of x.');
    }
    if (x.grain) {
      return broken(['x', 'grain'], 'does not go with a histogram: use a bar, and the aggregate count.');
    }
    if (sort) return broken(['sort'], 'does not go with a histogram: its bins stand in their order.');
    return top && broken(['top'], 'does not go with a histogram: "x.bins" says how many there are.');
  },
  box: ({ y }) => {
    if (y.field === undefined)
      return broken(['y'], 'needs a "field": a box shows how its values are spread.');
    return (y.aggregate ?? 'none') === 'none'
      ? undefined
      : broken(['y', 'aggregate'], 'does not go with a box: it shows how the values are spread.');
  },
  heatMap: ({ y, value, color }) => {
    if (y.field === undefined)
      return broken(['y'], 'needs a "field": it is the second category of a heat map.');
    if ((y.aggregate ?? 'none') !== 'none') {
      return broken(
        ['y', 'aggregate'],
        'does not go with a heat map: its colour is "value", which may have one.',
      );
    }
    if (color) return broken(['color'], 'does not go with a heat map: its colour is "value".');
    if (!value) return { at: [], sentence: 'A heat map needs a "value", which is its colour.' };
    return value.field !== undefined || value.aggregate === 'count'
      ? undefined
      : broken(['value'], 'needs a "field", or the aggregate count.');
  },
  pie: ({ color }) => color && broken(['color'], 'does not go with a pie: its slices are x.'),
};

function markRule(spec: ChartSpec): BrokenRule | undefined {
  const { mark, x, y, value } = spec;
  const own = markRules[mark]?.(spec);
  if (own) return own;
  if (mark !== 'histogram' && x.bins !== undefined)
    return broken(['x', 'bins'], 'goes with a histogram only.');
  if (mark === 'histogram' || mark === 'heatMap') return undefined;
  if (value) return broken(['value'], 'goes with a heat map only; the value of other marks is "y".');
  if (y.grain) return broken(['y', 'grain'], 'goes with a heat map only; "x" may have one.');
  if (y.field !== undefined || y.aggregate === 'count') return undefined;
  return broken(['y'], 'needs a "field", or the aggregate count.');
}

function placeRule({ mark, y, value, top }: ChartSpec): BrokenRule | undefined {
  if (!top?.other || mark === 'pie' || mark === 'box') return undefined;
  const { aggregate = 'none' } = mark === 'heatMap' ? (value ?? {}) : y;
  if (aggregate !== 'none') return undefined;
  const by = mark === 'heatMap' ? 'value' : 'y';
  return broken(
    ['top', 'other'],
    `puts the rest together: say in ${by} by which aggregate (sum, mean, ...).`,
  );
}

function broken(at: string[], what: string): BrokenRule {
  return { at, sentence: `"${at.join('.')}" ${what}` };
}
