import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { WorkbenchError, describeError, systemErrorCode } from '../../base/errors.ts';
import { formatBytes, plainText } from '../../base/format.ts';
import type { FileStatus, WebHdfs } from '../../lake/webHdfs.ts';
import type { Cli } from '../cli.ts';

const pageOfEntries = 1_000;

export function addLakeCommands(program: Command, cli: Cli): void {
  program
    .command('ls')
    .description('list a directory of the lake')
    .argument('[path]', 'a path, or a name below the lake root such as gold', '/data')
    .option('--json', 'as JSON lines, one entry each')
    .option('--limit <n>', 'at most so many entries', wholeNumber)
    .action(async (path: string, options: { json?: boolean; limit?: number }) => {
      const lake = await cli.lake();
      const target = lakePath(path);
      const status = await lake.stat(target, { signal: cli.signal });
      const entries = status.type === 'FILE' ? only(status) : lake.listAll(target, { signal: cli.signal });
      await list(cli, entries, options);
    });

  program
    .command('cat')
    .description('print a file of the lake')
    .argument('<path>')
    .option('--bytes <range>', 'only these bytes, such as 0-99 or 1000-', byteRange)
    .action(async (path: string, { bytes }: { bytes?: { offset: number; length?: number } }) => {
      const lake = await cli.lake();
      const stream = await lake.stream(lakePath(path), { ...bytes, signal: cli.signal });
      for await (const chunk of stream as AsyncIterable<Buffer>) await cli.terminal.write(chunk);
    });

  program
    .command('head')
    .description('first rows of a Delta or Parquet table, read from its files without Spark')
    .argument('<table>', 'a table such as gold/deliveriescount')
    .option('-n, --rows <n>', 'how many rows', wholeNumber, 10)
    .option('--json', 'as JSON')
    .action(async (path: string, options: { rows: number; json?: boolean }) => {
      const { openTable } = await import('../../lake/table.ts');
      const table = await openTable(await cli.lake(), lakePath(path));
      const rows = await table.head(options.rows, { signal: cli.signal });
      const { format, version, bytes } = table;
      if (options.json) {
        cli.terminal.json({
          path: table.path,
          format,
          version,
          rows: table.rows,
          bytes,
          columns: table.columns,
          head: rows,
        });
        return;
      }
      const names = table.columns.map((column) => column.name);
      cli.terminal.table(
        names,
        rows.map((row) => names.map((name) => cellText(row[name]))),
      );
      const count = table.rows === undefined ? '' : `${table.rows.toLocaleString('en-US')} rows, `;
      const which = version === undefined ? format : `${format} version ${version}`;
      cli.terminal.note(cli.terminal.dim(`${table.path}: ${count}${formatBytes(bytes)}, ${which}`));
    });

  program
    .command('put')
    .description('copy a local file into the lake')
    .argument('<file>')
    .argument('<path>', 'the new file, or a directory that is there')
    .option('-f, --force', 'replace the file if it is there')
    .action(async (file: string, path: string, { force }: { force?: boolean }) => {
      const lake = await cli.lake();
      const size = await localSize(cli.fromWorkspace(file));
      const target = await inDirectory(lake, lakePath(path), basename(file), cli.signal);
      await cli.withProgress((onProgress) =>
        lake.write(target, createReadStream(cli.fromWorkspace(file)), {
          overwrite: force === true,
          size,
          onProgress,
          signal: cli.signal,
        }),
      );
      cli.terminal.ok(`${target}, ${formatBytes(size)}`);
    });

  program
    .command('get')
    .description('copy a file of the lake to this machine')
    .argument('<path>')
    .argument('[file]', 'where to (default: its own name, here)')
    .option('-f, --force', 'replace the file if it is there')
    .action(async (path: string, file: string | undefined, { force }: { force?: boolean }) => {
      const source = lakePath(path);
      const target = cli.fromWorkspace(file ?? posix.basename(source));
      await download(
        cli,
        source,
        (await isDirectory(target)) ? join(target, posix.basename(source)) : target,
        force === true,
      );
    });

  program
    .command('mkdir')
    .description('make a directory of the lake, and its parents')
    .argument('<path>')
    .action(async (path: string) => {
      await (await cli.lake()).mkdirs(lakePath(path), { signal: cli.signal });
    });

  program
    .command('mv')
    .description('rename or move a file or directory of the lake')
    .argument('<from>')
    .argument('<to>', 'the new path, or a directory that is there')
    .option('-f, --force', 'replace the target if it is there')
    .action(async (from: string, to: string, { force }: { force?: boolean }) => {
      const lake = await cli.lake();
      const source = lakePath(from);
      const target = await inDirectory(lake, lakePath(to), posix.basename(source), cli.signal);
      await lake.rename(source, target, { overwrite: force === true, signal: cli.signal });
    });

  program
    .command('rm')
    .description('move a file or directory of the lake to the trash')
    .argument('<path>')
    .option('-r, --recursive', 'a directory, with all that is in it')
    .option('--skip-trash', 'for good; asks first on a terminal')
    .option('-y, --yes', 'do not ask')
    .action(async (path: string, options: { recursive?: boolean; skipTrash?: boolean; yes?: boolean }) => {
      const target = lakePath(path);
      const question = `Remove ${plainText(target)} for good?`;
      if (options.skipTrash && !options.yes && !(await cli.terminal.confirm(question, cli.signal))) {
        throw new WorkbenchError('cancelled', `${target} was kept: removing for good needs a yes, or --yes.`);
      }
      await (
        await cli.lake()
      ).remove(target, {
        recursive: options.recursive === true,
        trash: options.skipTrash !== true,
        signal: cli.signal,
      });
    });
}

