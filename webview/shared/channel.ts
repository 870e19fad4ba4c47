import * as l10n from '@vscode/l10n';
import * as v from 'valibot';
import { WorkbenchError } from '../../src/base/errors.ts';

/** What answers a request: the host says that it is done, with what was asked for, or why not. */
export type Reply = { kind: 'reply'; id: number } & ({ ok: true } | { ok: false; error: string });

type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

export interface Port {
  postMessage(message: unknown): void;
  /** Tells `hear` of each message that arrives. */
  listen(hear: (message: unknown) => void): void;
}

const answerWithinMs = 60_000;

/** The messages of a page: what arrives is checked, and each request is answered or rejected. */
export class Channel<In extends { kind: string }, Out extends { kind: string; id?: number }> {
  readonly #port: Port;
  readonly #waiting = new Map<number, { resolve: (reply: never) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  /** `hear` gets what is no reply. What does not fit `schema` is dropped, and said in the console. */
  constructor(
    port: Port,
    schema: v.GenericSchema<unknown, In>,
    hear: (message: Exclude<In, { kind: 'reply' }>) => void,
  ) {
    this.#port = port;
    port.listen((message) => {
      const parsed = v.safeParse(schema, message);
      if (!parsed.success) {
        console.error(`A message does not fit: ${v.summarize(parsed.issues)}`);
        return;
      }
      const { output } = parsed;
      if (output.kind === 'reply') this.#settle(output as unknown as Reply);
      else hear(output as Exclude<In, { kind: 'reply' }>);
    });
  }

  say(message: Exclude<Out, { id: number }>): void {
    this.#port.postMessage(message);
  }

  /** Resolves with the answer. Rejects with what the host says, or after `withinMs` (default: a minute). */
  async ask(
    request: Without<Extract<Out, { id: number }>, 'id'>,
    { withinMs = answerWithinMs }: { withinMs?: number } = {},
  ): Promise<Extract<In, { kind: 'reply'; ok: true }>> {
    const id = (this.#lastId += 1);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(() => {
          const sentence = l10n.t('The editor did not answer within {0} s. Try again.', withinMs / 1000);
          reject(new WorkbenchError('timeout', sentence));
        }, withinMs);
        this.#port.postMessage({ ...request, id });
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  #settle(reply: Reply): void {
    const asked = this.#waiting.get(reply.id);
    if (!asked) return;
    if (reply.ok) asked.resolve(reply as never);
    else asked.reject(new WorkbenchError('failed', reply.error));
  }
}

/** A page's window, as far as it is needed: the types of browsers stay out of the unit tests. */
interface Listening {
  addEventListener(type: 'message', hear: (event: { data: unknown }) => void): void;
}

/** The channel to the extension. */
export function hostPort(api: Pick<Port, 'postMessage'>): Port {
  const page = globalThis as unknown as Listening;
  return {
    postMessage: (message) => api.postMessage(message),
    listen: (hear) => page.addEventListener('message', ({ data }) => hear(data)),
  };
}
