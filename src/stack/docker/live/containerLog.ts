import type { IncomingMessage } from 'node:http';
import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import type { LogLine } from '../../engine.ts';
import { askEngine, clockOf, engineFault, openStream, readAnswer } from '../connect/engineRequest.ts';
import { Pause, defaultGiveUpMs, engineLost } from './events.ts';
import {
  FrameDecoder,
  LineJoiner,
  LogPosition,
  TerminalDecoder,
  type LogDecoder,
  type LogMessage,
  type TimedLine,
} from './logMessages.ts';
import type { ProjectContainer } from './projectContainers.ts';
import { Wake } from './wake.ts';

export interface ContainerLogOptions {
  follow: boolean;
  /** Only the last so many lines of what was written before. Default: all. */
  tail: number | undefined;
  signal: AbortSignal;
  giveUpAfterMs?: number | undefined;
}

/** A log that was open for so long without a line was empty. */
const quietMs = 1_000;
/** Between two chunks of a log that is not followed. */
const chunkTimeoutMs = 30_000;
/** The status for a log driver that only sends away. */
const notImplemented = 501;

const inspected = v.object({
  Config: v.object({ Tty: v.optional(v.boolean(), false) }),
  State: v.object({ Running: v.boolean() }),
});

/** The log of one container, across its restarts and across cut connections. */
export class ContainerLog {
  readonly container: ProjectContainer;
  /** The engine's clock when the log was first opened, in milliseconds: what is older was there before. */
  openedAt: number | undefined;
  readonly #docker: Dockerode;
  readonly #options: ContainerLogOptions;
  readonly #what: string;
  readonly #position = new LogPosition();
  readonly #lines = new LineJoiner();
  #hasTerminal: boolean | undefined;
  /** Until something was read, or there was nothing to read. */
  #tail: number | undefined;
  #stream: IncomingMessage | undefined;
  /** Counts what may have made the log go on. */
  #starts = 0;
  #isGone = false;
  readonly #wake = new Wake();

