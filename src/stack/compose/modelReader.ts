import { dirname, isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { WorkbenchError } from '../../base/errors.ts';
import { checkTree } from './checks.ts';
import { isFile, lookupIn, readEnvironmentFiles, readText } from './environment.ts';
import type { VariableUse } from './interpolation.ts';
import { interpolateTree } from './interpolateTree.ts';
import { addDefaults, writeLong } from './longForms.ts';
import { dropRedefined, merge, mergeService } from './merge.ts';
import { takeOverVariables } from './normalize.ts';
import { resolvePath, resolvePaths } from './paths.ts';
import { scalarText } from './scalars.ts';
import { validate } from './schema.ts';
import { clone, emptyMapping, faultAt, isMapping, placeOf, put } from './tree.ts';
import type { Mapping, Place, TreePath, Value } from './tree.ts';
import { parseYaml, type YamlDocument } from './yamlDocuments.ts';

/** A Compose file, parsed, with its variables as they are written. */
export interface ComposeFile {
  /** Absolute. */
  path: string;
  documents: YamlDocument[];
}

export interface ModelContext {
  /** Absolute: what relative paths are relative to. */
  folder: string;
  variables: ReadonlyMap<string, string>;
  /** Every use of a variable is noted here, in order. */
  uses: VariableUse[];
  /** The values behind `environment:` of secrets and configs, which an included file may have from its own `.env`. */
  secretValues: Map<string, string>;
}

/** Throws `not-found`, and `invalid` for what is not YAML. */
export async function readComposeFile(path: string): Promise<ComposeFile> {
  return { path, documents: parseYaml(await readText(path, 'Compose file'), path) };
}

/**
 * Reads files, each overriding those before, into one tree in long forms with absolute paths: with their variables,
 * `extends` and `include`. `including` are the files that include these. Throws `invalid` with file, line and column.
 */
export async function readModel(
  files: readonly ComposeFile[],
  context: ModelContext,
  including: readonly string[] = [],
): Promise<Mapping> {
  let model = emptyMapping();
  for (const file of files) {
    for (const document of file.documents) {
      const own = interpolated(document, file.path, context);
      await applyExtends(own, file.path, document.resets, context);
      reset(model, document.resets, []);
      await applyIncludes(own, context, [...including, file.path]);
      model = dropRedefined(merge(model, own)) as Mapping;
      validate(model);
      delete model.version;
      model = dropRedefined(writeLong(model)) as Mapping;
    }
  }
  model = addDefaults(model);
  checkTree(model);
  resolvePaths(model, context.folder);
  takeOverVariables(model, lookupIn(context.variables), context.secretValues);
  return model;
}

function interpolated(document: YamlDocument, path: string, context: ModelContext): Mapping {
  if (!isMapping(document.value)) {
    throw new WorkbenchError(
      'invalid',
      `${path}:1:1: A Compose file must be a map, such as \`services: ...\`.`,
    );
  }
  return interpolateTree(document.value, lookupIn(context.variables), context.uses) as Mapping;
}

/** Drops from what other files said the places that a file wants to say anew. */
function reset(target: Value, resets: readonly TreePath[], path: TreePath): void {
  if (resets.length === 0 || !isMapping(target)) return;
  for (const [key, value] of Object.entries(target)) {
    const at = [...path, key];
    if (resets.some((wanted) => isDeepStrictEqual(wanted, at))) Reflect.deleteProperty(target, key);
    else reset(value, resets, at);
  }
}

/** Puts under each service of a file what it extends. */
async function applyExtends(
  file: Mapping,
  path: string,
  resets: readonly TreePath[],
  context: ModelContext,
): Promise<void> {
  const { services } = file;
  if (services === undefined || !isMapping(services)) return;
  for (const name of Object.keys(services)) await extendService(name, services, path, resets, context, []);
}

async function extendService(
  name: string,
  services: Mapping,
  path: string,
  resets: readonly TreePath[],
  context: ModelContext,
  chain: readonly string[],
): Promise<Value> {
  const service = services[name] ?? null;
  if (!isMapping(service) || service.extends === undefined || service.extends === null) return service;
  const place = placeOf(service, 'extends');
  const wanted = service.extends;
  const base = isMapping(wanted) ? wanted.service : wanted;
  const file = isMapping(wanted) ? wanted.file : undefined;
  if (typeof base !== 'string') throw faultAt(place, '`extends` needs the name of a service.');

  let from = services;
  let fromPath = path;
  let fromResets = resets;
  if (typeof file === 'string') {
    fromPath = localPath(file, context.folder, place);
    ({ services: from, resets: fromResets } = await readBases(fromPath, base, place, context));
  } else if (!(base in services)) {
    throw faultAt(place, `There is no service "${base}" in ${path} that ${name} could extend.`);
  }
  const link = `${name} in ${path}`;
  if (chain.includes(link)) {
    throw faultAt(
      place,
      `Services extend each other in a circle: ${[...chain, link].join(', which extends ')}.`,
    );
  }
  const extended = await extendService(base, from, fromPath, fromResets, context, [...chain, link]);
  if (!isMapping(extended)) return service;
  const copy = clone(extended) as Mapping;
  reset(copy, resets, ['services', name]);
  const merged = mergeService(copy, service);
  delete merged.extends;
  put(services, name, merged, placeOf(services, name));
  return merged;
}

/** The services of another file, in long forms, with paths made absolute. */
async function readBases(
  path: string,
  base: string,
  place: Place | undefined,
  context: ModelContext,
): Promise<{ services: Mapping; resets: TreePath[] }> {
  let model = emptyMapping();
  let resets: TreePath[] = [];
  for (const document of (await readComposeFile(path)).documents) {
    resets = document.resets;
    reset(model, resets, []);
    model = dropRedefined(merge(model, interpolated(document, path, context))) as Mapping;
    model = dropRedefined(writeLong(model)) as Mapping;
  }
  const { services } = model;
  if (services === undefined || !isMapping(services) || !(base in services)) {
    throw faultAt(place, `There is no service "${base}" in ${path}.`);
  }
  resolvePaths(model, dirname(path));
  return { services: model.services as Mapping, resets };
}

function localPath(path: string, folder: string, place: Place | undefined): string {
  if (/^((oci|git|https?|ssh):\/\/|git@|github\.com\/)/.test(path)) {
    throw faultAt(
      place,
      `"${path}" is a remote Compose file, which is not supported: download it and name the copy.`,
    );
  }
  return resolvePath(path, folder);
}

/** Adds to a file the services, networks, volumes, secrets and configs of those that it includes. */
async function applyIncludes(
  file: Mapping,
  context: ModelContext,
  including: readonly string[],
): Promise<void> {
  const { include } = file;
  delete file.include;
  if (include === undefined || include === null) return;
  const place = placeOf(file, 'include');
  if (!Array.isArray(include)) throw faultAt(place, '`include` must be a list.');
  for (const [index, item] of include.entries()) {
    const at = placeOf(include, index);
    addIncluded(file, await readIncluded(item, context, including, at), at);
  }
}

async function readIncluded(
  item: Value,
  context: ModelContext,
  including: readonly string[],
  place: Place | undefined,
): Promise<Mapping> {
  const entry: Mapping = isMapping(item) ? item : Object.assign(emptyMapping(), { path: item });
  const paths = texts(entry.path).map((path) => localPath(path, context.folder, place));
  const [main] = paths;
  if (main === undefined) throw faultAt(place, 'This entry of `include` needs a path.');
  if (including.includes(main)) {
    throw faultAt(place, `Files include each other in a circle: ${[...including, main].join(', ')}.`);
  }
  const directory = entry.project_directory;
  const folder =
    typeof directory === 'string' && directory !== ''
      ? isAbsolute(directory)
        ? directory
        : join(context.folder, directory)
      : dirname(main);
  let envFiles = texts(entry.env_file).map((path) => resolvePath(path, context.folder));
  if (envFiles.length === 0 && (await isFile(join(folder, '.env')))) envFiles = [join(folder, '.env')];
  const own = await readEnvironmentFiles(envFiles, lookupIn(context.variables));
  const variables = new Map([...own, ...context.variables]);
  const files = await Promise.all(paths.map(readComposeFile));
  return readModel(files, { ...context, folder, variables }, including);
}

function texts(value: Value | undefined): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(scalarText);
}

function addIncluded(file: Mapping, included: Mapping, place: Place | undefined): void {
  for (const part of ['services', 'volumes', 'networks', 'secrets', 'configs', 'models']) {
    const from = included[part];
    if (from === undefined || !isMapping(from)) continue;
    if (!isMapping(file[part] ?? null)) put(file, part, emptyMapping(), place);
    const to = file[part] as Mapping;
    for (const [name, value] of Object.entries(from)) {
      if (!(name in to)) put(to, name, value, placeOf(from, name));
      else if (!isDeepStrictEqual(to[name], value)) {
        throw faultAt(place, `${part}.${name} is defined here and, differently, in the included file.`);
      }
    }
  }
}
