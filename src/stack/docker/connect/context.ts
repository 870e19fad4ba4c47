import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { WorkbenchError, describeError, systemErrorCode } from '../../../base/errors.ts';

/** `config.json`: what of it says where an engine is. */
const configFile = v.object({ currentContext: v.optional(v.string()) });

/** `contexts/meta/<sha256 of the name>/meta.json` */
const contextFile = v.object({
  Name: v.string(),
  Endpoints: v.object({
    docker: v.optional(v.object({ Host: v.optional(v.string()), SkipTLSVerify: v.optional(v.boolean()) })),
  }),
});

export interface DockerContext {
  /** As DOCKER_HOST would have it. */
  host: string;
  /** Where its certificates are; absent where it has none. */
  tlsFolder?: string;
  skipVerify: boolean;
}

/** The folder of Docker's command line: DOCKER_CONFIG, else `~/.docker`. */
export function configFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return given(env.DOCKER_CONFIG) ?? join(home, '.docker');
}

/** A variable that is empty counts as one that is not set. */
export function given(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/**
 * The context that `docker context use` made the current one; none where there is no `config.json`. One that cannot
 * be read counts as none too, as with Docker's command line; `problem` says so.
 */
export async function readCurrentContext(folder: string): Promise<{ name?: string; problem?: string }> {
  const path = join(folder, 'config.json');
  try {
    const { currentContext } = v.parse(configFile, JSON.parse(await readFile(path, 'utf8')));
    return currentContext ? { name: currentContext } : {};
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return {};
    return {
      problem: `${path} cannot be read, so its current context is not known: ${describeError(error)}`,
    };
  }
}

/** Reads a context by its name. Throws `not-found` with the names that there are, `invalid` for one without an address. */
export async function readContext(folder: string, name: string): Promise<DockerContext> {
  const id = createHash('sha256').update(name).digest('hex');
  const path = join(folder, 'contexts', 'meta', id, 'meta.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) throw unreadable(name, path, error);
    const names = await contextNames(folder);
    throw new WorkbenchError(
      'not-found',
      `There is no Docker context "${name}" in ${folder}; there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}. \`docker context use NAME\` chooses one.`,
    );
  }
  const meta = parsed(name, path, text);
  const docker = meta.Endpoints.docker;
  if (!docker?.Host) {
    throw new WorkbenchError(
      'invalid',
      `The Docker context "${name}" has no address of an engine (${path}).`,
    );
  }
  const tlsFolder = join(folder, 'contexts', 'tls', id, 'docker');
  const hasTls = await stat(tlsFolder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return { host: docker.Host, skipVerify: docker.SkipTLSVerify ?? false, ...(hasTls && { tlsFolder }) };
}

/** The names of all contexts; `default` is always there. */
async function contextNames(folder: string): Promise<string[]> {
  const meta = join(folder, 'contexts', 'meta');
  const ids = await readdir(meta).catch(() => []);
  const names = await Promise.all(
    ids.map(async (id) => {
      try {
        return [parsed(id, id, await readFile(join(meta, id, 'meta.json'), 'utf8')).Name];
      } catch {
        return [];
      }
    }),
  );
  return ['default', ...names.flat().sort()];
}

function parsed(name: string, path: string, text: string): v.InferOutput<typeof contextFile> {
  try {
    return v.parse(contextFile, JSON.parse(text));
  } catch (error) {
    throw unreadable(name, path, error);
  }
}

function unreadable(name: string, path: string, error: unknown): WorkbenchError {
  return new WorkbenchError(
    'invalid',
    `The Docker context "${name}" cannot be read from ${path}: ${describeError(error)}`,
    { cause: error },
  );
}
