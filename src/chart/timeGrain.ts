import type { TimeGrain } from './chartSpec.ts';

const spans: Partial<Record<TimeGrain, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const dayMs = 86_400_000;
/** 1970-01-05, the first Monday. */
const firstMondayMs = 4 * dayMs;

/** When the minute, hour, ... year of a time began, in ms since 1970, UTC. */
export function startOf(grain: TimeGrain, ms: number): number {
  const span = spans[grain];
  if (span !== undefined) return Math.floor(ms / span) * span;
  if (grain === 'week') return Math.floor((ms - firstMondayMs) / (7 * dayMs)) * 7 * dayMs + firstMondayMs;
  const date = new Date(ms);
  const month = grain === 'year' ? 0 : grain === 'quarter' ? quarterMonth(date) : date.getUTCMonth();
  return firstOf(date.getUTCFullYear(), month);
}

/** When the one after `start` begins. */
export function nextStart(grain: TimeGrain, start: number): number {
  const span = grain === 'week' ? 7 * dayMs : spans[grain];
  if (span !== undefined) return start + span;
  const date = new Date(start);
  const months = grain === 'year' ? 12 : grain === 'quarter' ? 3 : 1;
  return firstOf(date.getUTCFullYear(), date.getUTCMonth() + months);
}

/** `2026`, `2026-Q1`, `2026-01`, `2026-01-31` (of a week its Monday), `2026-01-31 13:00`. */
export function grainLabel(grain: TimeGrain, start: number): string {
  const date = new Date(start);
  if (Number.isNaN(date.getTime())) return '(no time)';
  const text = date.toISOString();
  const day = text.slice(0, text.indexOf('T'));
  switch (grain) {
    case 'year':
      return day.slice(0, -6);
    case 'quarter':
      return `${day.slice(0, -6)}-Q${quarterMonth(date) / 3 + 1}`;
    case 'month':
      return day.slice(0, -3);
    case 'week':
    case 'day':
      return day;
    default:
      return `${day} ${text.slice(day.length + 1, day.length + 6)}`;
  }
}

function quarterMonth(date: Date): number {
  return Math.floor(date.getUTCMonth() / 3) * 3;
}

/** Date.UTC takes the years 0 to 99 for those of the last century. */
function firstOf(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1);
}
