import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, open, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
// Not lazily: of a CommonJS package, a bundle's import() gives only the default.
import { pack } from 'tar-stream';
import { throwIfCancelled } from '../../../base/cancellation.ts';
import { WorkbenchError, describeError, systemErrorCode } from '../../../base/errors.ts';

/** One file of a build context. */
export interface ContextEntry {
  /** Relative to the context, with `/`. */
  name: string;
  /** On this machine. */
  path: string;
  kind: 'file' | 'directory' | 'link';
  /** Permission bits. */
  mode: number;
  /** Bytes; 0 for all but files. */
  size: number;
  modified: Date;
  /** Of a link. */
  target?: string;
}

/** A file that is sent although it is not in the context's directory. */
export interface ExtraFile {
  name: string;
  content: string | Buffer;
}

/**
 * The files of a directory that a `.dockerignore` lets through, in the order of their names; `keep` names files that
 * are taken in any case. Folders that nothing can be let out of are not read. Throws `not-found`, `denied`, `cancelled`.
 */
export async function listContext(
  directory: string,
  ignoreText: string | undefined,
  options: { keep?: ReadonlySet<string>; signal?: AbortSignal | undefined } = {},
): Promise<ContextEntry[]> {
  const { keep = new Set<string>(), signal } = options;
  const ignored = await ignoreRules(ignoreText);
  const entries: ContextEntry[] = [];
  const walk = async (folder: string): Promise<void> => {
    throwIfCancelled(signal);
    const items = await readdir(join(directory, folder), { withFileTypes: true });
    items.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const item of items) {
      const name = folder === '' ? item.name : `${folder}/${item.name}`;
      const out = ignored.ignores(name) && !keep.has(name);
      if (!out) {
        const entry = await describe(directory, name, item);
        if (entry) entries.push(entry);
      }
      if (item.isDirectory() && (!out || ignored.mayLetOut(name) || hasBelow(keep, name))) await walk(name);
    }
  };
  try {
    await walk('');
  } catch (error) {
    throw contextError(error, directory);
  }
  return entries;
}

function hasBelow(keep: ReadonlySet<string>, folder: string): boolean {
  return [...keep].some((name) => name.startsWith(`${folder}/`));
}

async function describe(directory: string, name: string, item: Dirent): Promise<ContextEntry | undefined> {
  const path = join(directory, name);
  const kind = item.isFile()
    ? 'file'
    : item.isDirectory()
      ? 'directory'
      : item.isSymbolicLink()
        ? 'link'
        : undefined;
  // Sockets, pipes and devices cannot be sent.
  if (kind === undefined) return undefined;
  const found = await lstat(path);
  // Windows knows no right to execute; its files may all be, as the Docker CLI sends them.
  const mode = process.platform === 'win32' ? 0o755 : found.mode & 0o7777;
  const entry: ContextEntry = {
    name,
    path,
    kind,
    mode,
    size: kind === 'file' ? found.size : 0,
    modified: found.mtime,
  };
  return kind === 'link' ? { ...entry, target: await readlink(path) } : entry;
}

interface IgnoreRules {
  ignores(name: string): boolean;
  /** Whether something below an ignored folder may be let out again by a `!` rule. */
  mayLetOut(folder: string): boolean;
}

async function ignoreRules(text: string | undefined): Promise<IgnoreRules> {
  const rules = (text ?? '')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => (line.startsWith('#') ? '' : line.trim()))
    .filter(Boolean);
  if (rules.length === 0) return { ignores: () => false, mayLetOut: () => false };
  const { default: ignore } = await import('@balena/dockerignore');
  const matcher = ignore().add(rules);
  const outs = rules
    .filter((rule) => rule.startsWith('!'))
    .map((rule) =>
      rule
        .slice(1)
        .trim()
        .replace(/^\.?\/+/, '')
        .split('/'),
    );
  return {
    ignores: (name) => matcher.ignores(name),
    mayLetOut: (folder) => {
      const parts = folder.split('/');
      return outs.some((out) => parts.every((part, at) => at >= out.length || mayMatch(out, at, part)));
    },
  };
}

