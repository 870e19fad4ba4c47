import { open, type FileHandle } from 'node:fs/promises';
import { systemErrorCode } from '../../base/errors.ts';

/** A longer line is given in pieces, so that a program without line ends cannot fill the memory. */
const maxLineBytes = 1024 * 1024;
const chunkBytes = 64 * 1024;

export function logName(service: string, replica: number): string {
  return `${service}-${replica}.log`;
}

/** The service and replica of a log file's name. */
export function parseLogName(name: string): { service: string; replica: number } | undefined {
  const match = /^(.+)-(\d+)\.log$/.exec(name);
  return match ? { service: match[1]!, replica: Number(match[2]) } : undefined;
}

/** Splits bytes into lines of text; keeps what follows the last line end for later. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): string[] {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const lines: string[] = [];
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
      lines.push(textOf(data.subarray(0, end)));
      data = data.subarray(end + 1);
    }
    while (data.length > maxLineBytes) {
      lines.push(textOf(data.subarray(0, maxLineBytes)));
      data = data.subarray(maxLineBytes);
    }
    this.#rest = Buffer.from(data);
    return lines;
  }

  /** The unfinished line, if there is one. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length > 0 ? [textOf(rest)] : [];
  }
}

function textOf(line: Buffer): string {
  const end = line.at(-1) === 13 ? line.length - 1 : line.length;
  return line.toString('utf8', 0, end);
}

/** The offset at which the last `lines` lines of a file begin; an unfinished line counts. */
export async function tailStart(file: FileHandle, lines: number, from = 0): Promise<number> {
  const { size } = await file.stat();
  const first = Math.min(from, size);
  if (lines <= 0) return size;
  let found = 0;
  const buffer = Buffer.alloc(chunkBytes);
  for (let end = size; end > first;) {
    const start = Math.max(first, end - chunkBytes);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      // The last byte's line end finishes the last line, it does not begin another.
      if (buffer[at] !== 10 || start + at === size - 1) continue;
      found += 1;
      if (found === lines) return start + at + 1;
    }
    end = start;
  }
  return first;
}

/** The last lines of a file from the offset `from` on; none where it does not exist. */
export async function tailOf(path: string, lines: number, from = 0): Promise<string[]> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    const start = await tailStart(file, lines, from);
    const { size } = await file.stat();
    const splitter = new LineSplitter();
    const found: string[] = [];
    const buffer = Buffer.alloc(chunkBytes);
    for (let at = start; at < size;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(chunkBytes, size - at), at);
      if (bytesRead === 0) break;
      found.push(...splitter.push(buffer.subarray(0, bytesRead)));
      at += bytesRead;
    }
    return [...found, ...splitter.flush()];
  } finally {
    await file.close();
  }
}
