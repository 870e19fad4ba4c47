import { posix } from 'node:path';
import type { Lookup } from './interpolation.ts';
import { scalarText } from './scalars.ts';
import { emptyMapping, isMapping, mapEntries, mapItems, placeOf, push, put } from './tree.ts';
import type { Mapping, Place, Value } from './tree.ts';

/** The entries of a part of the file that is a map of maps; an empty entry becomes an empty map. */
export function entriesOf(root: Mapping, key: string): [name: string, entry: Mapping, place?: Place][] {
  const part = root[key];
  if (part === undefined || !isMapping(part)) return [];
  return Object.entries(part).map(([name, value]) => {
    const place = placeOf(part, name);
    const entry = isMapping(value) ? value : emptyMapping();
    if (entry !== value) put(part, name, entry, place);
    return place ? [name, entry, place] : [name, entry];
  });
}

/** `environment: [NAME]` becomes `NAME=value`; notes the values behind `environment:` of secrets and configs. */
export function takeOverVariables(root: Mapping, lookup: Lookup, secretValues: Map<string, string>): void {
  for (const [, service] of entriesOf(root, 'services')) {
    if (!Array.isArray(service.environment)) continue;
    service.environment = mapItems(service.environment, (item) => resolveItem(item, lookup) ?? item);
  }
  for (const [, object] of [...entriesOf(root, 'secrets'), ...entriesOf(root, 'configs')]) {
    if (typeof object.environment !== 'string') continue;
    const value = lookup(object.environment);
    if (value !== undefined) secretValues.set(object.environment, value);
  }
}

function resolveItem(item: Value, lookup: Lookup): string | undefined {
  if (typeof item !== 'string') return undefined;
  if (item.includes('=')) return item;
  const value = lookup(item);
  return value === undefined ? undefined : `${item}=${value}`;
}

/**
 * Adds to a whole project, in place, what Compose implies: the default network, names of networks and volumes, and the
 * dependencies that links, shared namespaces and `volumes_from` make.
 */
export function normalize(root: Mapping, projectName: string, lookup: Lookup): void {
  addDefaultNetwork(root);
  for (const [, service] of entriesOf(root, 'services')) {
    if (service.pull_policy === 'if_not_present') service.pull_policy = 'missing';
    if (service.build !== undefined && isMapping(service.build)) {
      const { build } = service;
      build.context ??= '.';
      if (build.dockerfile === undefined && build.dockerfile_inline === undefined)
        build.dockerfile = 'Dockerfile';
      if (build.args !== undefined) build.args = resolveVariables(build.args, lookup, false);
    }
    if (service.environment !== undefined) {
      service.environment = resolveVariables(service.environment, lookup, true);
    }
    for (const volume of listOf(service.volumes)) {
      if (isMapping(volume) && typeof volume.target === 'string') volume.target = cleanTarget(volume.target);
    }
    addDependencies(service);
  }
  for (const part of ['networks', 'volumes', 'configs', 'secrets']) {
    for (const [key, entry] of entriesOf(root, part)) {
      entry.name ??= scalarText(entry.external) === 'true' ? key : `${projectName}_${key}`;
    }
  }
}

function cleanTarget(target: string): string {
  const normal = posix.normalize(target);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function listOf(value: Value | undefined): Value[] {
  return Array.isArray(value) ? value : [];
}

function addDefaultNetwork(root: Mapping): void {
  let used = false;
  for (const [, service] of entriesOf(root, 'services')) {
    if (service.provider !== undefined || service.network_mode !== undefined) continue;
    const { networks } = service;
    if (networks === undefined || !isMapping(networks) || Object.keys(networks).length === 0) {
      service.networks = Object.assign(emptyMapping(), { default: null });
      used = true;
    } else if ('default' in networks) {
      used = true;
    }
  }
  if (!used) return;
  root.networks = isMapping(root.networks ?? null) ? root.networks! : emptyMapping();
  const networks = root.networks as Mapping;
  if (!('default' in networks)) networks.default = null;
}

function resolveVariables(value: Value, lookup: Lookup, keepUnset: boolean): Value {
  if (Array.isArray(value)) {
    const list: Value[] = [];
    for (const [index, item] of value.entries()) {
      const resolved = resolveItem(item, lookup) ?? (keepUnset ? item : undefined);
      if (resolved !== undefined) push(list, resolved, placeOf(value, index));
    }
    return list;
  }
  if (!isMapping(value)) return value;
  return mapEntries(value, (entry, name) => entry ?? lookup(name) ?? (keepUnset ? null : undefined));
}

function addDependencies(service: Mapping): void {
  const dependsOn =
    service.depends_on !== undefined && isMapping(service.depends_on) ? service.depends_on : emptyMapping();
  const add = (name: string, restart: boolean, container: Value | undefined, key: string | number) => {
    if (name in dependsOn) return;
    const entry = Object.assign(emptyMapping(), { condition: 'service_started', restart, required: true });
    const place = typeof container === 'object' && container !== null ? placeOf(container, key) : undefined;
    put(dependsOn, name, entry, place);
  };
  for (const [index, link] of listOf(service.links).entries()) {
    const name = scalarText(link);
    const parts = name.split(':');
    add(parts.length === 2 ? parts[0]! : name, true, service.links, index);
  }
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const value = service[key];
    if (typeof value === 'string' && value.startsWith('service:')) add(value.slice(8), true, service, key);
  }
  for (const [index, from] of listOf(service.volumes_from).entries()) {
    const text = scalarText(from);
    if (!text.startsWith('container:')) add(text.split(':', 1)[0]!, false, service.volumes_from, index);
  }
  if (Object.keys(dependsOn).length > 0) service.depends_on = dependsOn;
}
