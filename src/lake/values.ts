/*
 * How values of a table look in JavaScript. Nothing is rounded silently:
 *   byte, short, int, float, double  number
 *   long                             number where it is exact, else bigint
 *   decimal                          number up to 15 digits (exact as text), else a string
 *   timestamp                        Timestamp (a Date that keeps its microseconds), out of Date's range a string
 *   timestamp_ntz, date, time        a string in ISO 8601 form: they name no instant
 *   binary                           Uint8Array
 *   array, struct                    array, object
 *   map                              an object if the keys are strings, else an array of {key, value}
 */

/** An instant in microseconds. Everywhere a Date; as text and in JSON it shows the microseconds that a Date has not. */
export class Timestamp extends Date {
  readonly #micros: number;

  /** `micros` since 1970, within the range of Date. */
  constructor(micros: bigint) {
    const rest = ((micros % 1000n) + 1000n) % 1000n;
    super(Number((micros - rest) / 1000n));
    this.#micros = Number(rest);
  }

  /** Microseconds since 1970. */
  get epochMicros(): bigint {
    return BigInt(this.getTime()) * 1000n + BigInt(this.#micros);
  }

  override toISOString(): string {
    const text = super.toISOString();
    return this.#micros === 0 ? text : `${text.slice(0, -1)}${String(this.#micros).padStart(3, '0')}Z`;
  }

  override toJSON(): string {
    return this.toISOString();
  }
}

const dateRangeMicros = 8_640_000_000_000_000n * 1000n;
const dayMicros = 86_400_000_000n;

export function timestampOf(micros: bigint): Timestamp | string {
  return micros < -dateRangeMicros || micros > dateRangeMicros
    ? `${localText(micros)}Z`
    : new Timestamp(micros);
}

/** `2024-02-29T12:34:56.789012`; the fraction only if there is one. */
export function localText(micros: bigint): string {
  const days = floorDivide(micros, dayMicros);
  return `${dateText(Number(days))}T${timeText(micros - days * dayMicros)}`;
}

/** `12:34:56.789012` of microseconds since midnight; the fraction only if there is one. */
export function timeText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  const rest = micros % 1_000_000n;
  return rest === 0n ? clock : `${clock}.${String(rest).padStart(6, '0')}`;
}

/**
 * `2024-02-29` of days since 1970, in the proleptic Gregorian calendar and for any year, where Date ends at 275760.
 * The algorithm is `civil_from_days` of Howard Hinnant's "chrono-compatible low-level date algorithms".
 */
export function dateText(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const digits = String(Math.abs(year)).padStart(4, '0');
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${digits}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

/** A number where that is exact, else the bigint itself. */
export function integerOf(value: bigint): number | bigint {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** Any number of 15 decimal digits survives a double, so that it prints as it was. */
const exactDigits = 15;

export function decimalValue(unscaled: bigint, precision: number, scale: number): number | string {
  const text = decimalText(unscaled, scale);
  return precision <= exactDigits ? Number(text) : text;
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The big-endian two's complement number in `bytes`. */
export function signedOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
