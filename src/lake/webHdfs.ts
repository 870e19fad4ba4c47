import { Readable } from 'node:stream';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { silentLog, type Log } from '../base/log.ts';
import type { LakeAddress } from '../stack/connection.ts';
import type {
  CancelOptions,
  FileSource,
  FileStatus,
  ListOptions,
  ListPage,
  ReadOptions,
} from './fileSource.ts';
import { checkPath, isWithin } from './hdfsPath.ts';
import * as answers from './webHdfsAnswers.ts';
import { statIfThere } from './statIfThere.ts';
import { alreadyThere } from './webHdfsErrors.ts';
import { renameTo } from './webHdfsRename.ts';
import { WebHdfsRequest, type Call } from './webHdfsRequest.ts';
import { moveToTrash } from './webHdfsTrash.ts';
import { WebHdfsWriter, type AppendOptions, type WriteOptions } from './webHdfsWriter.ts';

export type { FileStatus, ListPage } from './fileSource.ts';

export type { AppendOptions, WriteOptions } from './webHdfsWriter.ts';

/** Largest file that `read` takes into memory. */
const maxReadBytes = 1024 ** 3;
/**
 * HDFS through the NameNode's WebHDFS. Paths are absolute and not encoded. Every call waits for a server that is
 * starting, up to `retryTimeoutMs` (default 30 s), and throws only errors of ours. Connections to the NameNode are
 * kept; the DataNodes close theirs.
 */
export class WebHdfs implements FileSource {
  readonly address: LakeAddress;
  readonly #request: WebHdfsRequest;
  readonly #log: Log;
  readonly #writer: WebHdfsWriter;