/** `gold/x` is below the lake root; `hdfs://…/x` and `/x` are absolute. */
export function lakePath(path: string): string {
  const local = path.replace(/^hdfs:\/\/[^/]*/, '');
  return posix.normalize(local.startsWith('/') ? local : `/data/${local}`).replace(/(.)\/$/, '$1');
}

async function* only<T>(item: T): AsyncIterable<T> {
  yield await Promise.resolve(item);
}

async function list(
  cli: Cli,
  entries: AsyncIterable<FileStatus>,
  options: { json?: boolean; limit?: number },
): Promise<void> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let page: FileStatus[] = [];
  const flush = (): void => {
    if (page.length > 0) printPage(cli, page);
    page = [];
  };
  for await (const entry of entries) {
    if (left-- <= 0) break;
    if (options.json) await cli.terminal.write(`${JSON.stringify(entry)}\n`);
    else page.push(entry);
    if (page.length === pageOfEntries) flush();
  }
  flush();
}

function printPage(cli: Cli, page: readonly FileStatus[]): void {
  cli.terminal.table(
    ['permission', 'owner', 'size', 'modified', 'name'],
    page.map((entry) => [
      (entry.type === 'DIRECTORY' ? 'd' : '-') + entry.permission,
      entry.owner,
      entry.type === 'DIRECTORY' ? '' : formatBytes(entry.length),
      new Date(entry.modificationTime).toISOString().slice(0, 16).replace('T', ' '),
      entry.name + (entry.type === 'DIRECTORY' ? '/' : ''),
    ]),
  );
}

async function localSize(file: string): Promise<number> {
  try {
    const info = await stat(file);
    if (info.isFile()) return info.size;
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw new WorkbenchError('not-found', `There is no file ${file}.`, { cause: error });
  }
  throw new WorkbenchError('invalid', `${file} is not a file; put copies one file at a time.`);
}

async function inDirectory(lake: WebHdfs, path: string, name: string, signal: AbortSignal): Promise<string> {
  if (!(await lake.exists(path, { signal }))) return path;
  const status = await lake.stat(path, { signal });
  return status.type === 'DIRECTORY' ? posix.join(path, name) : path;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Downloads beside the target and renames, so that a broken download never stands under the file's name. */
async function download(cli: Cli, source: string, target: string, force: boolean): Promise<void> {
  const lake = await cli.lake();
  const status = await lake.stat(source, { signal: cli.signal });
  if (status.type === 'DIRECTORY')
    throw new WorkbenchError('invalid', `${source} is a directory; get copies one file.`);
  if (!force && (await stat(target).then(Boolean, () => false))) {
    throw new WorkbenchError('exists', `${target} is there already; --force replaces it.`);
  }
  const partial = `${target}.part-${process.pid}`;
  try {
    await cli.withProgress(async (onProgress) => {
      const stream = await lake.stream(source, { signal: cli.signal });
      let done = 0;
      stream.on('data', (chunk: Buffer) => {
        done += chunk.length;
        onProgress({ message: posix.basename(source), done, total: status.length, unit: 'bytes' });
      });
      await pipeline(stream, createWriteStream(partial), { signal: cli.signal });
    });
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    if (systemErrorCode(error) === 'ENOSPC') {
      throw new WorkbenchError('no-space', `No space left for ${target} (${formatBytes(status.length)}).`, {
        cause: error,
      });
    }
    if (systemErrorCode(error)?.startsWith('E')) {
      throw new WorkbenchError('failed', `${target} could not be written: ${describeError(error)}.`, {
        cause: error,
      });
    }
    throw error;
  }
  cli.terminal.ok(`${target}, ${formatBytes(status.length)}`);
}

/** One cell as text: nested values as JSON, times in UTC, bytes by their number. */
function cellText(value: unknown): string | number {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value);
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? v.toString() : v));
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new WorkbenchError('invalid', `"${text}" is not a whole number.`);
  }
  return value;
}

function byteRange(text: string): { offset: number; length?: number } {
  const match = /^(\d+)-(\d*)$/.exec(text);
  if (!match) throw new WorkbenchError('invalid', `"${text}" is not a byte range such as 0-99 or 1000-.`);
  const offset = wholeNumber(match[1]!);
  if (match[2] === '') return { offset };
  const last = wholeNumber(match[2]!);
  if (last < offset) throw new WorkbenchError('invalid', `The byte range ${text} ends before it starts.`);
  return { offset, length: last - offset + 1 };
}
