import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync, type Zippable } from 'fflate';
import { isWorkbenchError } from '../base/errors.ts';
import type { WebHdfs } from '../lake/webHdfs.ts';

/** Where jobs and their records are on the lake. */
export const jobsDirectory = '/jobs';

// fflate writes local time; a fixed date makes the same content the same bytes, so that it is uploaded once.
const fixedDate = new Date(1980, 0, 1, 0, 0, 0);

/**
 * The one zip that travels with a script: it is on the Python path of driver and executors, and carries the script for
 * the wrapper (see pyspark/medallion/driver.py). The same content gives the same bytes.
 */
export function makeBundle(
  script: { path: string; source: string },
  modules: ReadonlyMap<string, Buffer | string>,
): Buffer {
  const entries: Zippable = {
    '__medallion__/run.json': bytes(JSON.stringify({ script: script.path })),
    '__medallion__/script.py': bytes(script.source),
  };
  for (const name of [...modules.keys()].sort()) entries[name] = bytes(modules.get(name)!);
  return Buffer.from(zipSync(entries, { level: 1, mtime: fixedDate }));
}

function bytes(content: Buffer | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
}

/**
 * Puts content under its own hash below `/jobs/lib`, unless it is there; gives its path on the lake. `WebHdfs.write`
 * uses a temporary name and a rename, so what is there is whole.
 */
export async function uploadOnce(
  lake: WebHdfs,
  content: Buffer,
  extension: 'py' | 'zip',
  o: { signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const hash = createHash('sha256').update(content).digest('hex');
  // Python shows this name in tracebacks: short enough to read, long enough to be unique.
  const path = `${jobsDirectory}/lib/${hash.slice(0, 32)}.${extension}`;
  const signal = o.signal === undefined ? {} : { signal: o.signal };
  if (await lake.exists(path, signal)) return path;
  try {
    await lake.write(path, content, { permission: '644', size: content.length, ...signal });
  } catch (error) {
    // Another run was quicker with the same content.
    if (!isWorkbenchError(error, 'exists', 'conflict') || !(await lake.exists(path, signal))) throw error;
  }
  return path;
}

let wrapper: Promise<Buffer> | undefined;

/** The wrapper's source, from the package that this file is part of, whether bundled or not. */
export function readWrapper(): Promise<Buffer> {
  wrapper ??= findUpwards(fileURLToPath(import.meta.url), 'pyspark/medallion/driver.py');
  return wrapper;
}

async function findUpwards(from: string, relative: string): Promise<Buffer> {
  for (let directory = dirname(from); ; directory = dirname(directory)) {
    try {
      return await readFile(join(directory, relative));
    } catch (error) {
      if (directory === dirname(directory)) throw error;
    }
  }
}

/** Sortable by start, unique, and readable: `20261121T031500-a1b2c3-name`. */
export function newRunId(name: string, startedAt: Date, random: string): string {
  const time = startedAt
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, '');
  const readable = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 40);
  return `${time}-${random}-${readable || 'job'}`;
}
