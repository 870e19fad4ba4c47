import { createHash } from 'node:crypto';
import {
  appendFile,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  truncate,
  writeFile,
  type FileHandle,
} from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemErrorCode } from '../../../base/errors.ts';
import type { SessionMemory } from '../../../session/sessionTypes.ts';
import { readIndex, readRecord, type RunRecord } from './runRecords.ts';

/** What was kept of one run. */
export interface KeptRun {
  id: string;
  records: RunRecord[];
  /** Whether only its end was read: it is large. */
  isCut: boolean;
}

const flushAfterMs = 250;
const maxPendingChars = 4 * 1024 * 1024;
/** As much of one run is kept: what the kernel itself keeps. */
const maxRunBytes = 1_000_000_000;
/** What is read when a window opens: most of it of the newest runs. */
const readBytes = 24 * 1024 * 1024;
const tailBytes = 64 * 1024;

/**
 * Runs on the disk: a file of JSON lines for each, which only grows, and an index that says how much of each belongs to
 * the session's memory. Output that was written and not yet told to the index is cut off when it is read: the kernel
 * gives it again. So none is lost and none is doubled, whenever the window ends.
 */
export class RunLog {
  readonly #folder: string;
  readonly #onError: (error: unknown) => void;
  #pending: { id: string; text: string }[] = [];
  #pendingChars = 0;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  /** By the authority of the connection. */
  #memories = new Map<string, SessionMemory>();
  /** Bytes of each run's file: in all, and those that the index tells. */
  readonly #sizes = new Map<string, number>();
  #saved = new Map<string, number>();
  /** Bytes of the heads that the index does not have yet. */
  readonly #heads = new Map<string, number>();
  /** Runs of which no more output is kept. */
  readonly #full = new Set<string>();
  #hasFailed = false;

  /** `onError` hears once of a disk that takes nothing any more. */
  constructor(folder: string, onError: (error: unknown) => void) {
    this.#folder = folder;
    this.#onError = onError;
  }

