import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { cancelled, throwIfCancelled } from '../../../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import { askEngine, readAnswer, type RequestOptions } from '../connect/engineRequest.ts';
import { watchEvents } from '../live/events.ts';
import { tailOfContainer } from '../live/logTail.ts';

const defaultInterval = 30_000_000_000;
const defaultTimeout = 30_000_000_000;
const defaultRetries = 3;
const durationNs = (fallback: number) =>
  v.pipe(
    v.nullish(v.number(), 0),
    v.transform((ns) => (ns > 0 ? ns : fallback)),
  );

const inspected = v.object({
  Name: v.string(),
  State: v.object({
    Status: v.string(),
    ExitCode: v.optional(v.number(), 0),
    Error: v.optional(v.string(), ''),
    OOMKilled: v.optional(v.boolean(), false),
    StartedAt: v.optional(v.string(), ''),
    Health: v.nullish(
      v.object({
        Status: v.string(),
        FailingStreak: v.optional(v.number(), 0),
        Log: v.nullish(
          v.array(
            v.object({
              ExitCode: v.number(),
              Output: v.optional(v.string(), ''),
              End: v.optional(v.string(), ''),
            }),
          ),
        ),
      }),
    ),
  }),
  RestartCount: v.optional(v.number(), 0),
  Config: v.object({
    Tty: v.optional(v.boolean(), false),
    Healthcheck: v.nullish(
      v.object({
        Test: v.nullish(v.array(v.string())),
        Interval: durationNs(defaultInterval),
        Timeout: durationNs(defaultTimeout),
        StartPeriod: durationNs(0),
        Retries: v.nullish(v.number(), defaultRetries),
      }),
    ),
  }),
});
export type ContainerView = v.InferOutput<typeof inspected>;

/** How a wait ended. */
export type Outcome = { ok: true; detail?: string } | { ok: false; code: 'failed' | 'timeout'; what: string };

/** So many ends are no bad luck any more: it is started again and again. */
const mostRestarts = 5;
/** A service without a health check is asked once more so long after its start: many faults show at once. */
const settleMs = 200;
/** For a one-shot that another service waits for; the Compose CLI would wait for ever. */
const completionMs = 3_600_000;
/** An engine that says nothing for so long is asked whether it lives; one that was lost has so long to answer. */
const lostMs = 5_000;
/** What an engine under load takes longer than the health check's own numbers. */
const slackMs = 30_000;

/**
 * Waits for containers of one project, led by the engine's events. One stream of events serves all waits of an
 * operation; it is opened at the first wait that has something to wait for.
 */
export class ContainerWaits {
  readonly #docker: Dockerode;
  readonly #project: string;
  readonly #end = new AbortController();
  readonly #changed = new Map<string, Set<() => void>>();
  #connected: Promise<void> | undefined;
  #fault: unknown;
  #isLost = false;

  constructor(docker: Dockerode, project: string) {
    this.#docker = docker;
    this.#project = project;
  }

