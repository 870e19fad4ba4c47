import { isAbsolute, join, resolve } from 'node:path';
import * as v from 'valibot';
import type { WorkbenchError } from '../base/errors.ts';
import {
  parseDurationMs,
  parsePort,
  parseVolume,
  splitWords,
  type ComposePort,
  type ComposeVolume,
} from './composeValues.ts';
import type { Lookup } from './variables.ts';

/** The keys that lead to a value: `['services', 'postgres', 'ports', 0]`. */
export type ValuePath = readonly (string | number)[];

/** Makes the error for a value: a sentence with file, line and column in front. */
export type Fault = (path: ValuePath, message: string) => WorkbenchError;

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface ComposeHealthcheck {
  /** The program and its arguments; `CMD-SHELL` became `sh -c`. */
  test: string[];
  intervalMs: number;
  timeoutMs: number;
  retries: number;
  startPeriodMs: number;
  startIntervalMs: number;
}

export interface ComposeService {
  name: string;
  command?: string[];
  environment: Record<string, string>;
  ports: ComposePort[];
  volumes: ComposeVolume[];
  healthcheck?: ComposeHealthcheck;
  dependsOn: { service: string; condition: DependencyCondition; required: boolean }[];
  replicas: number;
  profiles: string[];
  /** Names of the file's `secrets`. */
  secrets: string[];
  stopSignal: string;
  stopGraceMs: number;
  /** Keys that are not read here. An engine refuses those that it does not know to be harmless. */
  otherKeys: { key: string; path: ValuePath }[];
}

export interface ComposeProject {
  name?: string;
  services: Map<string, ComposeService>;
  /** Named volumes. */
  volumes: string[];
  /** Secret -> absolute path of its file. */
  secrets: Map<string, string>;
  otherKeys: { key: string; path: ValuePath }[];
  /** An error about a place in the file. */
  fault: Fault;
}

const text = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], 'a text'),
  v.transform((value) => String(value)),
);
const list = v.array(text, 'a list');
const count = v.pipe(
  text,
  v.regex(/^\d+$/, 'a whole number'),
  v.transform((value) => Number(value)),
);
const duration = v.pipe(
  text,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const ms = parseDurationMs(dataset.value);
    if (ms !== undefined) return ms;
    addIssue({ message: 'a duration such as 10s or 1m30s' });
    return NEVER;
  }),
);
const command = v.union([v.null(), list, text], 'a text or a list');
const flag = v.pipe(
  text,
  v.picklist(['true', 'false'], 'true or false'),
  v.transform((value) => value === 'true'),
);

const portSchema = v.union(
  [
    text,
    v.strictObject({
      target: text,
      published: v.optional(text),
      host_ip: v.optional(v.string()),
      protocol: v.optional(v.string()),
      mode: v.optional(v.string()),
      name: v.optional(v.string()),
      app_protocol: v.optional(v.string()),
    }),
  ],
  'a port such as 127.0.0.1:8080:80',
);
const volumeSchema = v.union(
  [
    text,
    v.strictObject({
      type: v.picklist(['volume', 'bind', 'tmpfs']),
      source: v.optional(text),
      target: text,
      read_only: v.optional(flag),
    }),
  ],
  'a volume such as data:/var/lib/data',
);
const healthcheckSchema = v.strictObject({
  test: v.optional(v.union([list, text], 'a text or a list')),
  disable: v.optional(flag),
  interval: v.optional(duration),
  timeout: v.optional(duration),
  retries: v.optional(count),
  start_period: v.optional(duration),
  start_interval: v.optional(duration),
});
const dependencySchema = v.strictObject({
  condition: v.picklist(
    ['service_started', 'service_healthy', 'service_completed_successfully'],
    'service_started, service_healthy or service_completed_successfully',
  ),
  required: v.optional(flag),
  restart: v.optional(flag),
});
const secretUseSchema = v.union([text, v.strictObject({ source: text, target: v.optional(text) })]);
const environmentSchema = v.union(
  [list, v.record(v.string(), v.union([v.null(), text]))],
  'a map or a list of NAME=value',
);

const serviceEntries = {
  command: v.optional(command),
  environment: v.optional(environmentSchema),
  ports: v.optional(v.array(portSchema)),
  volumes: v.optional(v.array(volumeSchema)),
  healthcheck: v.optional(healthcheckSchema),
  depends_on: v.optional(v.union([list, v.record(v.string(), dependencySchema)], 'a list or a map')),
  deploy: v.optional(v.looseObject({ replicas: v.optional(count) })),
  scale: v.optional(count),
  profiles: v.optional(list),
  secrets: v.optional(v.array(secretUseSchema)),
  stop_signal: v.optional(text),
  stop_grace_period: v.optional(duration),
};
const serviceSchema = v.looseObject(serviceEntries);
type RawService = v.InferOutput<typeof serviceSchema>;

