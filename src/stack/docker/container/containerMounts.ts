import type { ComposeMount, ComposeProject, ComposeService } from '../../compose/model.ts';
import type { BoundFile } from './containerFiles.ts';

/** A mount as the engine takes it; `Source` is absent for an anonymous volume. */
export interface EngineMount {
  Type: string;
  Source?: string | undefined;
  Target: string;
  ReadOnly?: boolean | undefined;
  Consistency?: string | undefined;
  BindOptions?: {
    Propagation?: string | undefined;
    CreateMountpoint?: boolean | undefined;
    NonRecursive?: boolean;
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: {
    NoCopy?: boolean | undefined;
    Subpath?: string | undefined;
    Labels?: Record<string, string> | undefined;
  };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number | undefined };
  ImageOptions?: { Subpath?: string | undefined };
}

/** The container whose place is taken: its anonymous volumes are kept. */
export interface ReplacedContainer {
  /** As `docker inspect` tells them. */
  mounts: readonly { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[];
  /** The paths that its new image declares as volumes. */
  imageVolumes: readonly string[];
}

export interface ContainerMounts {
  binds: string[];
  mounts: EngineMount[];
  /** Path -> options. */
  tmpfs: Record<string, string>;
}

/**
 * The mounts of a container. Binds that are made where missing, and plain named volumes, use the engine's older texts
 * "source:target:mode", as in the Compose CLI: only these create a missing folder of the host.
 */
export function containerMounts(
  project: ComposeProject,
  service: ComposeService,
  files: readonly BoundFile[],
  replaced: ReplacedContainer | undefined,
): ContainerMounts {
  const binds: string[] = [];
  const mounts = new Map<string, EngineMount>();
  for (const mount of keptVolumes(service, replaced)) mounts.set(mount.Target, mount);
  for (const mount of service.volumes ?? []) {
    if (mounts.has(mount.target) && mount.source === undefined) continue;
    mounts.delete(mount.target);
    const source = sourceOf(project, mount);
    if (source !== undefined && isPlain(project, mount)) binds.push(bindText(source, mount));
    else mounts.set(mount.target, engineMount(mount, source));
  }
  const taken = new Set((service.volumes ?? []).map((mount) => mount.target));
  for (const { file, target } of files) {
    if (!taken.has(target)) {
      mounts.set(target, { Type: 'bind', Source: file, Target: target, ReadOnly: true });
    }
  }
  const tmpfs = (service.tmpfs ?? []).map((text): [string, string] => {
    const colon = text.indexOf(':');
    return colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  });
  return { binds, mounts: [...mounts.values()], tmpfs: Object.fromEntries(tmpfs) };
}

function keptVolumes(service: ComposeService, replaced: ReplacedContainer | undefined): EngineMount[] {
  const anonymous = new Set(replaced?.imageVolumes);
  for (const { source, target } of service.volumes ?? []) if (source === undefined) anonymous.add(target);
  return (replaced?.mounts ?? [])
    .filter(({ Type, Destination }) => Type !== 'tmpfs' && anonymous.has(Destination))
    .map(({ Type, Name, Source, Destination, RW }) => ({
      Type,
      Source: Type === 'volume' ? Name : Source,
      Target: Destination,
      ReadOnly: !RW,
    }));
}

function sourceOf(project: ComposeProject, mount: ComposeMount): string | undefined {
  if (mount.type !== 'volume' || mount.source === undefined) return mount.source;
  return project.volumes?.[mount.source]?.name ?? mount.source;
}

function isPlain(project: ComposeProject, { type, source, bind, volume }: ComposeMount): boolean {
  if (type === 'bind') return !bind || !!(bind.create_host_path && !bind.propagation && !bind.recursive);
  if (type !== 'volume' || source === undefined || !project.volumes?.[source]) return false;
  return !volume?.subpath && !volume?.nocopy && Object.keys(volume?.labels ?? {}).length === 0;
}

function bindText(source: string, { target, read_only, bind }: ComposeMount): string {
  const options = [read_only ? 'ro' : 'rw', ...(bind?.selinux ? [bind.selinux] : [])];
  return `${source}:${target}:${options.join(',')}`;
}

function engineMount(mount: ComposeMount, source: string | undefined): EngineMount {
  const { type, target, read_only, consistency, bind, volume, tmpfs, image } = mount;
  const common = {
    Type: type,
    Source: source,
    Target: target,
    ReadOnly: read_only,
    Consistency: consistency,
  };
  if (type === 'bind' && bind) {
    const { propagation, create_host_path, recursive } = bind;
    return {
      ...common,
      BindOptions: {
        Propagation: propagation,
        CreateMountpoint: create_host_path,
        ...(recursive === 'disabled' && { NonRecursive: true }),
        ...(recursive === 'writable' && { ReadOnlyNonRecursive: true }),
        ...(recursive === 'readonly' && { ReadOnlyForceRecursive: true }),
      },
    };
  }
  if (type === 'volume' && volume) {
    const { nocopy, subpath, labels } = volume;
    return { ...common, VolumeOptions: { NoCopy: nocopy, Subpath: subpath, Labels: labels } };
  }
  if (type === 'tmpfs' && tmpfs) {
    return { ...common, TmpfsOptions: { SizeBytes: Number(tmpfs.size ?? 0), Mode: tmpfs.mode } };
  }
  if (type === 'image' && image) return { ...common, ImageOptions: { Subpath: image.subpath } };
  return common;
}
