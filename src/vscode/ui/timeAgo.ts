const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Number.POSITIVE_INFINITY],
];

/** "now", "2 min. ago", "yesterday", in the words of a language (BCP 47); a clock that is behind says "now". */
export function timeAgo(then: Date, now: Date, language: string): string {
  let amount = Math.max(0, now.getTime() - then.getTime()) / 1000;
  // Seconds would be wrong as soon as they are read.
  if (amount < 60) amount = 0;
  for (const [unit, size] of units) {
    if (amount < size) {
      const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
      return format.format(-Math.floor(amount), unit);
    }
    amount /= size;
  }
  return '';
}