function mayMatch(pattern: readonly string[], at: number, part: string): boolean {
  // From the first wildcard on, anything may match; that only costs reading a folder.
  return pattern.slice(0, at + 1).some((piece) => /[*?[\\]/.test(piece)) || pattern[at] === part;
}

/** A function that tells whether a file matters to COPY sources such as `stack/`, `*.json`, `.`. */
export function sourceMatcher(sources: readonly string[] | undefined): (name: string) => boolean {
  if (!sources) return () => true;
  const patterns = sources.map((source) => {
    const clean = source
      .replace(/^(\.?\/)+/, '')
      .replace(/\/+$/, '')
      .replace(/\/\.(?=\/|$)/g, '');
    if (clean === '' || clean === '.') return /^/;
    const body = clean.replace(/[.+^${}()|\\[\]*?]/g, (c) => ({ '*': '[^/]*', '?': '[^/]' })[c] ?? `\\${c}`);
    // Character classes are rare: then whatever begins alike matters.
    const known = /[[\\]/.test(clean)
      ? clean.slice(0, clean.search(/[[\\]/)).replace(/[^\w/-]/g, '.')
      : undefined;
    return new RegExp(known === undefined ? `^${body}(/|$)` : `^${known}`);
  });
  return (name) => patterns.some((pattern) => pattern.test(name));
}

/**
 * A digest of files: names, kinds, the right to execute, and contents. Times and owners don't count, so that a fresh
 * checkout is the same.
 */
export async function digestFiles(entries: readonly ContextEntry[], signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for (const entry of entries) {
    throwIfCancelled(signal);
    const executable = entry.kind === 'file' && (entry.mode & 0o100) !== 0;
    hash.update(JSON.stringify([entry.name, entry.kind, executable, entry.target ?? null, entry.size]));
    if (entry.kind !== 'file') continue;
    try {
      // Small ones at once; a large one never whole in memory.
      if (entry.size < 1024 * 1024) hash.update(await readFile(entry.path));
      else for await (const chunk of createReadStream(entry.path)) hash.update(chunk as Buffer);
    } catch (error) {
      throw contextError(error, entry.path);
    }
  }
  return hash.digest('hex');
}

/**
 * The context as a tar stream, as the engine's `/build` takes it; everything belongs to root. `onBytes` gets the number
 * of bytes read so far. An error of a file destroys the stream with it.
 */
export function packContext(
  entries: readonly ContextEntry[],
  extra: readonly ExtraFile[],
  onBytes?: (bytes: number) => void,
): Readable {
  const tar = pack();
  let bytes = 0;
  const header = (entry: ContextEntry) => ({
    name: entry.kind === 'directory' ? `${entry.name}/` : entry.name,
    mode: entry.mode,
    mtime: entry.modified,
    uid: 0,
    gid: 0,
  });
  const write = async (entry: ContextEntry): Promise<void> => {
    if (entry.kind !== 'file') {
      const { target, kind } = entry;
      if (kind === 'link') tar.entry({ ...header(entry), type: 'symlink', linkname: target ?? '' });
      else tar.entry({ ...header(entry), type: 'directory' });
      return;
    }
    const file = await open(entry.path);
    try {
      // What it is now: it may have grown since it was listed.
      const { size } = await file.stat();
      const sink = tar.entry({ ...header(entry), type: 'file', size });
      if (size === 0) return void sink.end(undefined);
      const source = file.createReadStream({ start: 0, end: size - 1, autoClose: false });
      source.on('data', (chunk) => {
        bytes += chunk.length;
        onBytes?.(bytes);
      });
      await pipeline(source, sink);
    } finally {
      await file.close();
    }
  };
  const writeAll = async (): Promise<void> => {
    for (const entry of entries) {
      if (tar.destroyed) return;
      await write(entry);
    }
    for (const { name, content } of extra) tar.entry({ name, mode: 0o644 }, content);
    tar.finalize();
  };
  writeAll().catch((error: unknown) => {
    const fault = contextError(error, 'the build context');
    tar.destroy(fault instanceof Error ? fault : new Error(describeError(fault)));
  });
  // It is a stream of streamx, which keeps to what Node's ask for.
  return tar as unknown as Readable;
}

function contextError(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (error instanceof WorkbenchError || code === undefined) return error;
  const where = error instanceof Error && 'path' in error ? String(error.path) : path;
  if (code === 'ENOENT') {
    return new WorkbenchError('not-found', `There is no ${where}, which an image is to be built from.`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const advice = 'Allow it, or exclude it in .dockerignore.';
    return new WorkbenchError(
      'denied',
      `${where} cannot be read, and it belongs to a build context. ${advice}`,
      {
        cause: error,
      },
    );
  }
  return new WorkbenchError('failed', `${where} cannot be read: ${describeError(error)}.`, { cause: error });
}
