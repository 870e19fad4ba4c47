import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from '../../../base/errors.ts';
import type { ComposeFileObject, ComposeProject } from '../../compose/model.ts';
import { ensureSecrets } from '../../secrets.ts';
import { fileError } from '../../stateDir.ts';

/** The names of the secrets whose files are to be in `folder`. */
export function secretsIn(folder: string, project: ComposeProject): string[] {
  return Object.values(project.secrets ?? {}).flatMap(({ file }) =>
    file !== undefined && dirname(file) === folder ? [basename(file)] : [],
  );
}

/**
 * Makes the secrets that are missing, and, where `copies` is another folder, copies that any user of a container can
 * read: the containers' user is not the files' owner there. On this machine, the folder keeps others out.
 */
export async function provideSecrets(
  folder: string,
  copies: string,
  names: readonly string[],
): Promise<void> {
  await ensureSecrets(folder, names);
  if (copies === folder) return;
  try {
    await mkdir(copies, { recursive: true, mode: 0o700 });
    await chmod(copies, 0o700);
    for (const name of names) {
      const secret = await readFile(join(folder, name));
      const path = join(copies, name);
      // Written in place, and only where it differs: containers have this very file.
      if (!(await read(path))?.equals(secret)) await writeFile(path, secret, { mode: 0o444 });
      await chmod(path, 0o444);
    }
  } catch (error) {
    throw fileError(error, copies);
  }
}

async function read(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The project with its file secrets as texts, to be copied in: an engine elsewhere has no file of this machine. */
export async function withSecretsAsTexts(project: ComposeProject): Promise<ComposeProject> {
  const secrets: Record<string, ComposeFileObject> = {};
  for (const [key, { file, ...rest }] of Object.entries(project.secrets ?? {})) {
    if (file === undefined) {
      secrets[key] = rest;
      continue;
    }
    const content = await readFile(file, 'utf8').catch((error: unknown) => {
      throw fileError(error, file);
    });
    secrets[key] = { ...rest, content: content.replaceAll('$', '$$$$') };
  }
  return project.secrets ? { ...project, secrets } : project;
}
