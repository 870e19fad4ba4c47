import { basename } from 'node:path';
import { WorkbenchError, describeError } from '../../base/errors.ts';
import { projectShape } from './canonical.ts';
import { checkConsistency, type Fault } from './consistency.ts';
import { findProject, isFile, lookupIn, readEnvironmentFile, type Environment } from './environment.ts';
import { interpolate, type VariableUse } from './interpolation.ts';
import type { ComposeProject, ComposeService } from './model.ts';
import { readComposeFile, readModel, type ComposeFile } from './modelReader.ts';
import { normalize } from './normalize.ts';
import { scalarText } from './scalars.ts';
import { faultAt, findPlace, isMapping, markPlace, placeOf, type Mapping } from './tree.ts';

export interface LoadOptions {
  /** None: COMPOSE_FILE, or the default names in `projectDir` and above. */
  files: readonly string[];
  /** The user's environment. */
  env: Environment;
  /** In place of the `.env` of the project's folder. */
  envFiles?: readonly string[];
  /** What relative paths are relative to; the folder of the first file, unless given. */
  projectDir?: string;
  /** What relative paths of these options, and COMPOSE_FILE, are relative to; the process's own, unless given. */
  cwd?: string;
  projectName?: string;
  /** In place of COMPOSE_PROFILES. */
  profiles?: readonly string[];
  /** Only these and what they depend on, whatever their profiles. */
  services?: readonly string[];
}

export interface LoadedProject {
  /** What `docker compose config --format json` prints: without services that profiles exclude. */
  project: ComposeProject;
  /** Services that profiles exclude, or that `services` does not name. Their env files are not read. */
  disabled: Record<string, ComposeService>;
  /** Absolute paths, the later overriding the earlier. */
  files: string[];
  workingDir: string;
  /** The variables that the files name, in order; one name may come several times. */
  variables: VariableUse[];
  /** The values of variables: the environment and env files. Secrets with `environment:` have theirs here. */
  environment: Record<string, string>;
  /** Service -> its files of labels, which the Compose CLI's hashes count. */
  labelFiles: Record<string, string[]>;
  /** Makes an error about a place of `project` or `disabled`: `file:line:col: message`. */
  fault: Fault;
}

/** A service as its file has it, before its env files were read. */
interface UnresolvedService extends ComposeService {
  env_file?: { path: string; required: boolean; format?: string }[];
  label_file?: string[];
}

/**
 * Reads a Compose project as the Compose CLI does, version 2.40. Everything of the specification is read; which of it
 * can be run is up to the engines. Remote files (git, oci) are refused.
 * See https://docs.docker.com/reference/compose-file/. Throws `invalid` with file, line and column, and `not-found`.
 */
export async function loadProject(options: LoadOptions): Promise<LoadedProject> {
  const { files, workingDir, variables } = await findProject(options);
  const lookup = lookupIn(variables);
  const parsed = await Promise.all(files.map(readComposeFile));
  const name = projectName(options, parsed, workingDir, variables);
  variables.set('COMPOSE_PROJECT_NAME', name);

  const uses: VariableUse[] = [];
  const secretValues = new Map<string, string>();
  const model = await readModel(parsed, { folder: workingDir, variables, uses, secretValues });
  if (Object.keys(model).length === 0) {
    throw new WorkbenchError('invalid', `The Compose file ${files.join(', ')} is empty.`);
  }
  normalize(model, name, lookup);
  const bound = bind(model, name);
  const { services: all } = bound;
  const fault: Fault = (path, message) => faultAt(findPlace(loaded, path) ?? findPlace(bound, path), message);
  let loaded: unknown = bound;

  const enabled = enabledServices(all, options, variables);
  const project: ComposeProject = { ...bound, services: pick(all, (key) => enabled.has(key)) };
  const disabled = pick(all, (key) => !enabled.has(key));
  checkConsistency(project, disabled, fault);
  checkModels(project, model, fault);
  select(project, disabled, options.services ?? []);
  const labelFiles: Record<string, string[]> = {};
  for (const [key, service] of Object.entries<UnresolvedService>(project.services)) {
    if (service.label_file) labelFiles[key] = service.label_file;
    await readServiceFiles(key, service, variables, fault);
  }
  dropUnused(project);
  const printed = doubleDollars(project) as ComposeProject;
  const printedDisabled = doubleDollars(disabled) as Record<string, ComposeService>;
  loaded = { ...printed, services: merged(printed.services, printedDisabled) };
  for (const part of Object.keys(printed)) markPlace(loaded as object, part, placeOf(bound, part));
  return {
    project: printed,
    disabled: printedDisabled,
    files,
    workingDir,
    variables: uses,
    environment: Object.fromEntries([...secretValues, ...variables]),
    labelFiles,
    fault,
  };
}

