import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import type { Log, OnProgress } from '../base/log.ts';
import { retryUntil } from '../base/retry.ts';
import type { CancelOptions, FileStatus } from './fileSource.ts';
import { baseName, temporaryPath } from './hdfsPath.ts';
import { statIfThere } from './statIfThere.ts';
import type { WebHdfs } from './webHdfs.ts';
import { alreadyThere, maybeBroken, webHdfsError } from './webHdfsErrors.ts';
import { renameTo } from './webHdfsRename.ts';
import type { Call, WebHdfsRequest } from './webHdfsRequest.ts';
import { upload } from './webHdfsUpload.ts';

export interface WriteOptions extends CancelOptions {
  /** Replace a file that is there, in one step. Without it that fails with `exists`. */
  overwrite?: boolean | undefined;
  /** Octal, such as `640`; default that of the file that is replaced, else as the server has it (644). */
  permission?: string | undefined;
  /** Bytes that `data` must give; for progress, and checked. */
  size?: number | undefined;
  onProgress?: OnProgress | undefined;
}

export interface AppendOptions extends CancelOptions {
  onProgress?: OnProgress | undefined;
}

/** Longest silence of a DataNode during an upload; closing a block may take it a while. */
const uploadTimeoutMs = 60_000;

/** What writes whole files, and adds to them. */
export class WebHdfsWriter {
  readonly #lake: WebHdfs;
  readonly #request: WebHdfsRequest;
  readonly #log: Log;

  constructor(lake: WebHdfs, request: WebHdfsRequest, log: Log) {
    this.#lake = lake;
    this.#request = request;
    this.#log = log;
  }

  /** `path` is clean. See `WebHdfs.write`. */
  async write(path: string, source: Buffer | Readable, options: WriteOptions): Promise<void> {
    const { overwrite = false, permission, signal } = options;
    const action = `write "${path}"`;
    // Found before the upload; the rename below decides.
    const there = await statIfThere(this.#lake, path, { signal });
    if (there?.type === 'DIRECTORY') {
      throw new WorkbenchError('exists', `Could not ${action}: a directory of that name is there.`);
    }
    if (there && !overwrite) throw alreadyThere(action);

    const temporary = temporaryPath(path, randomUUID());
    const call: Call = {
      method: 'PUT',
      op: 'CREATE',
      path: temporary,
      query: {
        overwrite: false,
        permission: permission ?? there?.permission,
        replication: there?.replication,
      },
      action,
      idempotent: false,
      signal,
    };
    try {
      const sent = await this.#send(call, source, options, 201);
      const { length, owner, group } = await this.#lake.stat(temporary, { signal });
      if (length !== sent || (options.size !== undefined && sent !== options.size)) {
        throw new WorkbenchError(
          'failed',
          `Could not ${action}: ${options.size ?? sent} bytes were to be written, ${Math.min(length, sent)} arrived.`,
        );
      }
      if (there && (there.owner !== owner || there.group !== group)) {
        await this.#giveTo(temporary, there, signal);
      }
      await this.#finish(temporary, path, overwrite, signal);
    } catch (error) {
      await this.#removeTemporary(temporary);
      throw error;
    }
  }

  /** Only the superuser may give files away: for others the new file is theirs. */
  async #giveTo(
    path: string,
    { owner, group }: Pick<FileStatus, 'owner' | 'group'>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await this.#lake.setOwner(path, { owner, group }, { signal });
    } catch (error) {
      if (!isWorkbenchError(error, 'denied')) throw error;
      this.#log.debug(`${path} stays the writer's own: ${error.message}`);
    }
  }

  /** `path` is clean. See `WebHdfs.append`. */
  async append(path: string, source: Buffer | Readable, options: AppendOptions): Promise<void> {
    const { signal } = options;
    const action = `append to "${path}"`;
    const before = await this.#lake.stat(path, { signal });
    const call: Call = { method: 'POST', op: 'APPEND', path, action, idempotent: false, signal };
    const sent = await this.#send(call, source, options, 200);
    const after = await this.#lake.stat(path, { signal });
    if (after.length !== before.length + sent) {
      throw new WorkbenchError(
        'failed',
        `Could not ${action}: it should have ${before.length + sent} bytes now and has ${after.length}.`,
      );
    }
  }

  /** The two steps of CREATE and APPEND; gives the bytes sent. Repeats them while no byte of the source is taken. */
  async #send(
    call: Call,
    data: Buffer | Readable,
    options: { size?: number | undefined; onProgress?: OnProgress | undefined },
    expectedStatus: number,
  ): Promise<number> {
    const total = data instanceof Readable ? options.size : data.length;
    const onSent = options.onProgress
      ? (done: number): void =>
          options.onProgress!({
            message: baseName(call.path).replace(/^\.(.*)\._tmp\..*$/, '$1'),
            done,
            unit: 'bytes',
            ...(total !== undefined && { total }),
          })
      : undefined;
    return this.#request.retry(call, async () => {
      const url = await this.#request.locate(call);
      const { method, signal } = call;
      const answer = await upload({
        url,
        method: method as 'PUT' | 'POST',
        data,
        timeoutMs: uploadTimeoutMs,
        onSent,
        signal,
      });
      if (answer.status === expectedStatus) return answer.sent;
      const error = webHdfsError('The HDFS DataNode', call.action, answer.status, answer.text);
      if (!answer.started || error.code !== 'unreachable') throw error;
      // The source is used up, so there is no second try.
      throw new WorkbenchError('failed', error.message, { ...error.details, cause: error });
    });
  }

  /** Puts a complete upload in its place. An answer that was lost on the way is found out by looking. */
  async #finish(
    temporary: string,
    path: string,
    overwrite: boolean,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const action = `write "${path}"`;
    throwIfCancelled(signal);
    try {
      await renameTo(this.#request, temporary, path, { overwrite, action, signal });
    } catch (error) {
      if (isWorkbenchError(error, 'exists', 'conflict')) throw alreadyThere(action);
      if (!maybeBroken(error)) throw error;
      if (await this.#lake.exists(temporary, { signal })) throw error;
      this.#log.debug(`${path} is in its place though the answer to the rename was lost.`);
    }
  }

  /** After a cancel too, hence without its signal. The DataNode may make the file only now: look more than once. */
  async #removeTemporary(path: string): Promise<void> {
    try {
      await retryUntil(
        async () => {
          try {
            await this.#lake.remove(path);
            return true;
          } catch (error) {
            if (isWorkbenchError(error, 'not-found')) return undefined;
            throw error;
          }
        },
        { what: path, timeoutMs: 1_000, intervalMs: 50 },
      );
    } catch (error) {
      this.#log.debug(
        `The temporary file ${path} was not there to remove, or stays: ${(error as Error).message}`,
      );
    }
  }
}