const projectEntries = {
  name: v.optional(text),
  services: v.record(v.string(), serviceSchema, 'a map of services'),
  volumes: v.optional(v.record(v.string(), v.unknown())),
  secrets: v.optional(v.record(v.string(), v.looseObject({ file: v.optional(text) }))),
};
const projectSchema = v.looseObject(projectEntries);

/** Checks and types the plain value of a Compose file. Throws what `fault` makes. */
export function readProject(
  value: unknown,
  context: { fault: Fault; lookup: Lookup; folder: string },
): ComposeProject {
  const { fault, folder } = context;
  const checked = v.safeParse(projectSchema, value);
  if (!checked.success) throw schemaFault(checked.issues[0], fault);
  const raw = checked.output;
  const project: ComposeProject = {
    ...(raw.name === undefined ? {} : { name: raw.name }),
    services: new Map(),
    volumes: Object.keys(raw.volumes ?? {}),
    secrets: new Map(),
    otherKeys: unread(raw, projectEntries, []),
    fault,
  };
  for (const [name, secret] of Object.entries(raw.secrets ?? {})) {
    if (secret.file === undefined) throw fault(['secrets', name], `The secret ${name} has no \`file\`.`);
    project.secrets.set(name, isAbsolute(secret.file) ? secret.file : resolve(folder, secret.file));
  }
  for (const [name, service] of Object.entries(raw.services)) {
    project.services.set(name, readService(name, service, context));
  }
  checkReferences(project);
  return project;
}

function readService(
  name: string,
  raw: RawService,
  { fault, lookup, folder }: { fault: Fault; lookup: Lookup; folder: string },
): ComposeService {
  const path: ValuePath = ['services', name];
  const at = (...rest: ValuePath): ValuePath => [...path, ...rest];
  const words = raw.command === undefined || raw.command === null ? undefined : wordsOf(raw.command);
  if (raw.command !== undefined && words === undefined && raw.command !== null) {
    throw fault(at('command'), 'This command has a quote without its end.');
  }
  const healthcheck = readHealthcheck(raw.healthcheck, (message) =>
    fault(at('healthcheck', 'test'), message),
  );
  const { replicas, ...otherDeploy } = raw.deploy ?? {};
  return {
    name,
    ...(words === undefined ? {} : { command: words }),
    environment: readEnvironment(raw.environment, lookup),
    ports: (raw.ports ?? []).map((port, index) => {
      const parsed = parsePort(port);
      if (typeof parsed === 'string') throw fault(at('ports', index), parsed);
      return parsed;
    }),
    volumes: (raw.volumes ?? []).map((volume, index) => {
      const parsed = parseVolume(volume);
      if (typeof parsed === 'string') throw fault(at('volumes', index), parsed);
      const { source } = parsed;
      if (parsed.type !== 'bind' || source === undefined || isAbsolute(source)) return parsed;
      return { ...parsed, source: join(folder, source) };
    }),
    ...(healthcheck === undefined ? {} : { healthcheck }),
    dependsOn: readDependencies(raw.depends_on),
    replicas: replicas ?? raw.scale ?? 1,
    profiles: raw.profiles ?? [],
    secrets: (raw.secrets ?? []).map((secret, index) => {
      if (typeof secret === 'string') return secret;
      if (secret.target === undefined || secret.target === secret.source) return secret.source;
      throw fault(at('secrets', index), 'A secret keeps its name: `target` is not supported.');
    }),
    stopSignal: raw.stop_signal ?? 'SIGTERM',
    stopGraceMs: raw.stop_grace_period ?? 10_000,
    otherKeys: [
      ...unread(raw, serviceEntries, path),
      ...Object.keys(otherDeploy).map((key) => ({ key: `deploy.${key}`, path: at('deploy', key) })),
    ],
  };
}

function wordsOf(value: string | string[]): string[] | undefined {
  return typeof value === 'string' ? splitWords(value) : value;
}

function readEnvironment(raw: RawService['environment'], lookup: Lookup): Record<string, string> {
  const entries: [string, string | null][] = Array.isArray(raw)
    ? raw.map((line) => {
        const equals = line.indexOf('=');
        return equals < 0 ? [line, null] : [line.slice(0, equals), line.slice(equals + 1)];
      })
    : Object.entries(raw ?? {});
  // A name without a value is taken from the variables, and left out where they have none.
  return Object.fromEntries(
    entries.flatMap(([name, value]): [string, string][] => {
      const known = value ?? lookup(name);
      return known === undefined ? [] : [[name, known]];
    }),
  );
}