/** `My Project` -> `myproject`: what Compose makes of a folder's name. */
export function normalizeProjectName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

function projectName(
  options: LoadOptions,
  files: readonly ComposeFile[],
  workingDir: string,
  variables: ReadonlyMap<string, string>,
): string {
  const given = options.projectName ?? '';
  const wanted = given === '' ? (variables.get('COMPOSE_PROJECT_NAME') ?? '') : given;
  if (wanted !== '') {
    if (normalizeProjectName(wanted) === wanted) return wanted;
    throw new WorkbenchError(
      'invalid',
      `"${wanted}" cannot name a project: it has small letters, digits, - and _, and begins with a letter or digit.`,
    );
  }
  let named: { text: string; at: Mapping } | undefined;
  for (const { documents } of files) {
    for (const { value } of documents) {
      if (!isMapping(value) || value.name === undefined || value.name === null || value.name === '') continue;
      named = { text: scalarText(value.name), at: value };
    }
  }
  if (!named) return requireName(normalizeProjectName(basename(workingDir)), workingDir);
  try {
    const name = normalizeProjectName(interpolate(named.text, lookupIn(variables)));
    return requireName(name, workingDir);
  } catch (error) {
    throw faultAt(placeOf(named.at, 'name'), describeError(error));
  }
}

function requireName(name: string, workingDir: string): string {
  if (name !== '') return name;
  throw new WorkbenchError('invalid', `The project in ${workingDir} has no name: set \`name:\`.`);
}

/** The canonical form, with what only env files still need. */
function bind(model: Mapping, name: string): ComposeProject {
  const entries: [string, unknown][] = [['name', name]];
  for (const [part, shape] of Object.entries(projectShape)) {
    const value = shape(model[part], placeOf(model, part));
    if (value !== undefined || part === 'services') entries.push([part, value ?? {}]);
  }
  for (const [key, value] of Object.entries(model)) {
    if (key.startsWith('x-')) entries.push([key, value]);
  }
  const project = Object.fromEntries(entries) as unknown as ComposeProject;
  for (const key of Object.keys(project)) markPlace(project, key, placeOf(model, key));
  return project;
}

function pick<T extends object>(map: Record<string, T>, keep: (key: string) => boolean): Record<string, T> {
  const picked = Object.fromEntries(Object.entries(map).filter(([key]) => keep(key)));
  for (const key of Object.keys(picked)) markPlace(picked, key, placeOf(map, key));
  return picked;
}

function merged<T extends object>(first: Record<string, T>, second: Record<string, T>): Record<string, T> {
  const all = { ...first, ...second };
  for (const map of [first, second]) {
    for (const key of Object.keys(map)) markPlace(all, key, placeOf(map, key));
  }
  return all;
}

function enabledServices(
  services: Record<string, ComposeService>,
  options: LoadOptions,
  variables: ReadonlyMap<string, string>,
): Set<string> {
  const fromVariable = (variables.get('COMPOSE_PROFILES') ?? '').split(',').map((profile) => profile.trim());
  const given = options.profiles?.length ? options.profiles : fromVariable;
  const profiles = new Set(given);
  const allows = (service: ComposeService) =>
    !service.profiles?.length ||
    profiles.has('*') ||
    service.profiles.some((profile) => profiles.has(profile));
  // Naming a service switches its profiles on.
  for (const name of options.services ?? []) {
    const service = Object.hasOwn(services, name) ? services[name]! : undefined;
    if (!service) throw new WorkbenchError('not-found', `There is no service "${name}" in the project.`);
    if (allows(service)) continue;
    for (const profile of service.profiles ?? []) profiles.add(profile);
  }
  return new Set(Object.keys(services).filter((name) => allows(services[name]!)));
}

/** Models are not printed, so that the canonical form lacks them. */
function checkModels(project: ComposeProject, model: Mapping, fault: Fault): void {
  const defined = isMapping(model.models ?? null) ? (model.models as Mapping) : {};
  for (const [name, service] of Object.entries(project.services)) {
    for (const used of Object.keys(service.models ?? {})) {
      if (used in defined) continue;
      const message = `The service ${name} uses "${used}", which is not among the models.`;
      throw fault(['services', name, 'models', used], message);
    }
  }
}

