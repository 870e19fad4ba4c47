import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';
import type { HttpAnswer } from '../base/http.ts';
import type { FileStatus } from './fileSource.ts';
import { baseName, joinPath } from './hdfsPath.ts';

const bytes = v.pipe(v.number(), v.minValue(0));

const status = v.object({
  pathSuffix: v.string(),
  type: v.picklist(['FILE', 'DIRECTORY', 'SYMLINK']),
  length: bytes,
  owner: v.string(),
  group: v.string(),
  permission: v.string(),
  replication: v.number(),
  blockSize: v.number(),
  modificationTime: v.number(),
  childrenNum: v.optional(v.number(), 0),
});

export const fileStatus = v.object({ FileStatus: status });

export const directoryListing = v.object({
  DirectoryListing: v.object({
    partialListing: v.object({ FileStatuses: v.object({ FileStatus: v.array(status) }) }),
    remainingEntries: v.number(),
  }),
});

export const yesOrNo = v.object({ boolean: v.boolean() });

export const trashRoot = v.object({ Path: v.string() });

export const contentSummary = v.object({
  ContentSummary: v.object({
    directoryCount: v.number(),
    fileCount: v.number(),
    /** Bytes of the files. */
    length: v.number(),
    /** Bytes on the disks: with all copies. */
    spaceConsumed: v.number(),
    /** Most names, -1 for any number. */
    quota: v.optional(v.number(), -1),
    /** Most bytes on the disks, -1 for any number. */
    spaceQuota: v.optional(v.number(), -1),
  }),
});
export type ContentSummary = v.InferOutput<typeof contentSummary>['ContentSummary'];

export const fileChecksum = v.object({
  FileChecksum: v.object({ algorithm: v.string(), bytes: v.string(), length: v.number() }),
});
export type FileChecksum = v.InferOutput<typeof fileChecksum>['FileChecksum'];

const fileBlock = v.object({
  /** Bytes from the file's start. */
  offset: bytes,
  /** Bytes. */
  length: bytes,
  /** Every copy is damaged. */
  corrupt: v.boolean(),
  /** DataNodes with a copy, `host:port`. */
  names: v.array(v.string()),
  storageTypes: v.optional(v.array(v.string()), []),
});
export type FileBlock = v.InferOutput<typeof fileBlock>;

export const blockLocations = v.object({ BlockLocations: v.object({ BlockLocation: v.array(fileBlock) }) });

/** `path` is what was asked: the entry itself, or the directory that it is in. */
export function toFileStatus(entry: v.InferOutput<typeof status>, path: string): FileStatus {
  const whole = joinPath(path, entry.pathSuffix);
  return {
    path: whole,
    name: baseName(whole),
    type: entry.type === 'DIRECTORY' ? 'DIRECTORY' : 'FILE',
    length: entry.length,
    owner: entry.owner,
    group: entry.group,
    permission: entry.permission,
    replication: entry.replication,
    blockSize: entry.blockSize,
    modificationTime: entry.modificationTime,
    childrenNum: entry.childrenNum,
  };
}

/** The body of an OPEN: exactly `length` bytes, or an error. */
export interface Body {
  length: number;
  chunks: AsyncIterable<Buffer>;
  /** Drops the connection, for a body that is not wanted after all. */
  cancel(): void;
}

export const emptyBody: Body = { length: 0, chunks: none(), cancel: () => {} };

// eslint-disable-next-line @typescript-eslint/require-await
async function* none(): AsyncGenerator<Buffer, void, undefined> {
  yield* [];
}

/** Checks the bytes against Content-Length, which a DataNode gives exactly. `fault` maps a broken connection. */
export function verifiedBody(
  answer: HttpAnswer,
  action: string,
  fault: (error: unknown) => WorkbenchError,
): Body {
  const length = Number(answer.headers['content-length'] ?? NaN);
  const cancel = (): void => {
    answer.body.on('error', () => {});
    answer.body.destroy();
  };
  if (!Number.isSafeInteger(length)) {
    cancel();
    throw new WorkbenchError(
      'protocol',
      `Could not ${action}: the DataNode did not say how long the answer is.`,
    );
  }
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    let received = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        received += chunk.length;
        if (received > length) break;
        yield chunk;
      }
    } catch (error) {
      throw fault(error);
    }
    if (received !== length) {
      throw new WorkbenchError(
        'unreachable',
        `Could not ${action}: the DataNode gave ${received} of ${length} bytes and then broke off.`,
      );
    }
  }
  return { length, chunks: chunks(), cancel };
}
