import { placeCount, placeLabel, type ChartChanges, type ChartModel } from './chartModel.ts';

const maxListed = 20;

/** Lays the chart `before` over `model`: series by their names, places by what they stand for. */
export function compareCharts(model: ChartModel, before: ChartModel): ChartChanges {
  const keys = placeKeys(model);
  const keysBefore = placeKeys(before);
  const placeBefore = new Map(keysBefore.map((key, place) => [key, place]));
  const places = keys.map((key) => placeBefore.get(key) ?? -1);
  const seriesBefore = new Map(before.series.map((one) => [one.name, one]));
  // A single series stays the same one when its title is changed.
  const isSingle = model.series.length === 1 && before.series.length === 1 && !model.isSplit;
  let changedCount = 0;
  const series = model.series.map(({ name, y }) => {
    const was = isSingle ? before.series[0] : seriesBefore.get(name);
    const values = new Float64Array(keys.length).fill(NaN);
    places.forEach((at, place) => {
      if (!was || at < 0) return;
      values[place] = was.y[at]!;
      if (Number.isFinite(values[place]) && Number.isFinite(y[place]) && values[place] !== y[place])
        changedCount++;
    });
    return { before: values };
  });
  const now = new Set(keys);
  const came = keys.flatMap((_, place) => (places[place]! < 0 ? [place] : []));
  const went = keysBefore.flatMap((key, place) => (now.has(key) ? [] : [place]));
  return {
    series,
    came: came.slice(0, maxListed).map((place) => placeLabel(model, place)),
    went: went.slice(0, maxListed).map((place) => placeLabel(before, place)),
    ...{ cameCount: came.length, wentCount: went.length, changedCount },
    sentence: sentenceOf(changedCount, came.length, went.length),
  };
}

/** What a place stands for; where several share it, which of them it is. */
function placeKeys(model: ChartModel): (string | number)[] {
  const count = placeCount(model);
  const { kind } = model.x;
  if (kind === 'category') return model.categories.map((label) => `category ${label}`);
  let nth = 0;
  return Array.from({ length: count }, (_, place) => {
    const at = model.at[place]!;
    nth = place > 0 && at === model.at[place - 1] ? nth + 1 : 0;
    return `${kind} ${at} ${nth}`;
  });
}

function sentenceOf(changed: number, came: number, went: number): string {
  const parts = [
    ...(changed > 0 ? [`${changed} ${changed === 1 ? 'value' : 'values'} changed`] : []),
    ...(came > 0 ? [`${came} new`] : []),
    ...(went > 0 ? [`${went} gone`] : []),
  ];
  return parts.length === 0 ? 'Nothing changed.' : `${parts.join(', ')}.`;
}
