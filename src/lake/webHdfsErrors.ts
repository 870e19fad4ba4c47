import * as v from 'valibot';
import { WorkbenchError, systemErrorCode, type ErrorCode } from '../base/errors.ts';

const remoteException = v.object({
  RemoteException: v.object({
    exception: v.string(),
    javaClassName: v.optional(v.string()),
    message: v.optional(v.nullable(v.string()), ''),
  }),
});

interface Fault {
  code: ErrorCode;
  sentence: string;
}

/**
 * The error for an HTTP answer that is not a success. `action` says what was wanted, for the sentence: `read "/a"`.
 * `server` is who answered.
 */
export function webHdfsError(server: string, action: string, status: number, text: string): WorkbenchError {
  const parsed = v.safeParse(remoteException, parseJson(text));
  if (!parsed.success) return notWebHdfs(server, action, status);
  const { exception, message } = parsed.output.RemoteException;
  // Some messages carry the whole Java stack.
  const line = (message ?? '').split('\n', 1)[0]!.trim();
  const { code, sentence } = explain(exception, line);
  return new WorkbenchError(code, `Could not ${action}: ${sentence}`, { status, remote: exception });
}

function explain(exception: string, message: string): Fault {
  const known = byException[exception];
  if (known) return known(message);
  const like = byMessage.find(([pattern]) => pattern.test(message));
  if (like) return like[1](message);
  return { code: 'failed', sentence: `HDFS says ${exception}: ${message || 'no reason given'}` };
}

const said = (message: string): string => (message ? ` HDFS says: ${message}` : '');
const fault =
  (code: ErrorCode, sentence: string) =>
  (message: string): Fault => ({ code, sentence: sentence + said(message) });

const byException: Record<string, (message: string) => Fault> = {
  FileNotFoundException: (message) =>
    message.startsWith('Path is not a file')
      ? { code: 'invalid', sentence: 'it is a directory.' }
      : { code: 'not-found', sentence: `it does not exist.${said(message)}` },
  NoSuchElementException: fault('not-found', 'it does not exist.'),
  FileAlreadyExistsException: fault('exists', 'it exists already.'),
  AlreadyBeingCreatedException: fault('conflict', 'another program is writing it now; try again later.'),
  RecoveryInProgressException: fault(
    'conflict',
    'HDFS is still closing it after a writer broke off; try again.',
  ),
  LeaseExpiredException: fault('conflict', 'it was removed or taken over while it was written.'),
  PathIsNotEmptyDirectoryException: fault('conflict', 'the directory is not empty.'),
  ParentNotDirectoryException: fault('conflict', 'a part of its path is a file, not a directory.'),
  AccessControlException: fault('denied', 'permission denied.'),
  SecurityException: fault('denied', 'HDFS refused the user.'),
  AuthorizationException: fault('denied', 'HDFS refused the user.'),
  InvalidToken: fault('denied', 'HDFS refused the token.'),
  DSQuotaExceededException: fault(
    'no-space',
    "the directory's space quota is used up; raise it or remove files.",
  ),
  QuotaByStorageTypeExceededException: fault('no-space', "the directory's space quota is used up."),
  NSQuotaExceededException: fault(
    'no-space',
    "the directory's quota of names is used up; raise it or remove files.",
  ),
  InvalidPathException: fault('invalid', 'HDFS does not allow this path.'),
  IllegalArgumentException: fault('invalid', 'HDFS does not accept the request.'),
  HadoopIllegalArgumentException: fault('invalid', 'HDFS does not accept the request.'),
  PathComponentTooLongException: fault('invalid', 'a name in the path is too long.'),
  UnsupportedOperationException: fault('unsupported', 'this HDFS cannot do that.'),
  SafeModeException: fault(
    'unreachable',
    'HDFS is in safe mode and takes no changes, as it does while it starts. If this lasts, its disk may be full.',
  ),
  StandbyException: fault('unreachable', 'this NameNode is a standby; use the address of the active one.'),
  RetriableException: fault('unreachable', 'the NameNode is not ready yet.'),
  NoLiveDatanodeException: fault('unreachable', 'no DataNode is running; start it.'),
};

const noDataNode = fault(
  'unreachable',
  'no running DataNode has it. Is the DataNode started? Just after a start it takes some seconds.',
);
const byMessage: readonly [RegExp, (message: string) => Fault][] = [
  [
    /could only be written to \d+ of the \d+ (minReplication|required) nodes/,
    fault('no-space', 'no DataNode took the data: the DataNode is stopped, or its disk is full.'),
  ],
  [/quota of .* is exceeded/, fault('no-space', 'a quota is used up.')],
  [/No space left on device|DiskOutOfSpaceException/, fault('no-space', "the DataNode's disk is full.")],
  [/Failed to find datanode|No active nodes contain|Could not obtain block|Cannot obtain block/, noDataNode],
  [
    /Failed to (APPEND|append)|lease/,
    fault('conflict', 'another program is writing it now; try again later.'),
  ],
  [
    /must both be directories|cannot be overwritten/,
    fault('conflict', 'one is a file, the other a directory.'),
  ],
  [/destination directory is not empty/, fault('conflict', 'the directory that is there is not empty.')],
  [/is the root|rename destination cannot be/, fault('invalid', 'the root cannot be moved or replaced.')],
  [/is in safe mode|in startup mode/i, fault('unreachable', 'the NameNode is not ready yet.')],
];

function notWebHdfs(server: string, action: string, status: number): WorkbenchError {
  if (status === 401 || status === 403) {
    return new WorkbenchError(
      'denied',
      `Could not ${action}: ${server} wants a login (status ${status}). Only simple authentication by user name works.`,
      { status },
    );
  }
  if (status === 502 || status === 503 || status === 504) {
    return new WorkbenchError(
      'unreachable',
      `Could not ${action}: ${server} is not ready (status ${status}).`,
      {
        status,
      },
    );
  }
  return new WorkbenchError(
    'protocol',
    `Could not ${action}: ${server} answered status ${status} with something that is not WebHDFS. ` +
      "Is that the NameNode's HTTP address?",
    { status },
  );
}

/** The parsed JSON, or undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether the other side certainly did nothing, so that any call may be sent again. */
export function neverStarted(error: unknown): boolean {
  if (!(error instanceof WorkbenchError) || error.code !== 'unreachable') return false;
  if (error.details.remote !== undefined || error.details.status === 503) return true;
  const cause = systemErrorCode(error.cause);
  return cause !== undefined && unconnected.has(cause);
}

const unconnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a call that changes nothing when it is repeated may be sent again. */
export function maybeBroken(error: unknown): boolean {
  return error instanceof WorkbenchError && (error.code === 'unreachable' || error.code === 'timeout');
}

/** For a place that is taken. `what` is there: a path, or "it". */
export function alreadyThere(action: string, what = 'it'): WorkbenchError {
  return new WorkbenchError('exists', `Could not ${action}: ${what} exists already.`);
}
