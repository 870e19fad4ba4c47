// What the values of the canonical model look like, and how to make them of what a file says: with these parts,
// `canonical.ts` describes the model. As in Go's JSON, what is zero or empty is left out unless a part keeps it.
import { parseBytes, parseDurationNs, formatDuration } from './units.ts';
import { float32 as roundTo32, scalarText } from './scalars.ts';
import { faultAt, isMapping, markPlace, placeOf, type Mapping, type Place, type Value } from './tree.ts';

/** Makes the canonical value; undefined where the key is left out. */
export type Shape = (value: Value | undefined, place: Place | undefined) => unknown;

/** Numbers that text must not be made of are told by the schema before; here only what it lets through is refused. */
export const text: Shape = (value, place) => {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return scalarText(value);
  throw faultAt(place, 'Expected a text.');
};

const orUndefined = <T>(zero: T, value: T | undefined): T | undefined => (value === zero ? undefined : value);

function toNumber(value: Value | undefined, place: Place | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw faultAt(place, `Expected a number, found "${JSON.stringify(value)}".`);
}

/** A whole number that may be zero. */
export const count: Shape = (value, place) => {
  const number = toNumber(value, place);
  return number === undefined ? undefined : Math.trunc(number);
};
export const whole: Shape = (value, place) => orUndefined(0, count(value, place));
export const decimal: Shape = (value, place) => {
  const number = toNumber(value, place);
  return number === undefined ? undefined : orUndefined(0, roundTo32(number));
};

/** True or false. */
export const eitherFlag: Shape = (value, place) => {
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined;
  const word = scalarText(value).toLowerCase();
  if (['true', 'y', 'yes', 'on'].includes(word)) return true;
  if (['false', 'n', 'no', 'off'].includes(word)) return false;
  throw faultAt(place, `Expected true or false, found "${word}".`);
};
export const flag: Shape = (value, place) => orUndefined(false, eitherFlag(value, place) as boolean);

/** A number of bytes, as text. */
export const bytes: Shape = (value, place) => {
  if (value === undefined || value === null) return undefined;
  const size = typeof value === 'string' ? parseBytes(value) : toNumber(value, place);
  if (size === undefined) throw faultAt(place, `"${scalarText(value)}" is not a size such as 512m.`);
  return orUndefined('0', String(Math.trunc(size)));
};

/** A duration that may be 0s. */
export const duration: Shape = (value, place) => {
  if (value === undefined || value === null) return undefined;
  const ns = parseDurationNs(scalarText(value));
  if (ns !== undefined) return formatDuration(ns);
  throw faultAt(place, `"${scalarText(value)}" is not a duration such as 10s or 1m30s.`);
};
export const longDuration: Shape = (value, place) => orUndefined('0s', duration(value, place) as string);

export const fileMode: Shape = (value, place) => {
  if (value === undefined || value === null) return undefined;
  const mode = typeof value === 'string' ? parseInt(value, 8) : value;
  if (typeof mode === 'number' && !Number.isNaN(mode)) return `0${mode.toString(8)}`;
  throw faultAt(place, 'Expected a file mode such as "0440".');
};

/** A list that keeps its items' places; empty ones are left out. */
export function listOf(shape: Shape): Shape {
  return (value, place) => {
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) throw faultAt(place, 'Expected a list.');
    if (value.length === 0) return undefined;
    const list: unknown[] = [];
    for (const [index, item] of value.entries()) {
      const at = placeOf(value, index) ?? place;
      markPlace(list, index, at);
      list.push(shape(item, at) ?? (item === '' || item === null ? '' : item));
    }
    return list;
  };
}

/** A list of texts, or one text. */
export const texts: Shape = (value, place) =>
  listOf(text)(typeof value === 'string' ? [value] : value, place);

