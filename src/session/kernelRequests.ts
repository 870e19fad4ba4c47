import * as v from 'valibot';
import type { Replayed } from './eventOrder.ts';
import type { NumberedMessage } from './kernelMessage.ts';
import type { KernelSocket, SocketMessage } from './kernelSocket.ts';
import { readAnswer } from './readAnswer.ts';
import type { RunRequest, SessionFacts } from './sessionTypes.ts';

/** What a kernel says of itself. */
export interface KernelState {
  /** Of this process of the kernel. */
  incarnation: string;
  /** How its messages name their sender. */
  sender: string;
  /** The number of its newest message. */
  last: number;
  /** The request that it is at, and whether that is no run of a person's. */
  busy?: string;
  isSilent: boolean;
  about: Omit<SessionFacts, 'kernelId' | 'incarnation'>;
}

interface Waiting {
  signal?: AbortSignal | undefined;
  timeoutMs?: number;
}

const maybe = <T extends v.GenericSchema>(schema: T) => v.nullish(schema);

const stateSchema = v.object({
  incarnation: v.string(),
  last: v.number(),
  busy: maybe(v.string()),
  silent: v.optional(v.boolean(), false),
  applicationId: maybe(v.string()),
  ui: maybe(v.string()),
  sparkError: maybe(v.string()),
  memory: maybe(
    v.object({ rssBytes: v.number(), limitBytes: maybe(v.number()), availableBytes: maybe(v.number()) }),
  ),
});

const replaySchema = v.object({
  first: v.number(),
  last: v.number(),
  messages: v.array(
    v.object({
      seq: v.number(),
      type: v.string(),
      parent: maybe(v.string()),
      content: v.unknown(),
      metadata: v.unknown(),
    }),
  ),
  more: v.boolean(),
});

const executeSchema = v.variant('status', [
  v.object({
    status: v.literal('ok'),
    user_expressions: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
  v.object({ status: v.literal('error'), ename: v.string(), evalue: v.string() }),
  // ipykernel says `abort` in some versions, as the protocol once did.
  v.object({ status: v.picklist(['aborted', 'abort']) }),
]);
export type ExecuteReply = v.InferOutput<typeof executeSchema>;

/** Of one answer to a replay. */
const replayBytes = 4 * 1024 * 1024;
const controlTimeoutMs = 30_000;
const ofKernel = "The kernel's answer";

/** Throws what `KernelSocket.request` throws, or `protocol`. */
export async function readKernelState(socket: KernelSocket, waiting: Waiting = {}): Promise<KernelState> {
  return kernelState(await control(socket, 'medallion_state_request', {}, waiting));
}

/**
 * The state of the kernel; undefined for a bare one that nobody has begun a session in, which leaves our request without
 * an answer and answers the one that every kernel knows.
 */
export async function findKernelState(
  socket: KernelSocket,
  waiting: Waiting = {},
): Promise<KernelState | undefined> {
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, ...(waiting.signal ? [waiting.signal] : [])]);
  const asked = { ...waiting, signal };
  const replies = [
    control(socket, 'medallion_state_request', {}, asked),
    control(socket, 'kernel_info_request', {}, asked).then(() => undefined),
  ];
  try {
    const first = await Promise.race(replies);
    return first && kernelState(first);
  } finally {
    done.abort();
    await Promise.allSettled(replies);
  }
}

/** What the kernel has published after the message `after`, as much as fits into one answer. */
export async function replay(
  socket: KernelSocket,
  after: number,
  waiting: Waiting = {},
): Promise<Replayed<NumberedMessage>> {
  const content = { after, maxBytes: replayBytes };
  const reply = await control(socket, 'medallion_replay_request', content, waiting);
  const { messages, ...about } = readAnswer(replaySchema, reply.content, ofKernel);
  return { ...about, messages: messages.map((message) => ({ ...message, parent: message.parent ?? '' })) };
}

/** Ends the Spark jobs of a request that nobody waits for any more, if the kernel is at it. */
export async function cancelRequest(socket: KernelSocket, id: string): Promise<void> {
  await control(socket, 'medallion_cancel_request', { id }, {});
}

/** Queues a run of a person's; gives its id. Throws what `KernelSocket.send` throws. */
export function execute(socket: KernelSocket, { code, language, into }: RunRequest): string {
  return socket.send('shell', 'execute_request', {
    code: language === 'sql' ? `%%sql ${into ?? ''}`.trimEnd() + `\n${code}` : code,
    silent: false,
    store_history: true,
    allow_stdin: false,
    stop_on_error: true,
    user_expressions: {},
  });
}

/**
 * Runs code that is no run of a person's: it shows nowhere, and leaves no history. `expressions`: name -> expression
 * whose value is in the reply.
 */
export async function executeSilently(
  socket: KernelSocket,
  code: string,
  options: {
    id: string;
    timeoutMs: number;
    signal?: AbortSignal | undefined;
    expressions?: Record<string, string>;
  },
): Promise<ExecuteReply> {
  const { expressions = {}, ...waiting } = options;
  const content = {
    code,
    silent: true,
    store_history: false,
    allow_stdin: false,
    stop_on_error: false,
    user_expressions: expressions,
  };
  const reply = await socket.request('shell', 'execute_request', content, {
    ...waiting,
    what: 'The session',
  });
  return readAnswer(executeSchema, reply.content, ofKernel);
}

function kernelState(reply: SocketMessage): KernelState {
  const state = readAnswer(stateSchema, reply.content, ofKernel);
  return {
    incarnation: state.incarnation,
    sender: reply.sender,
    last: state.last,
    ...unlessNull('busy', state.busy),
    isSilent: state.silent,
    about: {
      ...unlessNull('applicationId', state.applicationId),
      ...unlessNull('ui', state.ui),
      ...unlessNull('sparkError', state.sparkError),
      ...unlessNull(
        'memory',
        state.memory && {
          rssBytes: state.memory.rssBytes,
          ...unlessNull('limitBytes', state.memory.limitBytes),
          ...unlessNull('availableBytes', state.memory.availableBytes),
        },
      ),
    },
  };
}

function unlessNull<K extends string, T>(key: K, value: T | null | undefined): Partial<Record<K, T>> {
  return value == null ? {} : ({ [key]: value } as Record<K, T>);
}

function control(
  socket: KernelSocket,
  type: string,
  content: Readonly<Record<string, unknown>>,
  { signal, timeoutMs = controlTimeoutMs }: Waiting,
): Promise<SocketMessage> {
  return socket.request('control', type, content, { signal, timeoutMs, what: 'The kernel' });
}
