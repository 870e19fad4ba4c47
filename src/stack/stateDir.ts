import { randomBytes } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WorkbenchError, systemErrorCode } from '../base/errors.ts';

/** Where a workspace keeps what its stack needs: `<workspace>/.medallion`, which git ignores. */
export class StateDir {
  readonly path: string;

  constructor(workspace: string) {
    const named = join(workspace, '.medallion');
    // Whichever folder links to it, its services are started with the same paths: a link may go before they do.
    this.path = existsSync(named) ? realpathSync(named) : named;
  }

  /** Passwords, keys and tokens; one file each. */
  get secrets(): string {
    return join(this.path, 'secrets');
  }

  /** The services' data, one folder for each `*_DIR`. */
  get data(): string {
    return join(this.path, 'data');
  }

  get logs(): string {
    return join(this.path, 'logs');
  }

  /** The local engine's own: processes, variables, lock. */
  get local(): string {
    return join(this.path, 'local');
  }

  /** The Docker engine's own: variables, lock, readable copies of secrets. */
  get docker(): string {
    return join(this.path, 'docker');
  }

  async exists(): Promise<boolean> {
    return stat(this.path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  }

  /** Makes the folder, closed to others, if it is not there. */
  async make(): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      for (const folder of [this.data, this.logs, this.local])
        await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(join(this.path, '.gitignore'), '*\n', { flag: 'wx' });
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return;
      throw fileError(error, this.path);
    }
  }
}

/** Writes a file so that a reader, or a crash at any moment, sees the old content or the new, nothing between. */
export async function writeAtomically(path: string, content: string, mode = 0o600): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(error, path);
  }
}

/** The parsed JSON of a file; undefined where there is none, `damaged` where it is not JSON. */
export async function readJson(path: string): Promise<{ value: unknown } | 'damaged' | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw fileError(error, path);
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'damaged';
  }
}

/** A file system's refusal as one of our errors. */
export function fileError(error: unknown, path: string): WorkbenchError {
  if (error instanceof WorkbenchError) return error;
  const code = systemErrorCode(error) ?? 'unknown';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new WorkbenchError('no-space', `No space left to write ${path}.`, { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new WorkbenchError('denied', `This user may not write ${path} (${code}).`, { cause: error });
  }
  return new WorkbenchError('failed', `${path} cannot be used (${code}).`, { cause: error });
}
