import * as v from 'valibot';
import { describeError } from '../../../base/errors.ts';
import type { Log, OnProgress } from '../../../base/log.ts';
import { parseProvisionLine } from '../../provision.ts';
import { decodeTrace, type BuildKitTrace } from './buildKitTrace.ts';

/** One message of the engine's answer to `/build`, of either builder. */
const messageSchema = v.object({
  stream: v.optional(v.string()),
  status: v.optional(v.string()),
  id: v.optional(v.string()),
  progressDetail: v.optional(
    v.nullable(v.object({ current: v.optional(v.number()), total: v.optional(v.number()) })),
  ),
  error: v.optional(v.string()),
  errorDetail: v.optional(
    v.nullable(v.object({ message: v.optional(v.string()), code: v.optional(v.number()) })),
  ),
  aux: v.optional(v.union([v.string(), v.object({ ID: v.optional(v.string()) })])),
});

/** How a build ended that failed. */
export interface BuildFailure {
  /** The engine's words. */
  message: string;
  /** "step 13 of 42: RUN make", where it was in one. */
  step: string | undefined;
  /** What our provisioning said, where it was that which failed. */
  provision: { error: string; code: string } | undefined;
  /** The last lines of the failing step's output. */
  tail: string[];
}

const tailLines = 60;
/** Between two reports of bytes. */
const intervalMs = 200;
const longestLine = 2000;

/** A stage's step as BuildKit names it: "[lakehouse 3/7] RUN make", "[2/5] COPY a b", "[base 1/4] FROM debian". */
const stepName = /^\[(?:[^\]]+ )?\d+\/\d+\] /;

/**
 * Reads what the engine says while it builds, from the classic builder ("Step 7/15 : RUN …" and plain output) or from
 * BuildKit, and tells it as progress by steps, and by bytes where a step has some.
 */
export class BuildProgress {
  readonly #what: string;
  readonly #onProgress: OnProgress | undefined;
  readonly #log: Log;
  #imageId: string | undefined;
  #failure: string | undefined;
  #provisionError: { error: string; code: string } | undefined;
  #step: { number: number; total: number; text: string } | undefined;
  #partial = '';
  #sentAt = 0;
  #tail: string[] = [];
  readonly #vertexes = new Map<
    string,
    { name: string; completed: boolean; tail: string[]; partial: string }
  >();
  #failedVertex: string | undefined;
  readonly #layers = new Map<string, { current: number; total: number }>();

  /** `what` is the image in the person's words: "medallion-workbench-lakehouse:0.1.0". */
  constructor(what: string, options: { onProgress?: OnProgress | undefined; log: Log }) {
    this.#what = what;
    this.#onProgress = options.onProgress;
    this.#log = options.log;
  }

  /** The id of the image that was made, once it is. */
  get imageId(): string | undefined {
    return this.#imageId;
  }

  /** Set once the engine reported an error. */
  get failure(): BuildFailure | undefined {
    if (this.#failure === undefined) return undefined;
    const vertex = this.#failedVertex === undefined ? undefined : this.#vertexes.get(this.#failedVertex);
    const step = this.#step && `step ${this.#step.number} of ${this.#step.total}: ${this.#step.text}`;
    return {
      message: this.#failure,
      step: vertex?.name ?? step,
      provision: this.#provisionError,
      tail: vertex?.tail ?? this.#tail,
    };
  }

  /** The bytes of the context that were sent. */
  sent(done: number, total: number): void {
    if (this.#step) return;
    const now = Date.now();
    if (now - this.#sentAt < intervalMs && done < total) return;
    this.#sentAt = now;
    this.#onProgress?.({
      message: `Building ${this.#what}: sending its files`,
      done: Math.min(done, total),
      total,
      unit: 'bytes',
    });
  }

  /** One message of the engine. */
  take(value: unknown): void {
    const parsed = v.safeParse(messageSchema, value);
    if (!parsed.success)
      return this.#log.debug(`The engine said ${JSON.stringify(value).slice(0, longestLine)}`);
    const message = parsed.output;
    if (message.stream !== undefined) this.#output(message.stream);
    if (message.error !== undefined) {
      this.#output('\n');
      this.#failure = message.errorDetail?.message ?? message.error;
    }
    if (typeof message.aux === 'object' && message.aux.ID !== undefined) this.#imageId = message.aux.ID;
    if (typeof message.aux === 'string' && message.id === 'moby.buildkit.trace') {
      try {
        this.#trace(decodeTrace(Buffer.from(message.aux, 'base64')));
      } catch (error) {
        // Only what is shown is lost.
        this.#log.debug(`BuildKit's progress cannot be read: ${describeError(error)}`);
      }
    } else if (message.status !== undefined && message.id !== undefined) {
      this.#layer(message.id, message.status, message.progressDetail ?? undefined);
    }
  }

  #output(text: string): void {
    const lines = splitLines(this.#partial + text);
    this.#partial = lines.rest;
    for (const line of lines.whole) this.#line(line);
  }

  #line(line: string): void {
    this.#log.debug(line);
    const step = /^Step (\d+)\/(\d+) : (.*)$/.exec(line);
    if (step) {
      this.#step = { number: Number(step[1]), total: Number(step[2]), text: shortened(step[3]!) };
      this.#tail = [];
      this.#layers.clear();
      return this.#report(this.#step.text);
    }
    if (/^ ---> (Using cache|Running in )?/.test(line)) return;
    this.#keep(this.#tail, line);
  }

