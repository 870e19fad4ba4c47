import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';
import { fileError } from './stateDir.ts';

/**
 * Makes the secrets that are not there yet: 32 random bytes as base64url in a file of mode 0600, in a folder of mode
 * 0700. One that is there is never changed, for databases hold its hash; too open permissions are mended. Throws
 * `denied` for a symbolic link, which could lead anywhere.
 */
export async function ensureSecrets(folder: string, names: Iterable<string>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await closeToOthers(folder, 0o700, 'directory');
    for (const name of names) await ensureSecret(join(folder, name));
  } catch (error) {
    throw fileError(error, folder);
  }
}

/** One secret's value. Throws `not-found`. */
export async function readSecret(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  try {
    await closeToOthers(path, 0o600, 'file');
    return (await readFile(path, 'utf8')).trimEnd();
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw fileError(error, path);
    throw new WorkbenchError(
      'not-found',
      `There is no secret ${path}: start the stack with \`medallion up\`.`,
      {
        cause: error,
      },
    );
  }
}

async function ensureSecret(path: string): Promise<void> {
  try {
    // Created only: the mode counts from the first moment on, and a link is not followed.
    await writeSecret(path, 'wx');
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    const size = await closeToOthers(path, 0o600, 'file');
    // Nothing can have been set up with an empty one: its writing was cut off.
    if (size === 0) await writeSecret(path, 'r+');
  }
}

async function writeSecret(path: string, flags: 'wx' | 'r+'): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(randomBytes(32).toString('base64url'));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes rights away that others have; gives the size. */
async function closeToOthers(path: string, mode: number, kind: 'file' | 'directory'): Promise<number> {
  const found = await lstat(path);
  if (kind === 'file' ? !found.isFile() : !found.isDirectory()) {
    const what = found.isSymbolicLink() ? 'a symbolic link' : `no ${kind}`;
    throw new WorkbenchError('denied', `${path} is ${what}; secrets are kept in plain files. Remove it.`);
  }
  if ((found.mode & 0o777) !== mode) await chmod(path, mode);
  return found.size;
}