  /**
   * Until the container is healthy, or runs where it has no health check. `wasRunning` if it was not started for this:
   * then it may have lost what is started again now, and fails only after as many checks more as make a service
   * unhealthy. Throws `failed` as soon as it ends or turns unhealthy and `timeout` after its health check's own time,
   * both with the last lines of its log; `unreachable` once the engine is lost.
   */
  async untilHealthy(
    id: string,
    options: { wasRunning?: boolean; signal: AbortSignal },
  ): Promise<ContainerView> {
    const { wasRunning = false, signal } = options;
    const startedAt = Date.now();
    let failedBefore: number | undefined;
    return this.#until(id, signal, (view) => {
      const { State, Config } = view;
      const dead = endOf(view);
      const check = State.Health ? Config.Healthcheck : undefined;
      if (dead) {
        const isDone = !check && State.Status === 'exited' && State.ExitCode === 0;
        return isDone
          ? { ok: true }
          : { ok: false, code: 'failed', what: `ended while it was starting${dead}` };
      }
      if (State.Status !== 'running') return { recheckInMs: limitOf(check) };
      if (!check) {
        const leftMs = wasRunning ? 0 : settleMs - (Date.now() - startedAt);
        return leftMs <= 0 ? { ok: true } : { recheckInMs: leftMs, isSoon: true };
      }
      if (State.Health?.Status === 'healthy') return { ok: true };
      const said = lastWords(view);
      if (State.Health?.Status === 'unhealthy') {
        const { Interval, Timeout } = check;
        const mayFail = check.Retries > 0 ? check.Retries : defaultRetries;
        failedBefore ??= State.Health.FailingStreak;
        const hasFailed = State.Health.FailingStreak - failedBefore >= mayFail;
        const leftMs = startedAt + (mayFail * (Interval + Timeout)) / 1e6 + 2_000 - Date.now();
        if (wasRunning && !hasFailed && leftMs > 0) {
          return { recheckInMs: Math.min(leftMs, Interval / 1e6 + 500) };
        }
        return { ok: false, code: 'failed', what: `runs, and is unhealthy${said}` };
      }
      const since = Math.max(startedAt, Date.parse(State.StartedAt) || 0);
      const limitMs = limitOf(check);
      const leftMs = since + limitMs - Date.now();
      if (leftMs > 0) return { recheckInMs: leftMs };
      const what = `runs, and was not healthy after ${Math.round(limitMs / 1000)} s${said}`;
      return { ok: false, code: 'timeout', what };
    });
  }

  /** Until the container ended with exit code 0. Throws `failed` for another one, with the last lines of its log. */
  async untilCompleted(id: string, signal: AbortSignal): Promise<ContainerView> {
    const startedAt = Date.now();
    return this.#until(id, signal, (view) => {
      const dead = endOf(view);
      if (dead && view.State.Status === 'exited' && view.State.ExitCode === 0) return { ok: true };
      if (dead) return { ok: false, code: 'failed', what: `did not complete${dead}` };
      const leftMs = completionMs - (Date.now() - startedAt);
      if (leftMs > 0) return { recheckInMs: leftMs };
      return { ok: false, code: 'timeout', what: `had not completed after ${completionMs / 60_000} minutes` };
    });
  }

  close(): void {
    this.#end.abort();
  }

  async #until(
    id: string,
    signal: AbortSignal,
    decide: (view: ContainerView) => Outcome | { recheckInMs: number; isSoon?: boolean },
  ): Promise<ContainerView> {
    let needsEvents = false;
    for (;;) {
      throwIfCancelled(signal);
      if (needsEvents) await this.#connect();
      if (this.#fault !== undefined) throw this.#fault as Error;
      const change = this.#nextChange(id);
      try {
        const timeoutMs = this.#isLost ? lostMs : undefined;
        const view = await inspectContainer(this.#docker, id, { signal, timeoutMs });
        const decision = decide(view);
        if ('ok' in decision) {
          if (decision.ok) return view;
          throw await this.#failure(id, view, decision);
        }
        // Without events nothing would tell of a change after this look: it is repeated with them.
        if (needsEvents || decision.isSoon) await change.wait(decision.recheckInMs, signal);
        if (!decision.isSoon) needsEvents = true;
      } finally {
        change.drop();
      }
    }
  }

  async #failure(
    id: string,
    view: ContainerView,
    { code, what }: Extract<Outcome, { ok: false }>,
  ): Promise<Error> {
    const name = view.Name.replace(/^\//, '');
    const logTail = await tailOfContainer(this.#docker, id, { lines: 20, tty: view.Config.Tty }).catch(
      () => [],
    );
    const quoted = logTail.filter((line) => line.trim() !== '').slice(-3);
    const log =
      quoted.length === 0
        ? ' It wrote no log.'
        : ` Its log ends with:\n${quoted.map((line) => `  ${line}`).join('\n')}`;
    return new WorkbenchError(code, `${name} ${what}.${log}`, { logTail });
  }

  /** Opens the stream of events; resolves once they come. */
  #connect(): Promise<void> {
    this.#connected ??= new Promise((resolve) => {
      const wakeAll = (): void => {
        for (const wakes of this.#changed.values()) for (const wake of wakes) wake();
      };
      watchEvents(this.#docker, {
        projectName: this.#project,
        signal: this.#end.signal,
        // A lost engine ends the operation at its next look.
        giveUpAfterMs: lostMs,
        silenceMs: lostMs,
        onConnected: () => {
          this.#isLost = false;
          resolve();
          wakeAll();
        },
        onLost: () => {
          this.#isLost = true;
          wakeAll();
        },
        onEvent: ({ container }) => {
          for (const wake of this.#changed.get(container.id) ?? []) wake();
        },
      }).catch((error: unknown) => {
        this.#fault = error;
        resolve();
        wakeAll();
      });
    });
    return this.#connected;
  }

  /** Listens from now on, so that what happens while the container is looked at is not missed. */
  #nextChange(id: string): { wait(mostMs: number, signal: AbortSignal): Promise<void>; drop(): void } {
    let hasChanged = false;
    let resolve: () => void = () => undefined;
    const wake = (): void => {
      hasChanged = true;
      resolve();
    };
    const wakes = this.#changed.get(id) ?? new Set();
    this.#changed.set(id, wakes.add(wake));
    return {
      drop: () => wakes.delete(wake),
      wait: (mostMs, signal) =>
        new Promise((done, reject) => {
          const end = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', onAbort);
            done();
          };
          const onAbort = (): void => {
            clearTimeout(timer);
            reject(cancelled(signal));
          };
          const timer = setTimeout(end, mostMs);
          signal.addEventListener('abort', onAbort, { once: true });
          resolve = end;
          if (hasChanged) end();
        }),
    };
  }
}

