// Which plain words of YAML are numbers, and how numbers become text again. Compose reads YAML as Go's yaml.v3 does:
// words as in YAML 1.2, numbers as in 1.1 (0777 is octal, 1_000 has a separator, 18:22 is a text).

const words = new Map<string, boolean | number | null>([
  ['', null],
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** The value of a plain (unquoted) scalar. Integers that a double can't hold exactly stay texts of their digits. */
export function resolvePlain(text: string): string | number | boolean | null {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;
  const digits = text.replaceAll('_', '');
  const integer = parseInteger(digits);
  if (integer !== undefined) {
    if (integer >= -(2n ** 63n) && integer < 2n ** 64n) {
      const number = Number(integer);
      return Number.isSafeInteger(number) ? number : integer.toString();
    }
    return /^[-+]?\d+$/.test(digits) ? Number(digits) : text;
  }
  return /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/i.test(digits) ? Number(digits) : text;
}

function parseInteger(text: string): bigint | undefined {
  const match = /^([-+]?)(0x[\da-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i.exec(text);
  if (!match) return undefined;
  const [, sign, number = ''] = match;
  const value = BigInt(/^0[0-7]+$/.test(number) ? `0o${number.slice(1)}` : number.toLowerCase());
  return sign === '-' ? -value : value;
}

/** A scalar as Go prints it, which is what a label or a variable gets: 1.0 -> "1", 0.00001 -> "1e-05". */
export function scalarText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return JSON.stringify(value);
  if (value !== 0 && Math.abs(value) < 1e-4) {
    return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
  }
  return String(value);
}

/** A number as Go prints it when it keeps it in 32 bits. */
export function float32(value: number): number {
  const wanted = Math.fround(value);
  for (let precision = 1; precision < 10; precision += 1) {
    const short = Number(wanted.toPrecision(precision));
    if (Math.fround(short) === wanted) return short;
  }
  return wanted;
}
