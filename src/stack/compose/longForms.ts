import { scalarText } from './scalars.ts';
import { parseDevice, parsePorts, parseVolume, type Parsed } from './shortForms.ts';
import { PathRules, clone, emptyMapping, faultAt, isMapping, mapEntries, mapItems } from './tree.ts';
import { placeOf, push, put } from './tree.ts';
import type { Mapping, Place, TreePath, Value } from './tree.ts';

type Change = (value: Value, place: Place | undefined, path: TreePath) => Value;

/**
 * Writes short forms long: ports, volumes, devices, secrets, configs, `depends_on`, networks, build, env files. Throws
 * `invalid` for what is no such form.
 */
export function writeLong(root: Mapping): Mapping {
  return change(root, [], undefined, forms) as Mapping;
}

/** Adds what Compose assumes where a file says nothing: a port's protocol, a secret's target. */
export function addDefaults(root: Mapping): Mapping {
  return change(root, [], undefined, defaults) as Mapping;
}

function change(value: Value, path: TreePath, place: Place | undefined, rules: PathRules<Change>): Value {
  const rule = rules.find(path);
  return rule ? rule(value, place, path) : changeWithin(value, path, rules);
}

function changeWithin(value: Value, path: TreePath, rules: PathRules<Change>): Value {
  if (isMapping(value))
    return mapEntries(value, (entry, key, at) => change(entry, [...path, key], at, rules));
  if (Array.isArray(value)) return mapItems(value, (item, at) => change(item, [...path, '[]'], at, rules));
  return value;
}

function parsed<Long>(result: Parsed<Long>, place: Place | undefined): Long {
  if ('problem' in result) throw faultAt(place, result.problem);
  return result.value;
}

const mapOf = (entries: Record<string, Value>): Mapping => Object.assign(emptyMapping(), entries);
const listOfOne: Change = (value) => (typeof value === 'string' ? [value] : value);

/** A text becomes the map that `long` makes of it. */
const longOf =
  (long: (text: string, place: Place | undefined) => Value): Change =>
  (value, place) =>
    typeof value === 'string' ? long(value, place) : value;

/** A list of names becomes a map. */
const mapOfNames =
  (entry: (place: Place | undefined) => Value): Change =>
  (value) => {
    if (!Array.isArray(value)) return value;
    const map = emptyMapping();
    for (const [index, name] of value.entries()) {
      const place = placeOf(value, index);
      put(map, scalarText(name), entry(place), place);
    }
    return map;
  };

const forms: PathRules<Change> = new PathRules<Change>({
  'services.*.build': (value, _place, path) =>
    typeof value === 'string' ? mapOf({ context: value }) : changeWithin(value, path, forms),
  'services.*.build.secrets.*': longOf((source) => mapOf({ source })),
  'services.*.build.provenance': (value) => (isScalar(value) ? scalarText(value) : value),
  'services.*.build.sbom': (value) => (isScalar(value) ? scalarText(value) : value),
  'services.*.build.additional_contexts': pairs((text, place) => {
    throw faultAt(place, `"${text}" is not a context: write NAME=PATH.`);
  }),
  'services.*.build.ssh': pairs((text, place) => {
    if (text !== 'default') throw faultAt(place, `"${text}" is not a key for SSH: write NAME=PATH.`);
    return null;
  }),
  'services.*.depends_on': (value, place) => {
    const map = mapOfNames(() => mapOf({ condition: 'service_started', required: true }))(value, place, []);
    if (!isMapping(map)) return map;
    for (const [name, entry] of Object.entries(map)) {
      if (!isMapping(entry)) throw faultAt(placeOf(map, name), `depends_on.${name} must be a map.`);
      entry.condition ??= 'service_started';
      entry.required ??= true;
    }
    return map;
  },
  'services.*.env_file': (value, place, path) => {
    const list = listOfOne(value, place, path);
    if (!Array.isArray(list)) return list;
    return mapItems(list, (item) => {
      if (typeof item === 'string') return mapOf({ path: item, required: true });
      if (isMapping(item)) item.required ??= true;
      return item;
    });
  },
  'services.*.label_file': listOfOne,
  'services.*.dns': (value, place, path) => {
    const list = listOfOne(value, place, path);
    return Array.isArray(list) ? list.filter((item) => item !== null && item !== '') : list;
  },
  'services.*.extends': longOf((service) => mapOf({ service })),
  'services.*.gpus': longOf(() => [mapOf({ count: 'all' })]),
  'services.*.networks': mapOfNames(() => null),
  'services.*.models': mapOfNames(() => null),
  'services.*.volumes.*': longOf((text, place) => parsed(parseVolume(text), place)),
  'services.*.devices.*': longOf((text, place) => parsed(parseDevice(text), place)),
  'services.*.secrets.*': longOf((source) => mapOf({ source })),
  'services.*.configs.*': longOf((source) => mapOf({ source })),
  'services.*.ports': (value) => {
    if (!Array.isArray(value)) return value;
    const ports: Value[] = [];
    for (const [index, item] of value.entries()) {
      const place = placeOf(value, index);
      if (isMapping(item)) push(ports, item, place);
      else for (const port of parsed(parsePorts(scalarText(item)), place)) push(ports, port, place);
    }
    return ports;
  },
  'services.*.develop.watch.*.ignore': listOfOne,
  'services.*.develop.watch.*.include': listOfOne,
  'volumes.*': adoptExternalName,
  'networks.*': adoptExternalName,
  'secrets.*': adoptExternalName,
  'configs.*': adoptExternalName,
  'include.*': longOf((path) => mapOf({ path })),
});

function isScalar(value: Value): value is string | number | boolean {
  return value !== null && typeof value !== 'object';
}

/** A list of `NAME=value` becomes a map; `bare` says what a text without `=` stands for. */
function pairs(bare: (text: string, place: Place | undefined) => Value): Change {
  return (value) => {
    if (!Array.isArray(value)) return value;
    const map = emptyMapping();
    for (const [index, item] of value.entries()) {
      const place = placeOf(value, index);
      const text = scalarText(item);
      const at = text.indexOf('=');
      if (at < 0) put(map, text, bare(text, place), place);
      else put(map, text.slice(0, at), text.slice(at + 1), place);
    }
    return map;
  };
}

/** `external: { name: x }` is the old way to write `external: true` and `name: x`. */
function adoptExternalName(value: Value): Value {
  if (!isMapping(value) || !isMapping(value.external ?? null)) return value;
  const { name } = value.external as Mapping;
  if (name !== undefined && value.name !== undefined && value.name !== name) {
    throw faultAt(placeOf(value, 'external'), 'external.name and name differ: use only name.');
  }
  const result = clone(value) as Mapping;
  result.external = true;
  if (name !== undefined) put(result, 'name', name, placeOf(value, 'external'));
  return result;
}

/** A request for devices that names neither a number nor devices wants all. */
const allDevices: Change = (value) => {
  if (isMapping(value) && value.count === undefined && value.device_ids === undefined) value.count = 'all';
  return value;
};

const defaults = new PathRules<Change>({
  'services.*.build': (value) => {
    if (isMapping(value)) value.context ??= '.';
    return value;
  },
  'services.*.secrets.*': (value) => {
    if (isMapping(value)) value.target ??= `/run/secrets/${scalarText(value.source)}`;
    return value;
  },
  'services.*.ports.*': (value) => {
    if (isMapping(value)) {
      value.protocol ??= 'tcp';
      value.mode ??= 'ingress';
    }
    return value;
  },
  'services.*.deploy.resources.reservations.devices.*': allDevices,
  'services.*.gpus.*': allDevices,
});
