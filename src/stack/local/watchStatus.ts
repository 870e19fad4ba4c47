import { setMaxListeners } from 'node:events';
import { sleep } from '../../base/cancellation.ts';
import type { ServiceStatus } from '../engine.ts';
import type { CheckResult } from './healthCheck.ts';
import type { Replica } from './plan.ts';
import type { ProcessRecord } from './processTable.ts';

/** Runs a health check, or knows what it said. */
export type Check = (
  replica: Replica,
  record: ProcessRecord,
  signal: AbortSignal | undefined,
) => Promise<CheckResult>;

const lookEveryMs = 2_000;
const pauseMs = 1_000;
/** A check is a process that is started: too dear for each interval. Docker itself waits for several failures. */
const healthyIntervals = 3;

/**
 * The status now and after each change, until the signal is aborted. Processes tell nobody that they ended, so it looks
 * every two seconds; health checks, which are processes too, run at every third interval of the file once they succeed.
 */
export async function* watchStatus(
  status: (check: Check, signal: AbortSignal) => Promise<ServiceStatus[]>,
  run: Check,
  signal: AbortSignal | undefined,
): AsyncIterable<ServiceStatus[]> {
  const ended = new AbortController();
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const checks = new RecentChecks(run, stop);
  try {
    for (let last = ''; !stop.aborted; await sleep(lookEveryMs, stop)) {
      const rows = await status(checks.check, stop);
      const text = JSON.stringify(rows);
      if (text === last) continue;
      last = text;
      yield rows;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    ended.abort();
    await checks.settled();
  }
}

interface KnownCheck {
  running: Promise<CheckResult> | undefined;
  last: CheckResult | undefined;
  dueAtMs: number;
}

/** Remembers what each process's check said last, and repeats it in the background when it is due. */
class RecentChecks {
  readonly #run: Check;
  readonly #signal: AbortSignal;
  #known = new Map<string, KnownCheck>();

  constructor(run: Check, signal: AbortSignal) {
    this.#run = run;
    this.#signal = signal;
    // Each running check listens.
    setMaxListeners(0, signal);
  }

  readonly check: Check = async (replica, record) => {
    const key = `${record.service} ${record.replica} ${record.pid} ${record.started}`;
    const known: KnownCheck = this.#known.get(key) ?? { running: undefined, last: undefined, dueAtMs: 0 };
    this.#known.set(key, known);
    if (!known.running && Date.now() >= known.dueAtMs) this.#start(known, replica, record);
    if (known.last) return known.last;
    // One that hangs must not hold up the news of the others.
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CheckResult>((resolve) => {
      const message = 'its first check has not ended yet';
      timer = setTimeout(() => resolve({ healthy: false, message }), pauseMs);
    });
    return Promise.race([known.running!, late]).finally(() => clearTimeout(timer));
  };

  async settled(): Promise<void> {
    await Promise.allSettled([...this.#known.values()].flatMap(({ running }) => running ?? []));
  }

  #start(known: KnownCheck, replica: Replica, record: ProcessRecord): void {
    const { intervalMs, startIntervalMs } = replica.service.healthcheck!;
    known.running = this.#run(replica, record, this.#signal);
    known.running.then(
      (result) => {
        const pause = result.healthy ? healthyIntervals * intervalMs : Math.min(startIntervalMs, intervalMs);
        known.last = result;
        known.dueAtMs = Date.now() + Math.max(pauseMs, pause);
        known.running = undefined;
      },
      () => {
        known.running = undefined;
      },
    );
  }
}
