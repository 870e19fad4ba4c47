import { readFile, stat } from 'node:fs/promises';
import { delimiter, dirname, join, resolve } from 'node:path';
import { WorkbenchError, describeError, systemErrorCode } from '../../base/errors.ts';
import { readDotEnv, readRawEnv } from './dotenv.ts';
import type { Lookup } from './interpolation.ts';

/** Variables of the user's shell, or of whoever runs a project. */
export type Environment = Record<string, string | undefined>;

export interface ProjectPlace {
  /** Absolute paths of the Compose files, the later overriding the earlier. */
  files: string[];
  /** Absolute: what relative paths of the files are relative to. */
  workingDir: string;
  variables: Map<string, string>;
  lookup: Lookup;
}

export interface PlaceOptions {
  files: readonly string[];
  env: Environment;
  envFiles?: readonly string[];
  projectDir?: string;
  cwd?: string;
}

const defaultFiles = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrideFiles = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
];

/**
 * Finds a project's files and variables as the Compose CLI does: the environment wins over `--env-file`s or
 * COMPOSE_ENV_FILES or, unless COMPOSE_DISABLE_ENV_FILE says no, the `.env` of the project's folder; COMPOSE_FILE
 * names files, else the default names are looked for, in the folders above too. Throws `not-found` and `invalid`.
 */
export async function findProject(options: PlaceOptions): Promise<ProjectPlace> {
  const { env, cwd = process.cwd() } = options;
  const variables = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined) variables.set(name, value);
  }
  if (!variables.has('PWD')) variables.set('PWD', cwd);
  const lookup = lookupIn(variables);
  let files = options.files.map((file) => resolve(cwd, file));
  const folderNow = () =>
    options.projectDir === undefined
      ? files[0] === undefined
        ? cwd
        : dirname(files[0])
      : resolve(cwd, options.projectDir);
  const readEnvFiles = async () => {
    for (const [name, value] of await readEnvironmentFiles(await envFilesOf(options, folderNow()), lookup)) {
      if (!variables.has(name)) variables.set(name, value);
    }
  };

  await readEnvFiles();
  if (files.length === 0) {
    const named = variables.get('COMPOSE_FILE');
    if (named !== undefined) {
      const separator = variables.get('COMPOSE_PATH_SEPARATOR') ?? '';
      files = named.split(separator === '' ? delimiter : separator).map((file) => resolve(cwd, file));
    } else {
      files = await findDefaultFiles(folderNow());
    }
    // The folder may be another one now.
    await readEnvFiles();
  }
  return { files, workingDir: folderNow(), variables, lookup };
}

/** On Windows, the names of variables have no case. */
export function lookupIn(variables: ReadonlyMap<string, string>): Lookup {
  return (name) => {
    const value = variables.get(name);
    if (value !== undefined || process.platform !== 'win32') return value;
    for (const [other, found] of variables) {
      if (other.toLowerCase() === name.toLowerCase()) return found;
    }
    return undefined;
  };
}

async function envFilesOf(options: PlaceOptions, folder: string): Promise<string[]> {
  const { cwd = process.cwd() } = options;
  if (options.envFiles && options.envFiles.length > 0)
    return options.envFiles.map((file) => resolve(cwd, file));
  const named = (options.env.COMPOSE_ENV_FILES ?? '').split(',').filter((file) => file !== '');
  if (named.length > 0) return named.map((file) => resolve(cwd, file));
  const disabled = options.env.COMPOSE_DISABLE_ENV_FILE;
  if (disabled !== undefined) {
    if (/^(1|t|true)$/i.test(disabled)) return [];
    if (!/^(0|f|false)$/i.test(disabled)) {
      throw new WorkbenchError(
        'invalid',
        `COMPOSE_DISABLE_ENV_FILE is "${disabled}": set it to true or false.`,
      );
    }
  }
  const file = join(folder, '.env');
  return (await isFile(file)) ? [file] : [];
}

async function findDefaultFiles(start: string): Promise<string[]> {
  for (let folder = start; ; folder = dirname(folder)) {
    const main = await firstFile(folder, defaultFiles);
    if (main !== undefined) {
      const override = await firstFile(folder, overrideFiles);
      return override === undefined ? [main] : [main, override];
    }
    if (dirname(folder) === folder) break;
  }
  throw new WorkbenchError(
    'not-found',
    `There is no Compose file in ${start} or above: name one, or create ${defaultFiles[0]}.`,
  );
}

async function firstFile(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    if (await isFile(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}

/** The variables of env files, each seeing those of the files before. Throws `not-found` and `invalid`. */
export async function readEnvironmentFiles(
  files: readonly string[],
  lookup: Lookup,
): Promise<Map<string, string>> {
  const variables = new Map<string, string>();
  for (const file of files) await readEnvironmentFile(file, variables, lookup);
  return variables;
}

/** Reads an env file into `variables`. Throws `not-found`, or `invalid` with its path and line. */
export async function readEnvironmentFile(
  file: string,
  variables: Map<string, string>,
  lookup: Lookup,
  format = '',
): Promise<void> {
  const text = await readText(file, 'env file');
  if (format === 'raw') readRawEnv(text, file, variables, lookup);
  else if (format === '' || format === '.env') readDotEnv(text, file, variables, lookup);
  else throw new WorkbenchError('invalid', `The env file ${file} cannot have the format "${format}".`);
}

/** A file's text. Throws `not-found` with a sentence that names the file and what it is. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const missing = systemErrorCode(error) === 'ENOENT';
    const why = missing ? 'does not exist' : `cannot be read (${describeError(error)})`;
    throw new WorkbenchError('not-found', `The ${what} ${path} ${why}.`, { cause: error });
  }
}
