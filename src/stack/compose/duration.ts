const unitNs: Readonly<Record<string, number>> = {
  h: 3_600_000_000_000,
  m: 60_000_000_000,
  s: 1_000_000_000,
  ms: 1_000_000,
  µs: 1_000,
  us: 1_000,
  ns: 1,
};

/** Nanoseconds of a duration as Go writes it: "1h30m0s", "1.5s", "500ms", "0s". Throws RangeError for anything else. */
export function durationNs(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0;
  if (!/^(\d+(\.\d*)?(h|ms|m|s|µs|us|ns))+$/.test(body)) throw new RangeError(`"${text}" is no duration.`);
  let total = 0;
  for (const [, amount, unit] of body.matchAll(/(\d+(?:\.\d*)?)(h|ms|m|s|µs|us|ns)/g)) {
    total += Number(amount) * unitNs[unit!]!;
  }
  return sign * Math.round(total);
}
