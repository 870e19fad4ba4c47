import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';

/** What a kernel has answered. Throws `protocol`, with `what` it is, where that does not fit. */
export function readAnswer<T>(schema: v.GenericSchema<unknown, T>, answer: unknown, what: string): T {
  const parsed = v.safeParse(schema, answer);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const where = v.getDotPath(issue) ?? '';
  throw new WorkbenchError('protocol', `${what} cannot be read: ${`${where} ${issue.message}`.trim()}.`);
}
