import { eachSorted, quantile } from './aggregate.ts';

export interface Boxes {
  /** Low, lower quartile, median, upper quartile and high of each group; NaN for one without values. */
  boxes: Float64Array;
  /** How many values lie beyond the whiskers. */
  outliers: number;
}

/**
 * Tukey's box plot (Exploratory Data Analysis, 1977): the whiskers end at the last value within 1.5 times the distance
 * of the quartiles.
 */
export function boxesOf(groupOf: Int32Array, groups: number, values: Float64Array): Boxes {
  const boxes = new Float64Array(groups * 5).fill(NaN);
  let outliers = 0;
  eachSorted(groupOf, groups, values, (group, sorted) => {
    const [lower, median, upper] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share)) as [
      number,
      number,
      number,
    ];
    const reach = 1.5 * (upper - lower);
    const inside = sorted.filter((value) => value >= lower - reach && value <= upper + reach);
    outliers += sorted.length - inside.length;
    // A quartile may lie between two values of which the outer one is an outlier.
    const low = Math.min(inside[0] ?? lower, lower);
    const high = Math.max(inside.at(-1) ?? upper, upper);
    boxes.set([low, lower, median, upper, high], group * 5);
  });
  return { boxes, outliers };
}
