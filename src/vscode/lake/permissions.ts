const allBits = 'rwxrwxrwx';

/** `640`, `0640`, `1777` or `rw-r-----`, `drwxr-xr-x` as octal; undefined for anything else. */
export function parsePermission(text: string): string | undefined {
  const clean = text.trim();
  if (/^[01]?[0-7]{3}$/.test(clean)) return clean.replace(/^0(?=[0-7]{3}$)/, '');
  const match = /^[d-]?((?:[r-][w-][x-]){2}[r-][w-])([xtT-])$/.exec(clean);
  if (!match) return undefined;
  const [, bits = '', last = ''] = match;
  const number = Array.from(bits + last)
    .map((bit): number => (bit === '-' || bit === 'T' ? 0 : 1))
    .reduce((sum, bit) => 2 * sum + bit, 0);
  return (/t/i.test(last) ? '1' : '') + number.toString(8).padStart(3, '0');
}

/** Octal as `ls` shows it: `755` is `rwxr-xr-x`, `1777` is `rwxrwxrwt`. */
export function permissionText(octal: string): string {
  const number = Number.parseInt(octal, 8);
  const bits = Array.from(allBits, (bit, i) => (number & (1 << (8 - i)) ? bit : '-')).join('');
  if ((number & 0o1000) === 0) return bits;
  return bits.slice(0, -1) + (bits.endsWith('x') ? 't' : 'T');
}