/** Leaves only the named services, and what they depend on. */
function select(
  project: ComposeProject,
  disabled: Record<string, ComposeService>,
  names: readonly string[],
): void {
  if (names.length === 0) return;
  const wanted = new Set<string>();
  const want = (name: string): void => {
    if (wanted.has(name) || !Object.hasOwn(project.services, name)) return;
    wanted.add(name);
    Object.keys(project.services[name]!.depends_on ?? {}).forEach(want);
  };
  names.forEach(want);
  const all = project.services;
  Object.assign(
    disabled,
    pick(all, (name) => !wanted.has(name)),
  );
  for (const name of Object.keys(all)) if (!wanted.has(name)) markPlace(disabled, name, placeOf(all, name));
  project.services = pick(all, (name) => wanted.has(name));
  for (const service of Object.values(project.services)) {
    for (const name of Object.keys(service.depends_on ?? {})) {
      if (!wanted.has(name)) Reflect.deleteProperty(service.depends_on!, name);
    }
  }
}

async function readServiceFiles(
  name: string,
  service: UnresolvedService,
  variables: ReadonlyMap<string, string>,
  fault: Fault,
): Promise<void> {
  const { env_file: envFiles = [], label_file: labelFiles = [] } = service;
  const own = service.environment ?? {};
  for (const [key, value] of Object.entries(own)) {
    const found = value ?? variables.get(key);
    if (found !== undefined) own[key] = found;
  }
  const environment = new Map<string, string>();
  for (const [key, value] of Object.entries(own)) if (value !== null) environment.set(key, value);
  const lookupAll = lookupIn(variables);
  const seen = new Map(environment);
  for (const [index, file] of envFiles.entries()) {
    if (!(await isFile(file.path))) {
      if (!file.required) continue;
      throw fault(['services', name, 'env_file', index], `The env file ${file.path} does not exist.`);
    }
    const lookup = (variable: string) => lookupAll(variable) ?? seen.get(variable);
    await readEnvironmentFile(file.path, environment, lookup, file.format);
  }
  const result = Object.fromEntries([...environment, ...Object.entries(own)]);
  for (const key of Object.keys(own)) markPlace(result, key, placeOf(own, key));
  if (Object.keys(result).length > 0) service.environment = result;

  const labels = new Map<string, string>();
  for (const [index, path] of labelFiles.entries()) {
    if (!(await isFile(path))) {
      throw fault(['services', name, 'label_file', index], `The label file ${path} does not exist.`);
    }
    await readEnvironmentFile(path, labels, (label) => labels.get(label));
  }
  if (labels.size > 0) service.labels = { ...Object.fromEntries(labels), ...service.labels };
  delete service.env_file;
  delete service.label_file;
}

/** Leaves out networks, volumes, secrets and configs that no service uses. */
function dropUnused(project: ComposeProject): void {
  const used = {
    networks: new Set<string>(),
    volumes: new Set<string>(),
    secrets: new Set<string>(),
    configs: new Set<string>(),
  };
  for (const service of Object.values(project.services)) {
    for (const network of Object.keys(service.networks ?? {})) used.networks.add(network);
    for (const { type, source } of service.volumes ?? []) {
      if (type === 'volume' && source !== undefined) used.volumes.add(source);
    }
    const buildSecrets = (service.build?.secrets ?? []) as { source: string }[];
    for (const { source } of [...(service.secrets ?? []), ...buildSecrets]) used.secrets.add(source);
    for (const { source } of service.configs ?? []) used.configs.add(source);
  }
  for (const part of ['networks', 'volumes', 'secrets', 'configs'] as const) {
    const kept = pick<object>(project[part] ?? {}, (name) => used[part].has(name));
    if (Object.keys(kept).length === 0) Reflect.deleteProperty(project, part);
    else Object.assign(project, { [part]: kept });
  }
}

/** Writes each dollar sign twice, as `docker compose config` does, in keys too; places stay. */
function doubleDollars(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const list = value.map(doubleDollars);
    for (const index of list.keys()) markPlace(list, index, placeOf(value, index));
    return list;
  }
  const entries = Object.entries(value).map(
    ([key, entry]) => [key.replaceAll('$', '$$$$'), doubleDollars(entry)] as const,
  );
  const object: object = Object.fromEntries(entries);
  for (const key of Object.keys(value)) markPlace(object, key.replaceAll('$', '$$$$'), placeOf(value, key));
  return object;
}