  #keep(tail: string[], line: string): void {
    const provision = line.startsWith('{') ? parseProvisionLine(line) : undefined;
    if (!provision) {
      if (line.trim() === '') return;
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
    } else if ('error' in provision) this.#provisionError = provision;
    else if ('warning' in provision) this.#log.warn(provision.warning);
    else if ('message' in provision) {
      const { message, done, total, unit } = provision;
      this.#onProgress?.({
        message: `Building ${this.#what}: ${message}`,
        ...(done === undefined ? {} : { done }),
        ...(total === undefined ? {} : { total }),
        ...(unit === undefined ? {} : { unit }),
      });
    }
  }

  #report(text: string): void {
    const { number, total } = this.#step!;
    this.#onProgress?.({
      message: `Building ${this.#what}: step ${number} of ${total}: ${text}`,
      done: number - 1,
      total,
      unit: 'steps',
    });
  }

  /** A layer of a base image that is pulled on the way. */
  #layer(
    id: string,
    status: string,
    detail: { current?: number | undefined; total?: number | undefined } | undefined,
  ): void {
    if (status !== 'Downloading' || detail?.total === undefined) return;
    this.#layers.set(id, { current: detail.current ?? 0, total: detail.total });
    this.#bytes('getting its base image');
  }

  #bytes(what: string): void {
    let [done, total] = [0, 0];
    for (const layer of this.#layers.values()) {
      done += layer.current;
      total += layer.total;
    }
    this.#onProgress?.({ message: `Building ${this.#what}: ${what}`, done, total, unit: 'bytes' });
  }

  #trace(trace: BuildKitTrace): void {
    for (const { digest, name, completed, started, error } of trace.vertexes) {
      const known = this.#vertexes.get(digest) ?? { name, completed: false, tail: [], partial: '' };
      this.#vertexes.set(digest, known);
      if (error !== '' && !error.startsWith('context canceled')) this.#failedVertex = digest;
      if (known.completed || !stepName.test(name)) continue;
      known.completed = completed;
      if (started || completed) this.#reportVertex(name);
    }
    for (const { id, vertex, current, total } of trace.transfers) {
      if (total <= 0 || !stepName.test(this.#vertexes.get(vertex)?.name ?? '')) continue;
      this.#layers.set(id, { current, total });
      this.#bytes('getting its base image');
    }
    for (const { vertex, text } of trace.logs) {
      const known = this.#vertexes.get(vertex);
      if (!known) continue;
      const lines = splitLines(known.partial + text.toString('utf8'));
      known.partial = lines.rest;
      for (const line of lines.whole) {
        this.#log.debug(line);
        this.#keep(known.tail, line);
      }
    }
  }

  #reportVertex(name: string): void {
    const steps = [...this.#vertexes.values()].filter((vertex) => stepName.test(vertex.name));
    this.#step = {
      number: steps.filter((vertex) => vertex.completed).length + 1,
      total: steps.length,
      text: shortened(name.replace(stepName, '')),
    };
    this.#step.number = Math.min(this.#step.number, this.#step.total);
    this.#report(this.#step.text);
  }
}

/** Whole lines without colours; of a line that was written over with "\r", what stands there last. */
function splitLines(text: string): { whole: string[]; rest: string } {
  const lines = text.split('\n');
  const rest = lines.pop()!;
  const whole = lines.map((line) => {
    // eslint-disable-next-line no-control-regex -- the engine colours what a step writes to its standard error
    const plain = line.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').replace(/\r$/, '');
    return plain.slice(plain.lastIndexOf('\r') + 1).slice(0, longestLine);
  });
  return { whole, rest: rest.slice(-longestLine) };
}

/** An instruction on one short line. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}
