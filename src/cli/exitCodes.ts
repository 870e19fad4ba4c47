import { WorkbenchError, type ErrorCode } from '../base/errors.ts';

/**
 * Exit codes for scripts, listed in `medallion --help`. `run` ends with the script's own code where it has one.
 */
export const exitCodes = {
  ok: 0,
  /** The job failed, or gold differs from the source. */
  failed: 1,
  /** Wrong arguments or a wrong file. */
  usage: 2,
  notFound: 3,
  /** The stack, or a service of it, does not answer. */
  unreachable: 4,
  timeout: 5,
  denied: 6,
  /** Java or Python is missing. */
  missingTool: 7,
  /** Ctrl-C. */
  cancelled: 130,
} as const;

const byError: Partial<Record<ErrorCode, number>> = {
  invalid: exitCodes.usage,
  unsupported: exitCodes.usage,
  'not-found': exitCodes.notFound,
  unreachable: exitCodes.unreachable,
  timeout: exitCodes.timeout,
  denied: exitCodes.denied,
  'missing-tool': exitCodes.missingTool,
  cancelled: exitCodes.cancelled,
};

export function exitCodeOf(error: unknown): number {
  return error instanceof WorkbenchError ? (byError[error.code] ?? exitCodes.failed) : exitCodes.failed;
}
