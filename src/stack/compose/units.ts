const nsOf: Record<string, number> = {
  w: 604_800e9,
  d: 86_400e9,
  h: 3_600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ns: 1,
};

/** `1m30s`, `1.5s`, `250ms`, `1d` -> nanoseconds; undefined for what is not a duration. */
export function parseDurationNs(text: string): number | undefined {
  const match = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d|w))+|0)$/.exec(text);
  if (!match) return undefined;
  const [, sign, parts = ''] = match;
  let totalNs = 0;
  for (const [, number, unit = ''] of parts.matchAll(/(\d+\.?\d*|\.\d+)([a-zµμ]+)/g)) {
    totalNs += Number(number) * nsOf[unit]!;
  }
  // A fraction such as 1.005 s is not exact in binary; less than a nanosecond does not count.
  const wholeNs = Math.trunc(Number(totalNs.toFixed(3)));
  return sign === '-' && wholeNs !== 0 ? -wholeNs : wholeNs;
}

/** `parseDurationNs` of a canonical duration. Throws RangeError for anything else. */
export function durationNs(text: string): number {
  const ns = parseDurationNs(text);
  if (ns === undefined) throw new RangeError(`"${text}" is no duration.`);
  return ns;
}

/** Nanoseconds as Go writes a duration: `1m30s`, `1h0m0s`, `1.5ms`, `0s`. */
export function formatDuration(ns: number): string {
  if (ns < 0) return `-${formatDuration(-ns)}`;
  if (ns === 0) return '0s';
  if (ns < 1e3) return `${ns}ns`;
  if (ns < 1e6) return `${ns / 1e3}µs`;
  if (ns < 1e9) return `${ns / 1e6}ms`;
  const hours = Math.floor(ns / 3_600e9);
  const minutes = Math.floor((ns % 3_600e9) / 60e9);
  // Whole nanoseconds first: a division would leave rounding errors in the digits.
  const restNs = ns % 60e9;
  const fraction = String(restNs % 1e9)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = `${Math.floor(restNs / 1e9)}${fraction ? `.${fraction}` : ''}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** `512m`, `1.5gb`, `64 KiB`, `1024` -> bytes, in powers of 1024; undefined for what is not a size. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+\.?\d*|\.\d+) ?(?:b|([kmgtp])(?:i?b)?)?$/i.exec(text);
  if (!match) return undefined;
  const power = match[2] === undefined ? 0 : 'kmgtp'.indexOf(match[2].toLowerCase()) + 1;
  return Math.trunc(Number(match[1]) * 1024 ** power);
}
