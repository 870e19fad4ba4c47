import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { WorkbenchError, describeError, systemErrorCode } from '../../../base/errors.ts';
import type { ComposeBuild } from '../../compose/model.ts';
import {
  digestFiles,
  listContext,
  sourceMatcher,
  type ContextEntry,
  type ExtraFile,
} from './buildContext.ts';
import { imageLabel } from './findImage.ts';
import { parseDockerfile, targetInputs, type Dockerfile } from './dockerfile.ts';

/** A build, with all that must be known of it before it starts. */
export interface PreparedBuild {
  build: ComposeBuild;
  /** Whether it is one of this stack's own images, by its label. */
  isOurs: boolean;
  /** The address of a context that the engine itself gets (Git, a tar by HTTP). */
  remote?: string;
  /** The Dockerfile's name in the context. */
  dockerfileName: string;
  dockerfile: Dockerfile | undefined;
  entries: ContextEntry[];
  extra: ExtraFile[];
  /** Where certificates of the network go in the context, for images of ours. */
  certificateFolder?: string;
  /** Images that it begins with or copies from. */
  baseImages: string[];
  /** Changes when what goes into the image changes; only for images of ours. */
  inputs?: string;
}

/** Raised when the same files are to give another image. */
const inputsFormat = 1;
/** What a Compose file may say of a build and we cannot do, with the reason. */
const unsupported: Readonly<Record<string, string>> = {
  additional_contexts: 'it needs a BuildKit session',
  cache_to: 'the engine’s own builder cannot export its cache',
  entitlements: 'the engine’s own builder has none',
  isolation: 'it is of Windows containers',
  no_cache_filter: 'the engine’s own builder knows only no_cache',
  privileged: 'the engine’s own builder has no privileged builds',
  provenance: 'the engine’s own builder makes no attestations',
  sbom: 'the engine’s own builder makes no attestations',
  secrets: 'it needs a BuildKit session',
  ssh: 'it needs a BuildKit session',
};

/** Throws `unsupported` for keys of a service's `build` that are not done, by name. */
export function checkBuild(service: string, build: ComposeBuild): void {
  for (const [key, why] of Object.entries(unsupported)) {
    const value = build[key];
    if (value === undefined || value === null || value === false || value === 'false' || isEmpty(value))
      continue;
    throw new WorkbenchError(
      'unsupported',
      `services.${service}.build.${key} is not supported: ${why}. Build the image with \`docker compose build ${service}\`, then start it here.`,
    );
  }
  if ((build.platforms?.length ?? 0) > 1) {
    throw new WorkbenchError(
      'unsupported',
      `services.${service}.build.platforms names several; here an image is built for one. Name one, or build with \`docker buildx\`.`,
    );
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Reads a service's `build`: its Dockerfile, its files, and for images of ours their digest. Throws `not-found` for a
 * missing context or Dockerfile, `unsupported`, `denied`.
 */
export async function prepareBuild(
  service: string,
  build: ComposeBuild,
  options: {
    workingDir: string;
    signal?: AbortSignal | undefined;
    /** Contexts that were listed already, by folder and rules; several images are made from one. */
    listings?: Map<string, Promise<ContextEntry[]>>;
  },
): Promise<PreparedBuild> {
  checkBuild(service, build);
  const context = build.context ?? '.';
  const isOurs = build.labels?.[imageLabel.role] === 'stack';
  if (isRemote(context)) {
    const dockerfileName = build.dockerfile ?? 'Dockerfile';
    const extra: ExtraFile[] = [];
    if (build.dockerfile_inline !== undefined) {
      throw new WorkbenchError(
        'unsupported',
        `services.${service}.build has a remote context and dockerfile_inline; use a file of that context.`,
      );
    }
    const none = { dockerfile: undefined, entries: [], extra, baseImages: [] };
    return { build, isOurs: false, remote: context, dockerfileName, ...none };
  }
  const directory = resolve(options.workingDir, context);
  const { name, text, extra, isInside } = await findDockerfile(service, build, directory);
  const keep = new Set(isInside ? [name] : []);
  const ignoreText =
    (await readIfThere(join(directory, `${name}.dockerignore`))) ??
    (await readIfThere(join(directory, '.dockerignore')));
  let entries: ContextEntry[];
  try {
    const { signal, listings } = options;
    const key = JSON.stringify([directory, ignoreText, name]);
    const listing = listings?.get(key) ?? listContext(directory, ignoreText, { keep, signal });
    listings?.set(key, listing);
    entries = await listing;
  } catch (error) {
    if (!(error instanceof WorkbenchError) || error.code !== 'not-found') throw error;
    throw new WorkbenchError('not-found', `services.${service}.build.context: there is no ${directory}.`, {
      cause: error,
    });
  }
  const dockerfile = parseDockerfile(text);
  const inputs = targetInputs(dockerfile, build.target, build.args);
  const prepared: PreparedBuild = {
    build,
    isOurs,
    dockerfileName: name,
    dockerfile,
    entries,
    extra,
    baseImages: inputs?.images ?? [],
  };
  if (!isOurs || !inputs) return prepared;
  const certificateFolder = join(dirname(name), 'certificates').split(sep).join('/');
  const matters = sourceMatcher(inputs.sources);
  const files = entries.filter(
    // Certificates change how it is built, not what comes out.
    (entry) => matters(entry.name) && !`${entry.name}/`.startsWith(`${certificateFolder}/`),
  );
  const settings = [
    inputsFormat,
    inputs.instructions,
    sorted(build.args),
    build.target,
    sorted(build.labels),
  ];
  const hash = createHash('sha256').update(JSON.stringify(settings));
  hash.update(await digestFiles(files, options.signal));
  return { ...prepared, certificateFolder, inputs: hash.digest('hex') };
}

function sorted(map: Readonly<Record<string, string | null>> | undefined): [string, string | null][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function isRemote(context: string): boolean {
  return /^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(context);
}

/** An inline one, or one outside of the context, is sent under a name of its own. */
async function findDockerfile(
  service: string,
  build: ComposeBuild,
  directory: string,
): Promise<{ name: string; text: string; extra: ExtraFile[]; isInside: boolean }> {
  const sentAs = (text: string) => {
    const name = `.dockerfile.${createHash('sha256').update(text).digest('hex').slice(0, 20)}`;
    return { name, text, extra: [{ name, content: text }], isInside: false };
  };
  if (build.dockerfile_inline !== undefined) return sentAs(build.dockerfile_inline);
  const path = resolve(directory, build.dockerfile ?? 'Dockerfile');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemErrorCode(error) ?? '');
    const why = isMissing ? `there is no file ${path}` : `${path} cannot be read (${describeError(error)})`;
    throw new WorkbenchError(
      isMissing ? 'not-found' : 'denied',
      `services.${service}.build.dockerfile: ${why}.`,
      { cause: error },
    );
  }
  const inside = relative(directory, path);
  if (inside.startsWith('..') || isAbsolute(inside)) return sentAs(text);
  return { name: inside.split(sep).join('/'), text, extra: [], isInside: true };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
