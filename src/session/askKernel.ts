import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { WorkbenchError, describeError, isWorkbenchError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { pythonText } from './kernelBundle.ts';
import { cancelRequest, executeSilently } from './kernelRequests.ts';
import type { KernelSocket } from './kernelSocket.ts';
import { silentPrefix } from './runLedger.ts';

const interrupt = 'KeyboardInterrupt';
const answerMime = 'application/vnd.medallion.answer+json';

const expressionSchema = v.variant('status', [
  v.object({ status: v.literal('ok'), data: v.record(v.string(), v.unknown()) }),
  v.object({ status: v.literal('error'), ename: v.string(), evalue: v.string() }),
]);
const answerSchema = v.variant('ok', [
  v.object({ ok: v.literal(true), value: v.unknown() }),
  v.object({ ok: v.literal(false), error: v.object({ type: v.string(), message: v.string() }) }),
]);

export interface AskOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  log: Log;
}

/**
 * Asks `medallion_kernel` a question; see pyspark/medallion_kernel/asks.py. Throws `invalid` with the kernel's own
 * sentence, `timeout`, `cancelled`, `unreachable`, or `protocol`.
 */
export async function askKernel(
  socket: KernelSocket,
  name: string,
  args: object,
  options: AskOptions,
): Promise<unknown> {
  const { timeoutMs, signal } = options;
  const deadline = Date.now() + timeoutMs;
  const question = pythonText(JSON.stringify({ name, args }));
  for (;;) {
    const id = silentPrefix + randomUUID();
    try {
      const reply = await executeSilently(socket, '', {
        id,
        timeoutMs: Math.max(1, deadline - Date.now()),
        signal,
        expressions: { answer: `__medallion__.ask(${question})` },
      });
      if (reply.status === 'ok') return readAnswer(reply.user_expressions.answer);
      if (reply.status === 'error')
        throw new WorkbenchError('failed', `The session could not answer: ${reply.ename}: ${reply.evalue}`);
      // A cell before it failed, and took what waited behind it along: asked again.
    } catch (error) {
      if (isWorkbenchError(error, 'timeout', 'cancelled')) void stopRequest(socket, id, options.log);
      if (!isWorkbenchError(error, 'timeout')) throw error;
      const seconds = Math.round(timeoutMs / 1000);
      throw new WorkbenchError(
        'timeout',
        `The session did not answer within ${seconds} s: a cell may be running.`,
        { cause: error },
      );
    }
  }
}

/** Nobody waits for it any more: its Spark jobs need not go on. */
async function stopRequest(socket: KernelSocket, id: string, log: Log): Promise<void> {
  try {
    await cancelRequest(socket, id);
  } catch (error) {
    log.debug(`session: ${describeError(error)}`);
  }
}

function readAnswer(given: unknown): unknown {
  const expression = v.safeParse(expressionSchema, given);
  if (!expression.success) throw unreadable();
  if (expression.output.status === 'error') {
    const { ename, evalue } = expression.output;
    if (ename === interrupt) throw interrupted();
    throw new WorkbenchError('failed', `The session could not answer: ${ename}: ${evalue}`, {
      remote: ename,
    });
  }
  const answer = v.safeParse(answerSchema, expression.output.data[answerMime]);
  if (!answer.success) throw unreadable();
  if (answer.output.ok) return answer.output.value;
  const { type, message } = answer.output.error;
  if (type === interrupt) throw interrupted();
  throw new WorkbenchError('invalid', message, { remote: type });
}

function interrupted(): WorkbenchError {
  return new WorkbenchError('cancelled', 'It was interrupted.');
}

function unreadable(): WorkbenchError {
  return new WorkbenchError('protocol', "The session's answer cannot be read. Restart the session.");
}
