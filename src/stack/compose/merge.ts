import { scalarText } from './scalars.ts';
import { PathRules, emptyMapping, faultAt, isMapping, placeOf, push, put } from './tree.ts';
import type { Mapping, Place, TreePath, Value } from './tree.ts';

type Merge = (base: Value, over: Value, path: TreePath, place: Place | undefined) => Value;

/**
 * Puts `over` on top of `base`, by Compose's rule for each key: maps are merged, lists are appended, anything else is
 * replaced. See https://docs.docker.com/reference/compose-file/merge/. Both may be changed. Throws `invalid`.
 */
export function merge(base: Mapping, over: Mapping, path: TreePath = []): Mapping {
  for (const [key, value] of Object.entries(over)) {
    const place = placeOf(over, key);
    const merged = key in base ? mergeValue(base[key]!, value, [...path, key], place) : value;
    // An empty key of the later file takes nothing away, and is not where the value was written.
    if (key in base && value === null && merged !== null) continue;
    put(base, key, merged, place);
  }
  return base;
}

/** What a service says on top of the one that it extends. */
export function mergeService(base: Mapping, over: Mapping): Mapping {
  return merge(base, over, ['services', 'x']);
}

function mergeValue(base: Value, over: Value, path: TreePath, place: Place | undefined): Value {
  const special = specials.find(path);
  if (special) return special(base, over, path, place);
  if (over === null) return base;
  if (isMapping(base)) {
    if (!isMapping(over)) throw faultAt(place, `${path.join('.')} must be a map: it is one in another file.`);
    return merge(base, over, path);
  }
  if (Array.isArray(base)) {
    if (!Array.isArray(over))
      throw faultAt(place, `${path.join('.')} must be a list: it is one in another file.`);
    return append(base, over);
  }
  return over;
}

const replace: Merge = (_base, over) => over;
const joinLists: Merge = (base, over) => append(toList(base), toList(over));
const joinMaps: Merge = (base, over, path) =>
  merge(
    toMap(base, () => null),
    toMap(over, () => null),
    path,
  );

const specials = new PathRules<Merge>({
  'networks.*.ipam.config': mergeIpamConfig,
  'networks.*.labels': joinLists,
  'volumes.*.labels': joinLists,
  'services.*.build': (base, over, path) => merge(buildMap(base), buildMap(over), path),
  'services.*.command': replace,
  'services.*.entrypoint': replace,
  'services.*.healthcheck.test': replace,
  'services.*.ulimits.*': replace,
  'services.*.depends_on': (base, over, path) => merge(toMap(base, started), toMap(over, started), path),
  'services.*.models': joinMaps,
  'services.*.networks': joinMaps,
  'services.*.logging': mergeLogging,
  'services.*.extra_hosts': mergeHosts,
  'services.*.build.extra_hosts': mergeHosts,
  'services.*.volumes.*.volume.labels': joinLists,
  ...Object.fromEntries(
    [
      'annotations build.args build.additional_contexts build.labels deploy.labels dns dns_opt dns_search',
      'env_file label_file environment labels sysctls tmpfs',
    ]
      .flatMap((keys) => keys.split(' '))
      .map((key) => [`services.*.${key}`, joinLists]),
  ),
});

function append(base: Value[], over: Value[]): Value[] {
  for (const [index, item] of over.entries()) push(base, item, placeOf(over, index));
  return base;
}

/** The list form of a map: `NAME=value`, sorted. */
function toList(value: Value): Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return [value];
  if (!isMapping(value)) return [];
  const items: { text: string; place: Place | undefined }[] = [];
  for (const [key, entry] of Object.entries(value)) {
    const place = placeOf(value, key);
    if (entry === null) items.push({ text: key, place });
    for (const one of Array.isArray(entry) ? entry : [entry]) {
      if (one !== null && typeof one !== 'object') items.push({ text: `${key}=${scalarText(one)}`, place });
    }
  }
  const list: Value[] = [];
  for (const { text, place } of items.sort((a, b) => (a.text < b.text ? -1 : 1))) push(list, text, place);
  return list;
}

/** The map form of a list of names. */
function toMap(value: Value, entry: () => Value): Mapping {
  if (isMapping(value)) return value;
  const map = emptyMapping();
  if (Array.isArray(value)) {
    for (const [index, name] of value.entries()) {
      if (typeof name === 'string') put(map, name, entry(), placeOf(value, index));
    }
  }
  return map;
}

function started(): Mapping {
  return Object.assign(emptyMapping(), { condition: 'service_started', required: true });
}

function buildMap(value: Value): Mapping {
  return typeof value === 'string'
    ? Object.assign(emptyMapping(), { context: value })
    : toMap(value, started);
}