  constructor(
    address: LakeAddress,
    options: { log?: Log; retryTimeoutMs?: number; request?: WebHdfsRequest } = {},
  ) {
    this.address = address;
    this.#log = options.log ?? silentLog;
    this.#request =
      options.request ?? new WebHdfsRequest(address, this.#log, options.retryTimeoutMs ?? 30_000);
    this.#writer = new WebHdfsWriter(this, this.#request, this.#log);
  }

  /** The same lake over the same connections, for callers that wait less or more for a server that is starting. */
  retryingFor(retryTimeoutMs: number): WebHdfs {
    return new WebHdfs(this.address, { log: this.#log, request: this.#request.retryingFor(retryTimeoutMs) });
  }

  /**
   * One page of a directory (1,000 entries unless the server says otherwise). For a file: the file itself. Throws
   * `not-found`.
   */
  async list(path: string, options: ListOptions = {}): Promise<ListPage> {
    const directory = checkPath(path);
    const { startAfter, signal } = options;
    const { DirectoryListing: listing } = await this.#request.json(
      // Documented as `startAfter`, which Hadoop 3.5 passes over: all its parameters are read in lower case.
      this.#get('LISTSTATUS_BATCH', directory, 'list', signal, { startafter: startAfter }),
      answers.directoryListing,
    );
    const entries = listing.partialListing.FileStatuses.FileStatus.map((entry) =>
      answers.toFileStatus(entry, directory),
    );
    const first = entries[0];
    if (
      startAfter !== undefined &&
      first &&
      Buffer.compare(Buffer.from(first.name), Buffer.from(startAfter)) <= 0
    ) {
      // Else whoever lists on would never end.
      throw new WorkbenchError('protocol', `Could not list "${directory}": HDFS gives the same page again.`);
    }
    return { entries, remaining: listing.remainingEntries };
  }

  /** All entries of a directory, page by page. Entries made or removed meanwhile may be there or not. */
  async *listAll(path: string, options: ListOptions = {}): AsyncGenerator<FileStatus, void, undefined> {
    let startAfter = options.startAfter;
    for (;;) {
      const { entries, remaining } = await this.list(path, { startAfter, signal: options.signal });
      yield* entries;
      const last = entries.at(-1);
      if (remaining === 0 || !last) return;
      startAfter = last.name;
    }
  }

  /** Throws `not-found`. */
  async stat(path: string, options: CancelOptions = {}): Promise<FileStatus> {
    const clean = checkPath(path);
    const answer = await this.#request.json(
      this.#get('GETFILESTATUS', clean, 'look up', options.signal),
      answers.fileStatus,
    );
    return answers.toFileStatus(answer.FileStatus, clean);
  }

  async exists(path: string, options: CancelOptions = {}): Promise<boolean> {
    return (await statIfThere(this, path, options)) !== undefined;
  }

  /** A part of a file, or all of it, in memory (at most 1 GiB). Throws `not-found`, `invalid` for a directory. */
  async read(path: string, options: ReadOptions = {}): Promise<Buffer> {
    const clean = checkPath(path);
    // A repeated read gives the same bytes, so a connection that breaks half way is no failure yet.
    return this.#request.retry(this.#get('OPEN', clean, 'read', options.signal), async () => {
      const body = await this.#open(clean, options);
      if (body.length > maxReadBytes) {
        body.cancel();
        throw new WorkbenchError(
          'invalid',
          `"${clean}" is too large to be read into memory (${body.length} bytes); read it in parts.`,
        );
      }
      const whole = Buffer.allocUnsafe(body.length);
      let at = 0;
      for await (const chunk of body.chunks) at += chunk.copy(whole, at);
      return whole;
    });
  }

  /**
   * A part of a file, or all of it, as a stream that reads no faster than it is consumed. It ends with an error if
   * the connection breaks before the last byte.
   */
  async stream(path: string, options: ReadOptions = {}): Promise<Readable> {
    const { chunks } = await this.#open(checkPath(path), options);
    return Readable.from(chunks, { objectMode: false, highWaterMark: 256 * 1024 });
  }

  /**
   * Writes a file: under a temporary name beside it, its length verified, then renamed. So readers see the whole file
   * or none, and a failure or cancel leaves nothing. A file that is replaced passes its permission, replication and, as
   * far as the user may, owner on. Missing directories are made. A stream is destroyed on failure.
   */
  async write(path: string, data: Buffer | string | Readable, options: WriteOptions = {}): Promise<void> {
    const source = typeof data === 'string' ? Buffer.from(data) : data;
    try {
      await this.#writer.write(checkPath(path), source, options);
    } catch (error) {
      if (source instanceof Readable) source.destroy();
      throw error;
    }
  }

  /** Adds to the end of a file. Throws `not-found`. If it fails midway, a part may have been added. */
  async append(path: string, data: Buffer | string | Readable, options: AppendOptions = {}): Promise<void> {
    const source = typeof data === 'string' ? Buffer.from(data) : data;
    try {
      await this.#writer.append(checkPath(path), source, options);
    } catch (error) {
      if (source instanceof Readable) source.destroy();
      throw error;
    }
  }

  /** Makes a directory and those above it; one that is there is no error. */
  async mkdirs(
    path: string,
    options: CancelOptions & { permission?: string | undefined } = {},
  ): Promise<void> {
    const clean = checkPath(path);
    const call = this.#put('MKDIRS', clean, `make the directory "${clean}"`, options.signal, {
      permission: options.permission,
    });
    const { boolean } = await this.#request.json({ ...call, idempotent: true }, answers.yesOrNo);
    if (!boolean) throw new WorkbenchError('failed', `Could not ${call.action}: HDFS did not make it.`);
  }

  /**
   * Gives a file or directory another path, which must not exist unless `overwrite` is set (then: a file or an empty
   * directory). It never moves it into a directory of that name. The directory above must be there.
   */
  async rename(
    from: string,
    to: string,
    options: CancelOptions & { overwrite?: boolean | undefined } = {},
  ): Promise<void> {
    const [source, destination] = [checkPath(from), checkPath(to)];
    const action = `rename "${source}" to "${destination}"`;
    if (isWithin(destination, source)) {
      const why = destination === source ? 'the two are the same' : 'it cannot be moved into itself';
      throw new WorkbenchError('invalid', `Could not ${action}: ${why}.`);
    }
    try {
      await renameTo(this.#request, source, destination, {
        overwrite: options.overwrite ?? false,
        action,
        signal: options.signal,
      });
    } catch (error) {
      // HDFS complains of the kinds before it says that something is there.
      if (
        isWorkbenchError(error, 'conflict') &&
        !options.overwrite &&
        (await this.exists(destination, options))
      ) {
        throw alreadyThere(action, destination);
      }
      throw error;
    }
  }

  /**
   * Removes a file or directory, for good or (`trash`) to the user's trash, from where it can be renamed back. A
   * directory with entries needs `recursive`, else it throws `conflict`. Throws `not-found`.
   */
  async remove(
    path: string,
    options: CancelOptions & { recursive?: boolean | undefined; trash?: boolean | undefined } = {},
  ): Promise<void> {
    const clean = checkPath(path);
    const action = `remove "${clean}"`;
    if (clean === '/') throw new WorkbenchError('invalid', 'The root of the lake cannot be removed.');
    if (options.trash) return moveToTrash(this, this.#request, clean, { ...options, action });
    const call: Call = {
      method: 'DELETE',
      op: 'DELETE',
      path: clean,
      query: { recursive: options.recursive ?? false },
      action,
      idempotent: false,
      signal: options.signal,
    };
    const { boolean } = await this.#request.json(call, answers.yesOrNo);
    if (!boolean) throw new WorkbenchError('not-found', `Could not ${action}: it does not exist.`);
  }

  /** The user's trash for a path: encryption zones have their own. */
  async trashOf(path: string, options: CancelOptions = {}): Promise<string> {
    const call = this.#get('GETTRASHROOT', checkPath(path), 'find the trash of', options.signal);
    return checkPath((await this.#request.json(call, answers.trashRoot)).Path);
  }

  /** `permission` is octal, such as `750` or `1777`. */
  async setPermission(path: string, permission: string, options: CancelOptions = {}): Promise<void> {
    const clean = checkPath(path);
    const action = `set the permission of "${clean}"`;
    if (!/^[01]?[0-7]{3}$/.test(permission)) {
      throw new WorkbenchError('invalid', `Could not ${action}: "${permission}" is not octal, such as 644.`);
    }
    const call = this.#put('SETPERMISSION', clean, action, options.signal, { permission });
    await this.#request.done({ ...call, idempotent: true });
  }

  /** Only the superuser may give a file to somebody else. */
  async setOwner(
    path: string,
    owner: { owner?: string | undefined; group?: string | undefined },
    options: CancelOptions = {},
  ): Promise<void> {
    const clean = checkPath(path);
    const call = this.#put('SETOWNER', clean, `set the owner of "${clean}"`, options.signal, { ...owner });
    await this.#request.done({ ...call, idempotent: true });
  }

  /** Sets how many copies of a file's blocks are kept; the copies are made later. Throws `invalid` for a directory. */
  async setReplication(path: string, replication: number, options: CancelOptions = {}): Promise<void> {
    const clean = checkPath(path);
    const call = this.#put('SETREPLICATION', clean, `set the replication of "${clean}"`, options.signal, {
      replication,
    });
    const { boolean } = await this.#request.json({ ...call, idempotent: true }, answers.yesOrNo);
    if (boolean) return;
    await this.stat(clean, options);
    throw new WorkbenchError(
      'invalid',
      `Could not ${call.action}: it is a directory; only files have copies.`,
    );
  }

  /** Counts and sizes of all below a path. The NameNode walks the whole tree for it: on demand only. */
  async summary(path: string, options: CancelOptions = {}): Promise<answers.ContentSummary> {
    const clean = checkPath(path);
    const call = this.#get('GETCONTENTSUMMARY', clean, 'sum up', options.signal);
    return (await this.#request.json(call, answers.contentSummary)).ContentSummary;
  }

  /** Where the copies of a file's blocks are; empty for a file without bytes. */
  async blocks(path: string, options: CancelOptions = {}): Promise<answers.FileBlock[]> {
    const clean = checkPath(path);
    const call = this.#get('GETFILEBLOCKLOCATIONS', clean, 'look up the blocks of', options.signal);
    return (await this.#request.json(call, answers.blockLocations)).BlockLocations.BlockLocation;
  }

  /** HDFS's own checksum of a file; two files are comparable if algorithm (thus block size) agrees. */
  async checksum(path: string, options: CancelOptions = {}): Promise<answers.FileChecksum> {
    const clean = checkPath(path);
    const call = this.#get('GETFILECHECKSUM', clean, 'check', options.signal);
    return (await this.#request.jsonFromDataNode(call, answers.fileChecksum)).FileChecksum;
  }

  /** Waits for the calls that are under way, then closes the connections. */
  close(): Promise<void> {
    return this.#request.close();
  }

  #get(
    op: string,
    path: string,
    verb: string,
    signal: AbortSignal | undefined,
    query: NonNullable<Call['query']> = {},
  ): Call {
    return { method: 'GET', op, path, query, action: `${verb} "${path}"`, idempotent: true, signal };
  }

  #put(
    op: string,
    path: string,
    action: string,
    signal: AbortSignal | undefined,
    query: NonNullable<Call['query']>,
  ): Call {
    return { method: 'PUT', op, path, query, action, idempotent: false, signal };
  }

  async #open(path: string, options: ReadOptions): Promise<answers.Body> {
    const { offset = 0, length, signal } = options;
    for (const [name, value] of Object.entries({ offset, length })) {
      if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
        throw new WorkbenchError(
          'invalid',
          `Could not read "${path}": ${name} ${value} is not a byte count.`,
        );
      }
    }
    const call = this.#get('OPEN', path, 'read', signal, { offset, length });
    if (length === 0) {
      const { type } = await this.stat(path, { signal });
      if (type === 'DIRECTORY')
        throw new WorkbenchError('invalid', `Could not ${call.action}: it is a directory.`);
      return answers.emptyBody;
    }
    try {
      const { answer, url } = await this.#request.fromDataNode(call);
      return answers.verifiedBody(answer, call.action, (error) => this.#request.fault(error, url, signal));
    } catch (error) {
      // OPEN at or behind the end is refused.
      if (
        offset > 0 &&
        isWorkbenchError(error, 'failed') &&
        /Offset=\d+ out of the range/.test(error.message)
      ) {
        return answers.emptyBody;
      }
      throw error;
    }
  }
}
