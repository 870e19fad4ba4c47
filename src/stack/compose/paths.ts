import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { lstatSync, realpathSync } from 'node:fs';
import { PathRules, faultAt, isMapping, placeOf, type Mapping, type TreePath, type Value } from './tree.ts';

/** Makes an absolute path of one that is relative to `folder`, or that begins with `~`. */
export function resolvePath(path: string, folder: string): string {
  const expanded = path.startsWith('~') ? withoutEndingSlash(join(homedir(), path.slice(1))) : path;
  if (expanded === '' || isAbsolute(expanded)) return expanded;
  return withoutEndingSlash(join(folder, expanded));
}

function withoutEndingSlash(path: string): string {
  return path.length > 1 ? path.replace(/[\\/]$/, '') : path;
}

type Resolve = (value: Value, folder: string) => Value;

const path: Resolve = (value, folder) => {
  if (Array.isArray(value)) return value.map((item) => path(item, folder));
  return typeof value === 'string' ? resolvePath(value, folder) : value;
};

/** A path for the engine, which may run on Windows while we don't. */
const enginePath: Resolve = (value, folder) => {
  if (typeof value !== 'string' || /^([A-Za-z]:[\\/]|\\\\)/.test(value)) return value;
  return value === '' ? folder : resolvePath(value, folder);
};

/** Where a build's context is: a folder, or something that only the builder can read. */
const context: Resolve = (value, folder) => {
  if (typeof value !== 'string') return value;
  const remote = value.includes('://') || /^(service:|github\.com\/|git@)/.test(value);
  return remote ? value : path(value, folder);
};

const realPath: Resolve = (value, folder) => {
  const absolute = path(value, folder);
  if (typeof absolute !== 'string') return absolute;
  const parts = absolute.split('/');
  for (let length = 2; length <= parts.length; length += 1) {
    const prefix = parts.slice(0, length).join('/');
    if (!lstatSync(prefix, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    return absolute.replace(prefix, realpathSync(prefix));
  }
  return absolute;
};

const rules = new PathRules<Resolve>({
  'services.*.build.context': context,
  'services.*.build.additional_contexts.*': context,
  'services.*.build.ssh.*': enginePath,
  'services.*.env_file.*.path': path,
  'services.*.label_file.*': path,
  'services.*.extends.file': path,
  'services.*.develop.watch.*.path': realPath,
  'services.*.volumes.*': (value, folder) => {
    if (!isMapping(value) || value.type !== 'bind') return value;
    if (value.source === undefined) {
      throw faultAt(placeOf(value, 'type'), 'The `source` of this bind mount is missing.');
    }
    value.source = enginePath(value.source, folder);
    return value;
  },
  'configs.*.file': enginePath,
  'secrets.*.file': enginePath,
  'volumes.*': (value, folder) => {
    // A volume of the local driver with `o: bind` is a bind mount.
    if (!isMapping(value) || value.driver !== 'local') return value;
    const options = value.driver_opts;
    if (options !== undefined && isMapping(options) && options.o === 'bind' && options.device !== undefined) {
      options.device = enginePath(options.device, folder);
    }
    return value;
  },
});

/** Makes the relative paths of a tree in long forms absolute, in place. */
export function resolvePaths(root: Mapping, folder: string): void {
  const walk = (value: Value, at: TreePath): Value => {
    const rule = rules.find(at);
    if (rule) return rule(value, folder);
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) value[index] = walk(item, [...at, '[]']);
    } else if (isMapping(value)) {
      for (const [key, entry] of Object.entries(value)) value[key] = walk(entry, [...at, key]);
    }
    return value;
  };
  walk(root, []);
}
