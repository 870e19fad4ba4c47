import { pack } from 'tar-stream';
import { WorkbenchError } from '../../../base/errors.ts';
import type { ComposeFileUse, ComposeProject, ComposeService } from '../../compose/model.ts';

/** A file to be copied into a container before it starts: `PUT /containers/{id}/archive?path=/`, see `packFiles`. */
export interface ContainerFile {
  /** Absolute, in the container. */
  target: string;
  content: string;
  mode: number;
  uid: number;
  gid: number;
}

/** A file of this machine that a container reads. */
export interface BoundFile {
  file: string;
  target: string;
}

/** The files behind a service's secrets and configs. */
export interface ServiceFiles {
  bound: BoundFile[];
  copied: ContainerFile[];
}

/**
 * How a service gets its secrets and configs: what is a file is bound, what is a variable or text is copied.
 * `variable` is the project's environment. Throws `invalid` for a variable that is not set.
 */
export function serviceFiles(
  project: ComposeProject,
  service: ComposeService,
  variable: (name: string) => string | undefined,
): ServiceFiles {
  const files: ServiceFiles = { bound: [], copied: [] };
  const add = (kind: 'secret' | 'config', use: ComposeFileUse): void => {
    const object = (kind === 'secret' ? project.secrets : project.configs)?.[use.source];
    if (!object) throw new WorkbenchError('invalid', `The ${kind} ${use.source} is defined nowhere.`);
    const target = targetOf(kind, use);
    if (object.environment === undefined && object.content === undefined) {
      files.bound.push({ file: object.file ?? '', target });
      return;
    }
    const content = object.content ?? variable(object.environment ?? '');
    if (content === undefined) {
      const message = `The ${kind} ${use.source} is to be the variable ${object.environment}, which is not set; set it.`;
      throw new WorkbenchError('invalid', message);
    }
    const mode = Number.parseInt(use.mode ?? '0444', 8);
    files.copied.push({ target, content, mode, uid: Number(use.uid ?? 0), gid: Number(use.gid ?? 0) });
  };
  for (const use of service.secrets ?? []) add('secret', use);
  for (const use of service.configs ?? []) add('config', use);
  return files;
}

function targetOf(kind: 'secret' | 'config', use: ComposeFileUse): string {
  const target = use.target ?? use.source;
  if (target.startsWith('/') || /^[A-Za-z]:[\\/]/.test(target)) return target;
  return kind === 'secret' ? `/run/secrets/${target}` : `/${target}`;
}

/** The files as a tar, to be unpacked in the container's root. */
export async function packFiles(files: readonly ContainerFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { target, content, ...owner } of files) {
    archive.entry({ name: target.replace(/^\/+/, ''), mtime: new Date(), ...owner }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