/** Options belong to a driver: another driver takes none over. */
function mergeLogging(base: Value, over: Value, path: TreePath): Value {
  if (!isMapping(base)) return over;
  if (!isMapping(over)) return base;
  const drivers = [base.driver, over.driver];
  return drivers.includes(undefined) || drivers[0] === drivers[1] ? merge(base, over, path) : over;
}

function mergeHosts(base: Value, over: Value): Value {
  const list = toList(base);
  const added = toList(over);
  for (const [index, host] of added.entries()) {
    if (!list.includes(host)) push(list, host, placeOf(added, index));
  }
  return list;
}

/** Address ranges are merged where the subnet is the same. */
function mergeIpamConfig(base: Value, over: Value, path: TreePath, place: Place | undefined): Value {
  if (!Array.isArray(base) || !Array.isArray(over)) throw faultAt(place, `${path.join('.')} must be a list.`);
  const result: Value[] = [];
  const indexOf = (range: Mapping) =>
    result.findIndex((other) => isMapping(other) && other.subnet === range.subnet);
  for (const [index, original] of base.entries()) {
    for (const [overIndex, override] of over.entries()) {
      const left = toMap(original, () => null);
      const right = toMap(override, () => null);
      if (left.subnet !== right.subnet) {
        if (indexOf(right) < 0) {
          push(result, right, placeOf(over, overIndex));
          continue;
        }
      }
      const merged = merge(left, right, path);
      const known = indexOf(merged);
      if (known < 0) push(result, merged, placeOf(base, index));
      else result[known] = merged;
    }
  }
  return result;
}

type Identify = (item: Value, place: Place | undefined) => string;

const byKey: Identify = (item, place) => {
  if (typeof item === 'string') return item.split('=', 1)[0]!;
  throw faultAt(place, 'Expected a text.');
};

const byTarget =
  (targetOf: (text: string) => string): Identify =>
  (item, place) => {
    if (typeof item === 'string') return targetOf(item);
    if (!isMapping(item)) return '';
    if (typeof item.target === 'string') return item.target;
    throw faultAt(place, 'The `target` is missing.');
  };

const bySource =
  (folder: string): Identify =>
  (item) => {
    if (!isMapping(item)) return `${folder}/${scalarText(item)}`;
    return typeof item.target === 'string' ? item.target : `${folder}/${scalarText(item.source)}`;
  };

const byPort: Identify = (item, place) => {
  if (!isMapping(item)) return scalarText(item);
  const { target, published = null, host_ip: hostIp = '0.0.0.0', protocol = 'tcp' } = item;
  if (target === undefined) throw faultAt(place, 'The `target` of this port is missing.');
  return JSON.stringify([hostIp, published, Number(target), protocol]);
};

const byPath: Identify = (item) =>
  isMapping(item) ? scalarText(item.path) : typeof item === 'string' ? item : '';

/** In a volume's short form, the target is its second part, or the only one. A drive letter has a colon, too. */
function volumeTarget(text: string): string {
  const parts = text.match(/(?:^[A-Za-z]:(?=[\\/]))?[^:]+/g) ?? [text];
  return parts.length > 1 ? parts[1]! : parts[0];
}

const identities = new PathRules<Identify>({
  'networks.*.labels': byKey,
  'networks.*.ipam.options': byKey,
  'services.*.configs': bySource(''),
  'services.*.secrets': bySource('/run/secrets'),
  'services.*.env_file': byPath,
  'services.*.expose': (item) => scalarText(item),
  'services.*.ports': byPort,
  'services.*.volumes': byTarget(volumeTarget),
  'services.*.devices': byTarget((text) => text.split(':')[1] ?? text),
  ...Object.fromEntries(
    [
      'annotations build.args build.additional_contexts build.platform build.tags build.labels cap_add cap_drop',
      'deploy.labels dns dns_opt dns_search environment labels links networks.*.aliases',
      'networks.*.link_local_ips profiles sysctls tmpfs',
    ]
      .flatMap((keys) => keys.split(' '))
      .map((key) => [`services.*.${key}`, byKey]),
  ),
});

/** Drops from lists what a later item defines anew, such as a volume with the same target; it keeps its place. */
export function dropRedefined(value: Value, path: TreePath = []): Value {
  if (isMapping(value)) {
    for (const key of Object.keys(value)) value[key] = dropRedefined(value[key]!, [...path, key]);
    return value;
  }
  if (!Array.isArray(value)) return value;
  const identify = identities.find(path);
  if (!identify) return value;
  const byIdentity = new Map<string, { item: Value; place: Place | undefined }>();
  for (const [index, item] of value.entries()) {
    const place = placeOf(value, index);
    byIdentity.set(identify(item, place), { item, place });
  }
  const kept: Value[] = [];
  for (const { item, place } of byIdentity.values()) push(kept, item, place);
  return kept;
}
