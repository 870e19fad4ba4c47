/** The shown part of the places axis, in percent of it and in its values: numbers, ms, or indices of categories. */
export interface Zoom {
  start: number;
  end: number;
  startValue: number;
  endValue: number;
}

/** A zoom as `dataZoom` takes it: percents or values. */
export type ZoomSetting = { start: number; end: number } | { startValue: number; endValue: number };

const whole = { start: 0, end: 100 };

/**
 * The same part after the data changed. The values stay, so that the picture does; what touches an end follows it, for
 * new rows come there. `extent` is the axis's now, undefined for categories, whose percents stay.
 */
export function keepZoom(
  zoom: Zoom | undefined,
  extent: readonly [least: number, most: number] | undefined,
): ZoomSetting {
  if (!zoom || isWhole(zoom)) return whole;
  if (!extent) return { start: zoom.start, end: zoom.end };
  const [least, most] = extent;
  const startValue = zoom.start <= 0 ? least : zoom.startValue;
  const endValue = zoom.end >= 100 ? most : zoom.endValue;
  // Nothing of it is there any more.
  if (startValue >= most || endValue <= least) return whole;
  return { startValue: Math.max(least, startValue), endValue: Math.min(most, endValue) };
}

export function isWhole({ start, end }: { start: number; end: number }): boolean {
  return start <= 0 && end >= 100;
}

/** What is shown, `factor` times as wide around its middle. */
export function zoomed({ start, end }: { start: number; end: number }, factor: number): ZoomPercents {
  const width = Math.min(100, Math.max(leastPercent, (end - start) * factor));
  return within((start + end) / 2 - width / 2, width);
}

/** A quarter of what is shown further, `direction` 1 or -1. */
export function panned({ start, end }: { start: number; end: number }, direction: number): ZoomPercents {
  const width = end - start;
  return within(start + (direction * width) / 4, width);
}

const leastPercent = 0.1;

interface ZoomPercents {
  start: number;
  end: number;
}

function within(start: number, width: number): ZoomPercents {
  const first = Math.min(Math.max(0, start), 100 - width);
  return { start: first, end: first + width };
}
