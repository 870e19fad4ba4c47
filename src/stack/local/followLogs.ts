import { watch, type FSWatcher } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../base/errors.ts';
import type { LogLine, LogsOptions } from '../engine.ts';
import { LineSplitter, parseLogName, tailStart } from './logFiles.ts';

const chunkBytes = 64 * 1024;
/** For file systems that report no changes. */
const fallbackPollMs = 2_000;

/** The lines of a folder's logs, service by service; with `follow` then new lines of all as they come. */
export async function* readLogs(folder: string, options: LogsOptions): AsyncIterable<LogLine> {
  const { follow = false, signal } = options;
  const files = new Map<string, LogReader>();
  const wakeUp = new WakeUp(folder, follow, signal);
  try {
    for (let isFirst = true; ; isFirst = false) {
      for (const name of await logsIn(folder, options.services)) {
        let reader = files.get(name);
        if (!reader) {
          // One that appears later is read from its start.
          reader = new LogReader(join(folder, name), isFirst ? options.tail : undefined);
          files.set(name, reader);
        }
        const { service, replica } = parseLogName(name)!;
        for await (const line of reader.newLines()) {
          if (signal?.aborted) return;
          yield { service, replica, line };
        }
        if (follow) continue;
        for (const line of reader.rest()) yield { service, replica, line };
      }
      if (!follow || !(await wakeUp.next())) return;
    }
  } finally {
    wakeUp.close();
    await Promise.all([...files.values()].map((reader) => reader.close()));
  }
}

async function logsIn(folder: string, services: readonly string[] | undefined): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => {
      const parsed = parseLogName(name);
      return parsed !== undefined && (!services || services.includes(parsed.service));
    })
    .sort();
}

/** Reads what was added to a log since the last time, across truncation and rotation. */
class LogReader {
  readonly #path: string;
  #tail: number | undefined;
  #file: FileHandle | undefined;
  #inode = 0;
  #at = 0;
  #splitter = new LineSplitter();

  constructor(path: string, tail: number | undefined) {
    this.#path = path;
    this.#tail = tail;
  }

  async *newLines(): AsyncIterable<string> {
    for (;;) {
      if (this.#file) yield* this.#toEnd(this.#file);
      const current = await openIfThere(this.#path);
      if (!current) return;
      const { ino, size } = await current.stat();
      if (this.#file && ino === this.#inode) {
        await current.close();
        if (size >= this.#at) return;
        // Truncated: what follows is new.
        this.#at = 0;
        this.#splitter = new LineSplitter();
        continue;
      }
      // Another file under the name: the old one was read to its end above.
      yield* this.rest();
      await this.#file?.close();
      this.#file = current;
      this.#inode = ino;
      this.#at = this.#tail === undefined ? 0 : await tailStart(current, this.#tail);
      this.#tail = undefined;
    }
  }

  /** The unfinished last line. */
  rest(): string[] {
    return this.#splitter.flush();
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async *#toEnd(file: FileHandle): AsyncIterable<string> {
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, this.#at);
      if (bytesRead === 0) return;
      this.#at += bytesRead;
      yield* this.#splitter.push(buffer.subarray(0, bytesRead));
    }
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Tells when the folder may have changed: the system says so, or some time has passed. */
class WakeUp {
  readonly #signal: AbortSignal | undefined;
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(folder: string, active: boolean, signal: AbortSignal | undefined) {
    this.#signal = signal;
    if (!active) return;
    signal?.addEventListener('abort', this.#notify, { once: true });
    try {
      this.#watcher = watch(folder, this.#notify);
      // Without it the slow poll remains.
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No such folder yet, or no watches left.
    }
  }

  /** Resolves at the next change, with false once the signal is aborted. */
  async next(): Promise<boolean> {
    const signal = this.#signal;
    if (!this.#changed && !signal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, fallbackPollMs);
        const wake = (): void => {
          clearTimeout(timer);
          resolve();
        };
        this.#wake = wake;
      });
    }
    this.#changed = false;
    return signal?.aborted !== true;
  }

  close(): void {
    this.#watcher?.close();
    this.#signal?.removeEventListener('abort', this.#notify);
  }

  readonly #notify = (): void => {
    this.#changed = true;
    this.#wake?.();
  };
}