  constructor(docker: Dockerode, container: ProjectContainer, options: ContainerLogOptions) {
    this.#docker = docker;
    this.container = container;
    this.#options = options;
    this.#tail = options.tail;
    this.#what = `Reading the log of ${container.service}`;
    options.signal.addEventListener('abort', this.#wake.ring, { once: true });
  }

  /** The container runs again, or may: the log is read on once its end is reached. */
  startedAgain(): void {
    this.#starts += 1;
    this.#wake.ring();
  }

  /** The container was removed: the end of its log is the end. */
  gone(): void {
    this.#isGone = true;
    this.#wake.ring();
  }

  /** The engine is lost: a stream that says nothing is not waited for. */
  cut(): void {
    const message = `${this.#what}: the Docker engine stopped answering.`;
    this.#stream?.destroy(new WorkbenchError('unreachable', message));
  }

  /** The lines as they come. The next are read only when they are asked for. */
  async *batches(): AsyncGenerator<LogLine[]> {
    const { follow, signal, giveUpAfterMs = defaultGiveUpMs } = this.#options;
    const pause = new Pause();
    let lostAt: number | undefined;
    for (;;) {
      const starts = this.#starts;
      try {
        const { stream, decoder } = await this.#open();
        const openedAt = Date.now();
        try {
          lostAt = undefined;
          for await (const chunk of this.#chunks(stream)) {
            const batch = this.#linesOf(decoder.push(chunk));
            if (batch.length > 0) yield batch;
          }
        } finally {
          stream.destroy();
          const heldMs = Date.now() - openedAt;
          pause.afterConnection(heldMs);
          if (heldMs > quietMs) this.#tail = undefined;
        }
        this.#tail = undefined;
        const runs = follow && (await this.#isRunning());
        if (!runs) {
          const rest = [
            ...this.#linesOf(decoder.flush()),
            ...this.#lines.flush().map((line) => this.#named(line)),
          ];
          if (rest.length > 0) yield rest;
          if (!follow || !(await this.#nextStart(starts))) return;
          continue;
        }
      } catch (error) {
        if (signal.aborted || isWorkbenchError(error, 'not-found')) return;
        const fault = engineFault(error, this.#what);
        if (fault.details.status === notImplemented) throw this.#unreadable(fault);
        if (!follow || fault.code !== 'unreachable') throw fault;
        lostAt ??= Date.now();
        if (Date.now() - lostAt >= giveUpAfterMs) throw engineLost(giveUpAfterMs, fault);
      }
      // Cut while the container runs.
      await pause.wait(giveUpAfterMs, signal);
      if (signal.aborted) return;
    }
  }

  async #open(): Promise<{ stream: IncomingMessage; decoder: LogDecoder }> {
    const { follow, signal } = this.#options;
    const { id } = this.container;
    const query: Record<string, unknown> = { stdout: true, stderr: true, timestamps: true, follow };
    if (this.#tail === 0) await this.#skipOld();
    else if (this.#tail !== undefined) query.tail = this.#tail;
    const since = this.#position.resume();
    if (since !== undefined) query.since = since;
    const stream = await openStream(this.#docker, this.#what, `/containers/${id}/logs`, query, { signal });
    this.#stream = stream;
    this.openedAt ??= clockOf(stream).getTime();
    return { stream, decoder: await this.#decoderOf(stream) };
  }

  async #decoderOf(stream: IncomingMessage): Promise<LogDecoder> {
    // Only newer engines say so of what is framed; older ones call both raw.
    if (stream.headers['content-type']?.includes('multiplexed')) this.#hasTerminal = false;
    this.#hasTerminal ??= (await this.#inspect()).Config.Tty;
    return this.#hasTerminal ? new TerminalDecoder() : new FrameDecoder();
  }

  /** Notes the last line that there is, so that what follows is new. */
  async #skipOld(): Promise<void> {
    const query = { stdout: true, stderr: true, timestamps: true, tail: 1 };
    const path = `/containers/${this.container.id}/logs`;
    const stream = await openStream(this.#docker, this.#what, path, query, { signal: this.#options.signal });
    const decoder = await this.#decoderOf(stream);
    this.#stream = stream;
    for await (const chunk of this.#chunks(stream)) {
      for (const message of decoder.push(chunk)) this.#position.skip(message);
    }
    for (const message of decoder.flush()) this.#position.skip(message);
    this.#tail = undefined;
  }

  async *#chunks(stream: IncomingMessage): AsyncIterable<Buffer> {
    const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      // What is followed may say nothing for long; there the events tell whether the engine lives.
      const timer = this.#options.follow ? undefined : setTimeout(() => this.cut(), chunkTimeoutMs);
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  }

  #linesOf(messages: readonly LogMessage[]): LogLine[] {
    const lines: LogLine[] = [];
    for (const message of messages) {
      this.#tail = undefined;
      if (!this.#position.accept(message)) continue;
      for (const line of this.#lines.push(message)) lines.push(this.#named(line));
    }
    return lines;
  }

  #named({ line, time }: TimedLine): LogLine {
    const { service, replica } = this.container;
    if (!time) return { service, replica, line };
    return { service, replica, line, time: new Date(time.seconds * 1000 + time.nanos / 1e6) };
  }

  async #isRunning(): Promise<boolean> {
    try {
      return !this.#isGone && (await this.#inspect()).State.Running;
    } catch (error) {
      if (isWorkbenchError(error, 'not-found')) return false;
      throw error;
    }
  }

  #unreadable(cause: WorkbenchError): WorkbenchError {
    const { service } = this.container;
    const message = `The log of ${service} cannot be read: its logging driver keeps nothing that the engine could give back. Remove "logging" from the service to see it here.`;
    return new WorkbenchError('unsupported', message, { cause });
  }

  async #inspect(): Promise<v.InferOutput<typeof inspected>> {
    const { signal } = this.#options;
    const answer = await askEngine(this.#what, { signal }, (abortSignal) =>
      this.#docker.getContainer(this.container.id).inspect({ abortSignal }),
    );
    return readAnswer(inspected, answer, this.#what);
  }

  /** False where the container is gone for good, or nobody waits any more. */
  async #nextStart(starts: number): Promise<boolean> {
    const { signal } = this.#options;
    while (this.#starts === starts && !this.#isGone && !signal.aborted) {
      await this.#wake.wait();
    }
    return !this.#isGone && !signal.aborted;
  }
}
