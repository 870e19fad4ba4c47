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
export function removableVolumes(
  project: LocalProject,
  names: readonly string[],
  dataDir: string,
): VolumeFolders[] {
  const all = volumesOf(project);
  return names.map((name) => {
    const volume = all.find((one) => one.name === name);
    if (!volume) {
      const known = all.map((one) => one.name).join(', ') || 'none';
      throw new WorkbenchError('invalid', `There is no volume ${name}. Volumes: ${known}.`);
    }
    const outside = volume.folders.find((folder) => !isInside(dataDir, folder));
    if (outside === undefined) return volume;
    throw new WorkbenchError(
      'invalid',
      `The volume ${name} is in ${outside}, a folder that you chose: remove it by hand.`,
    );
  });
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