/** A map of names that the user chose; `absent` stands for an entry that its shape leaves out. */
export function mapOf(shape: Shape, absent: unknown = null): Shape {
  return (value, place) => {
    if (value === undefined || value === null) return undefined;
    if (!isMapping(value)) throw faultAt(place, 'Expected a map.');
    return objectOf(value, Object.keys(value), (entry, at) => shape(entry, at) ?? absent, place);
  };
}

/** A map with these keys; others are left to the schema. Present wherever the file has the key. */
export function struct(fields: Record<string, Shape>): Shape {
  const names = Object.keys(fields);
  return (value, place) => {
    if (value === undefined || value === null) return undefined;
    if (!isMapping(value)) throw faultAt(place, 'Expected a map.');
    const object = objectOf(value, names, (entry, at, name) => fields[name]!(entry, at), place);
    return object ?? {};
  };
}

/** Present even where the file has nothing. */
export function always(shape: Shape): Shape {
  return (value, place) => shape(value ?? (Object.create(null) as Mapping), place);
}

function objectOf(
  map: Mapping,
  names: readonly string[],
  make: (value: Value | undefined, place: Place | undefined, name: string) => unknown,
  place: Place | undefined,
): Record<string, unknown> | undefined {
  const entries: [string, unknown][] = [];
  for (const name of names) {
    const made = make(map[name], placeOf(map, name) ?? place, name);
    if (made !== undefined) entries.push([name, made]);
  }
  if (entries.length === 0) return undefined;
  const object = Object.fromEntries(entries);
  for (const [name] of entries) markPlace(object, name, placeOf(map, name));
  return object;
}

/** `NAME=value` items as a map. `missing` is what a name without value gets. */
function pairs(missing: unknown, ofNull: unknown): Shape {
  return (value, place) => {
    if (!Array.isArray(value)) {
      return mapOf((entry) => (entry === null ? undefined : scalarText(entry)), ofNull)(value, place);
    }
    const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    const at = new Map<string, Place | undefined>();
    for (const [index, item] of value.entries()) {
      const line = scalarText(item);
      const end = line.indexOf('=');
      const name = end < 0 ? line : line.slice(0, end);
      if (/\s$/.test(name))
        throw faultAt(placeOf(value, index), `There is a space behind the name "${name}".`);
      object[name] = end < 0 ? missing : line.slice(end + 1);
      at.set(name, placeOf(value, index));
    }
    const result = Object.fromEntries(Object.entries(object));
    for (const [name, entryPlace] of at) markPlace(result, name, entryPlace);
    return at.size === 0 ? undefined : result;
  };
}

/** Variables: a name without value stays null. */
export const variables = pairs(null, null);
/** Labels and the like: a name without value has an empty one. */
export const labels = pairs('', '');

/** `HOST=IP`, or a map of one or several addresses, as a sorted list of `HOST=IP`. */
export const hosts: Shape = (value, place) => {
  if (value === undefined || value === null) return undefined;
  const list: string[] = [];
  const add = (host: string, addresses: string[], at: Place | undefined) => {
    if (host === '' || /[:=]/.test(host)) throw faultAt(at, `"${host}" is not the name of a host.`);
    for (const address of addresses) list.push(`${host}=${address.replace(/^\[(.+)\]$/, '$1')}`);
  };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const line = scalarText(item);
      const end = line.includes('=') ? line.indexOf('=') : line.indexOf(':');
      if (end < 0) throw faultAt(placeOf(value, index), `"${line}" has no address: write HOST=IP.`);
      add(line.slice(0, end), line.slice(end + 1).split(','), placeOf(value, index));
    }
  } else if (isMapping(value)) {
    for (const [host, addresses] of Object.entries(value)) {
      const all = Array.isArray(addresses) ? addresses : [addresses ?? ''];
      add(
        host,
        all.map((address) => scalarText(address)),
        placeOf(value, host),
      );
    }
  } else throw faultAt(place, 'Expected a list of HOST=IP.');
  return list.length === 0 ? undefined : list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
};