function readHealthcheck(
  raw: RawService['healthcheck'],
  fault: (message: string) => Error,
): ComposeHealthcheck | undefined {
  if (raw === undefined || raw.disable === true) return undefined;
  const test = typeof raw.test === 'string' ? ['CMD-SHELL', raw.test] : (raw.test ?? []);
  const [kind, ...words] = test;
  if (kind === 'NONE') return undefined;
  const isCommand = kind === 'CMD' && words.length > 0;
  if (!isCommand && !(kind === 'CMD-SHELL' && words.length === 1)) {
    throw fault('A health check starts with CMD and a program, CMD-SHELL and one text, or is NONE.');
  }
  return {
    test: isCommand ? words : ['/bin/sh', '-c', words[0]!],
    intervalMs: raw.interval ?? 30_000,
    timeoutMs: raw.timeout ?? 30_000,
    retries: raw.retries ?? 3,
    startPeriodMs: raw.start_period ?? 0,
    startIntervalMs: raw.start_interval ?? 5_000,
  };
}

function readDependencies(raw: RawService['depends_on']): ComposeService['dependsOn'] {
  if (Array.isArray(raw)) {
    return raw.map((service) => ({ service, condition: 'service_started', required: true }));
  }
  return Object.entries(raw ?? {}).map(([service, { condition, required = true }]) => ({
    service,
    condition,
    required,
  }));
}

function unread(raw: object, entries: object, path: ValuePath): ComposeService['otherKeys'] {
  return Object.keys(raw)
    .filter((key) => !(key in entries) && !key.startsWith('x-'))
    .map((key) => ({ key, path: [...path, key] }));
}

/** Everything that is named must be there, and nothing may wait for itself. */
function checkReferences(project: ComposeProject): void {
  const { services, fault } = project;
  for (const service of services.values()) {
    const path: ValuePath = ['services', service.name];
    for (const { service: name, required } of service.dependsOn) {
      if (required && !services.has(name)) {
        throw fault(
          [...path, 'depends_on', name],
          `${service.name} depends on ${name}, which is not a service.`,
        );
      }
    }
    for (const [index, secret] of service.secrets.entries()) {
      if (project.secrets.has(secret)) continue;
      throw fault(
        [...path, 'secrets', index],
        `${service.name} uses the secret ${secret}, which is not defined.`,
      );
    }
    for (const [index, { type, source }] of service.volumes.entries()) {
      if (type !== 'volume' || source === undefined || project.volumes.includes(source)) continue;
      throw fault(
        [...path, 'volumes', index],
        `${service.name} uses the volume ${source}, which is not defined.`,
      );
    }
    const cycle = cycleFrom(service.name, services, []);
    if (cycle)
      throw fault([...path, 'depends_on'], `These services wait for each other: ${cycle.join(' -> ')}.`);
  }
}

function cycleFrom(
  name: string,
  services: ReadonlyMap<string, ComposeService>,
  trail: readonly string[],
): string[] | undefined {
  const seen = trail.indexOf(name);
  if (seen >= 0) return [...trail.slice(seen), name];
  for (const dependency of services.get(name)?.dependsOn ?? []) {
    const cycle = cycleFrom(dependency.service, services, [...trail, name]);
    if (cycle) return cycle;
  }
  return undefined;
}

function schemaFault(issue: v.BaseIssue<unknown>, fault: Fault): Error {
  const deepest = deepestIssue(issue, []);
  const name = deepest.path.filter((part) => typeof part === 'string').join('.');
  const isWanted = !deepest.issue.message.startsWith('Invalid');
  const message =
    deepest.issue.type === 'strict_object' && deepest.issue.expected === 'never'
      ? `${name} is not a key that is known here.`
      : isWanted
        ? `${name || 'The file'} must be ${deepest.issue.message}.`
        : `${name || 'The file'} must be ${deepest.issue.expected ?? 'different'}, and is ${deepest.issue.received}.`;
  return fault(deepest.path, message);
}

/** Of a union that failed, the issue of the alternative that came farthest. */
function deepestIssue(
  issue: v.BaseIssue<unknown>,
  prefix: ValuePath,
): { issue: v.BaseIssue<unknown>; path: ValuePath } {
  const own = (issue.path ?? []).map((item) => item.key as string | number);
  const path = [...prefix, ...own];
  const inner = (issue.issues ?? [])
    .filter((candidate) => (candidate.path?.length ?? 0) > 0)
    .map((candidate) => deepestIssue(candidate, path))
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner ?? { issue, path };
}
