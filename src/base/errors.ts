/**
 * The one error of the workbench. It is made where the outside world is touched; its message is a sentence for
 * the user that says what happened and what to do. Anything else that is thrown is a bug of ours.
 */
export type ErrorCode =
  /** The user's input (an argument, a file) is wrong. */
  | 'invalid'
  /** Something that was asked for is not there. */
  | 'not-found'
  /** Something is there already, and was not to be replaced. */
  | 'exists'
  /** The other side refused: credentials, permissions. */
  | 'denied'
  /** The service does not answer, or not yet. */
  | 'unreachable'
  /** A wait reached its end. */
  | 'timeout'
  /** The user or the caller stopped it. */
  | 'cancelled'
  /** The other side answered with something that we cannot read. */
  | 'protocol'
  /** The data has a feature that we know of and do not support. */
  | 'unsupported'
  /** A port, a lock or a resource is in use by somebody else. */
  | 'conflict'
  /** No space left, or a quota reached. */
  | 'no-space'
  /** The other side reported a failure of its own. */
  | 'failed'
  /** A program that we need (Java, Python) is missing or has the wrong version. */
  | 'missing-tool';

export interface ErrorDetails {
  cause?: unknown;
  /** The last log lines of the process that failed, oldest first. */
  logTail?: readonly string[];
  /** The port that is taken, and the variable that asked for it, where one did. */
  port?: number;
  variable?: string;
  /** HTTP status, where there was one. */
  status?: number;
  /** The other side's own name for the error, such as a Java exception class. */
  remote?: string;
}

export class WorkbenchError extends Error {
  override readonly name = 'WorkbenchError';
  readonly code: ErrorCode;
  readonly details: Omit<ErrorDetails, 'cause'>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const { cause, ...rest } = details;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = rest;
  }
}

/** True for an error of ours, with one of `codes` if any are named. */
export function isWorkbenchError(error: unknown, ...codes: ErrorCode[]): error is WorkbenchError {
  return error instanceof WorkbenchError && (codes.length === 0 || codes.includes(error.code));
}

/** The sentence to show for anything that was thrown. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return String(error);
}

/** The `code` of a Node system error (`ENOENT`), or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
