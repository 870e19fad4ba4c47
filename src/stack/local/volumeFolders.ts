import { realpath } from 'node:fs/promises';
import { isAbsolute, relative } from 'node:path';
import { WorkbenchError } from '../../base/errors.ts';
import type { LocalProject } from './stackFile.ts';

/** Where a named volume's data is, and who uses it. */
export interface VolumeFolders {
  name: string;
  folders: string[];
  services: string[];
}

/** The named volumes of a project: a process has its data in the folder that a container would mount the volume on. */
export function volumesOf(project: LocalProject): VolumeFolders[] {
  return project.volumes.map((name) => {
    const uses = [...project.services.values()].flatMap((service) =>
      service.volumes
        .filter((volume) => volume.name === name)
        .map(({ folder }) => ({ service: service.name, folder })),
    );
    return {
      name,
      folders: [...new Set(uses.map(({ folder }) => folder))],
      services: [...new Set(uses.map(({ service }) => service))],
    };
  });
}

/**
 * The volumes of these names, to be removed. Throws `invalid` for an unknown name, and for a folder outside of
 * `dataDir`: it was chosen by the user, who may keep more there.
 */
export async function removableVolumes(
  project: LocalProject,
  names: readonly string[],
  dataDir: string,
): Promise<VolumeFolders[]> {
  const all = volumesOf(project);
  const home = (await realPath(dataDir)) ?? dataDir;
  const removable: VolumeFolders[] = [];
  for (const name of names) {
    const volume = all.find((one) => one.name === name);
    if (!volume) {
      const known = all.map((one) => one.name).join(', ') || 'none';
      throw new WorkbenchError('invalid', `There is no volume ${name}. Volumes: ${known}.`);
    }
    for (const folder of volume.folders) {
      const path = await realPath(folder);
      if (path === undefined || isInside(home, path)) continue;
      throw new WorkbenchError(
        'invalid',
        `The volume ${name} is in ${folder}, a folder that you chose: remove it by hand.`,
      );
    }
    removable.push(volume);
  }
  return removable;
}

/** Without symbolic links; undefined where there is nothing. */
function realPath(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