export async function inspectContainer(
  docker: Dockerode,
  id: string,
  options: RequestOptions = {},
): Promise<ContainerView> {
  const what = `Looking at container ${id.slice(0, 12)}`;
  try {
    const answer = await askEngine(what, options, (abortSignal) =>
      docker.getContainer(id).inspect({ abortSignal }),
    );
    return readAnswer(inspected, answer, what);
  } catch (error) {
    if (!isWorkbenchError(error, 'not-found')) throw error;
    throw new WorkbenchError(
      'failed',
      `A container was removed while it was waited for. Run \`medallion up\` again.`,
      {
        cause: error,
      },
    );
  }
}

/** " (exit code 3)" of a container that does not run and is not about to; undefined for one that may yet. */
function endOf({ State, RestartCount }: ContainerView): string | undefined {
  const memory = State.OOMKilled ? ', for it took more memory than it may' : '';
  const own = State.Error === '' ? '' : `: ${State.Error}`;
  const how = `exit code ${State.ExitCode}${memory}${own}`;
  if (State.Status === 'exited' || State.Status === 'dead') {
    return RestartCount > 0 ? ` (${how}, after ${RestartCount} restarts)` : ` (${how})`;
  }
  const isHopeless = State.Status === 'restarting' && RestartCount >= mostRestarts;
  return isHopeless ? ` again and again (${how}, ${RestartCount} restarts)` : undefined;
}

function lastWords({ State }: ContainerView): string {
  const last = State.Health?.Log?.at(-1);
  if (!last || last.ExitCode === 0) return '';
  const text = last.Output.trim().slice(-500);
  return text === ''
    ? `: its health check ended with exit code ${last.ExitCode}`
    : `: ${text.replace(/\.$/, '')}`;
}

function limitOf(check: ContainerView['Config']['Healthcheck']): number {
  if (!check) return 120_000;
  const { StartPeriod, Interval, Timeout, Retries } = check;
  return (StartPeriod + Math.max(1, Retries) * (Interval + Timeout)) / 1e6 + slackMs;
}