  get bytes(): number {
    return [...this.#sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** To be called once, before anything else. A folder that is not there yet has no runs. */
  async read(): Promise<{ memories: ReadonlyMap<string, SessionMemory>; runs: KeptRun[] }> {
    const text = await readFile(join(this.#folder, 'index.json'), 'utf8').catch(() => '');
    await rm(join(this.#folder, 'text'), { recursive: true, force: true });
    const index = readIndex(text);
    await this.#removeOthers(index?.runs.map(({ id }) => this.#path(id)) ?? []);
    if (!index) return { memories: new Map(), runs: [] };
    const runs: KeptRun[] = [];
    let room = readBytes;
    for (const { id, bytes } of [...index.runs].reverse()) {
      const part = Math.min(bytes, Math.max(room, tailBytes));
      const kept = await this.#readRun(id, bytes, part).catch(() => undefined);
      if (!kept) continue;
      room -= part;
      runs.unshift(kept);
    }
    const read = new Set(runs.map(({ id }) => id));
    // In their order, which the next index takes from here.
    for (const { id, bytes } of index.runs) if (read.has(id)) this.#sizes.set(id, bytes);
    this.#saved = new Map(this.#sizes);
    this.#memories = new Map(Object.entries(index.memories));
    return { memories: new Map(this.#memories), runs };
  }

  /** A new run: its head is in the index soon, also if the window ends before the next `save`. */
  begin(id: string, head: RunRecord): void {
    if (!this.#sizes.has(id)) this.#heads.set(id, Buffer.byteLength(lineOf(head)));
    this.append(id, head);
  }

  append(id: string, record: RunRecord): void {
    if (this.#hasFailed) return;
    let text = lineOf(record);
    if ('event' in record && record.event.kind !== 'end' && (this.#sizes.get(id) ?? 0) > maxRunBytes) {
      if (this.#full.has(id)) return;
      this.#full.add(id);
      text = lineOf({ at: record.at, event: { kind: 'gap', messages: 0 } });
    }
    this.#pending.push({ id, text });
    this.#pendingChars += text.length;
    if (this.#pendingChars > maxPendingChars) void this.#flush();
    else this.#timer ??= setTimeout(() => void this.#flush(), flushAfterMs);
  }

  /** Keeps the `memory` of a connection with all that was appended so far. */
  save(authority: string, memory: SessionMemory): Promise<void> {
    const batch = this.#take();
    return this.#then(async () => {
      await this.#write(batch);
      for (const id of this.#sizes.keys()) this.#heads.delete(id);
      this.#saved = new Map(this.#sizes);
      this.#memories.set(authority, memory);
      await this.#writeIndex();
    });
  }

  remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    this.#pending = this.#pending.filter(({ id }) => !gone.has(id));
    void this.#then(async () => {
      for (const id of ids) for (const one of [this.#sizes, this.#saved, this.#heads]) one.delete(id);
      await this.#writeIndex();
      await Promise.all(ids.map((id) => rm(this.#path(id), { force: true })));
    });
  }

  /** All that was kept of a run, from its file, in order. */
  async *records(id: string): AsyncGenerator<RunRecord> {
    await this.#flush();
    const file = await open(this.#path(id));
    const input = file.createReadStream({ encoding: 'utf8' });
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const record = readRecord(line);
      if (record) yield record;
    }
  }

  /** A file of our own for texts made of runs; they are removed when the next window opens. */
  async textFile(name: string): Promise<string> {
    const folder = join(this.#folder, 'text');
    await mkdir(folder, { recursive: true });
    return join(folder, name);
  }

  /** A run that the index does not know was begun when a window went: the kernel tells of it again. */
  async #removeOthers(paths: readonly string[]): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const others = names.map((name) => join(this.#folder, name)).filter((path) => path.endsWith('.jsonl'));
    const gone = others.filter((path) => !paths.includes(path));
    await Promise.all(gone.map((path) => rm(path, { force: true })));
  }

  async #readRun(id: string, bytes: number, part: number): Promise<KeptRun> {
    const path = this.#path(id);
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const head = await readHead(file, bytes);
      const from = Math.max(head.length, bytes - part);
      const isCut = from > head.length;
      const rest = (await readPart(file, from, bytes)).toString('utf8').split('\n');
      // The line that is cut in two is none.
      const lines = [...head.toString('utf8').split('\n'), ...(isCut ? rest.slice(1) : rest)];
      if (size > bytes) await truncate(path, bytes);
      const records = lines.map(readRecord).filter((record) => record !== undefined);
      return { id, records, isCut };
    } finally {
      await file.close();
    }
  }

  #take(): { id: string; text: string }[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pendingChars = 0;
    return this.#pending.splice(0);
  }

  #flush(): Promise<void> {
    const batch = this.#take();
    return this.#then(async () => {
      await this.#write(batch);
      const heads = [...this.#heads].filter(([id]) => this.#sizes.has(id));
      if (heads.length === 0) return;
      for (const [id, bytes] of heads) {
        this.#heads.delete(id);
        this.#saved.set(id, bytes);
      }
      await this.#writeIndex();
    });
  }

  /** One thing after the other. Never rejects: what cannot be kept is shown all the same. */
  #then(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(async () => {
      if (this.#hasFailed) return;
      try {
        await work();
      } catch (error) {
        this.#hasFailed = true;
        this.#onError(error);
      }
    });
    return this.#work;
  }

  async #write(batch: readonly { id: string; text: string }[]): Promise<void> {
    const texts = new Map<string, string[]>();
    for (const { id, text } of batch) {
      const own = texts.get(id);
      if (own) own.push(text);
      else texts.set(id, [text]);
    }
    for (const [id, pieces] of texts) {
      const content = Buffer.from(pieces.join(''), 'utf8');
      await this.#withFolder(() => appendFile(this.#path(id), content));
      this.#sizes.set(id, (this.#sizes.get(id) ?? 0) + content.length);
    }
  }

  async #writeIndex(): Promise<void> {
    const memories = Object.fromEntries(this.#memories);
    const runs = [...this.#saved].map(([id, bytes]) => ({ id, bytes }));
    const path = join(this.#folder, 'index.json');
    const text = JSON.stringify({ format: 1, memories, runs });
    await this.#withFolder(() => writeFile(`${path}.new`, text));
    await rename(`${path}.new`, path);
  }

  async #withFolder(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      await mkdir(this.#folder, { recursive: true });
      await write();
    }
  }

  /** Ids are made by whoever asks for a run. */
  #path(id: string): string {
    const isPlain = /^[\w-]{1,80}$/.test(id);
    const name = isPlain ? id : createHash('sha256').update(id).digest('hex').slice(0, 32);
    return join(this.#folder, `${name}.jsonl`);
  }
}

/** What was asked for, and its begin: each may hold a long script. */
async function readHead(file: FileHandle, bytes: number): Promise<Buffer> {
  for (let size = tailBytes; ; size *= 2) {
    const part = await readPart(file, 0, Math.min(size, bytes));
    const end = part.indexOf('\n', part.indexOf('\n') + 1) + 1;
    if (end > 0) return part.subarray(0, end);
    if (size >= bytes) return part;
  }
}

async function readPart(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const part = Buffer.alloc(Math.max(0, to - from));
  await file.read(part, 0, part.length, from);
  return part;
}

function lineOf(record: RunRecord): string {
  return `${JSON.stringify(record)}\n`;
}
