import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';
import { Http } from '../base/http.ts';
import { silentLog, type Log } from '../base/log.ts';
import { retryUntil } from '../base/retry.ts';
import type { SparkAddress } from '../stack/connection.ts';
import { parseClusterState, type ClusterState } from './clusterState.ts';
import { parseLogRange, type LogRange } from './logRange.ts';
import { signToken } from './restToken.ts';

// core/.../deploy/rest/SubmitRestProtocolResponse.scala. Absent fields are left out by the server.
const answerSchema = v.object({
  action: v.string(),
  success: v.optional(v.boolean()),
  message: v.optional(v.string()),
  submissionId: v.optional(v.string()),
  driverState: v.optional(v.string()),
  workerId: v.optional(v.string()),
  serverSparkVersion: v.optional(v.string()),
});
type RestAnswer = v.InferOutput<typeof answerSchema>;

const stageSchema = v.object({
  status: v.string(),
  stageId: v.number(),
  name: v.string(),
  numTasks: v.number(),
  numActiveTasks: v.number(),
  numCompleteTasks: v.number(),
  numFailedTasks: v.number(),
  failureReason: v.optional(v.string()),
});
export type StageState = v.InferOutput<typeof stageSchema>;

export interface SubmissionState {
  /** SUBMITTED, RUNNING, FINISHED, RELAUNCHING, UNKNOWN, KILLED, FAILED or ERROR; absent: the master knows no such driver. */
  state?: string;
  workerId?: string;
  message?: string;
}

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** Twice what a master waits for workers of before its restart. */
const recoveryTimeoutMs = 120_000;

/** Whether a master refused a driver only for now; see Spark's Master, RequestSubmitDriver. */
function isRecovering(message: string | undefined): boolean {
  return /not alive: (STANDBY|RECOVERING|COMPLETING_RECOVERY)/.test(message ?? '');
}

/** One Spark standalone cluster: its REST submission server, its master's and workers' web UIs, its history server. */
export class SparkCluster {
  readonly address: SparkAddress;
  readonly #http: Http;
  readonly #rest: Http;
  readonly #log: Log;

  constructor(address: SparkAddress, options: { log?: Log } = {}) {
    this.address = address;
    this.#log = options.log ?? silentLog;
    this.#http = new Http('The Spark master');
    this.#rest = new Http('Spark REST');
  }

  /**
   * Submits a body made by `submissionBody`; gives the submission's id. A master that was restarted takes none until it
   * has heard from its workers, or has waited for them for a minute: that is waited for.
   */
  async submit(body: Record<string, unknown>, o: CallOptions = {}): Promise<string> {
    const answer = await retryUntil(
      async () => {
        const given = await this.#call('POST', 'create', o, body);
        return isRecovering(given.message) ? undefined : given;
      },
      { what: 'The Spark master', timeoutMs: recoveryTimeoutMs, signal: o.signal, retriable: () => false },
    );
    if (answer.success !== true || !answer.submissionId) {
      throw new WorkbenchError(
        'failed',
        `Spark did not take the job: ${answer.message?.replace(/\.$/, '') ?? 'it gave no reason'}.`,
      );
    }
    this.#log.info(`spark: submitted ${answer.submissionId}`);
    return answer.submissionId;
  }

  async status(submissionId: string, o: CallOptions = {}): Promise<SubmissionState> {
    const answer = await this.#call('GET', `status/${encodeURIComponent(submissionId)}`, o);
    // 200 with success:false: unknown to this master, which may be a standby or have started afresh.
    if (answer.success !== true) return {};
    return {
      ...(answer.driverState === undefined ? {} : { state: answer.driverState }),
      ...(answer.workerId === undefined ? {} : { workerId: answer.workerId }),
      ...(answer.message === undefined ? {} : { message: answer.message }),
    };
  }

  /** Asks the master to kill a driver; false when it had ended already or is unknown. The driver ends some time later. */
  async kill(submissionId: string, o: CallOptions = {}): Promise<boolean> {
    const answer = await this.#call('POST', `kill/${encodeURIComponent(submissionId)}`, o);
    this.#log.info(`spark: kill ${submissionId}: ${answer.message ?? ''}`);
    return answer.success === true;
  }

  /** Whether the master takes submissions now. Throws `unreachable` where nothing answers. */
  async ready(o: CallOptions = {}): Promise<boolean> {
    const answer = await this.#call('GET', 'readyz', o, undefined, [503]);
    return answer.success === true;
  }

  /** Workers, applications and drivers, as the master's page tells them. */
  async state(o: CallOptions = {}): Promise<ClusterState> {
    const { status, text } = await this.#http.text(new URL('/json/', this.address.ui), {
      ...o,
      timeoutMs: 10_000,
    });
    if (status !== 200) throw unexpected('The Spark master', status, text);
    return parseClusterState(text);
  }

  /**
   * Bytes `offset` to `offset + length` of a driver's log; without `offset` the last `length` bytes. Asked through the
   * master's reverse proxy, or of the worker itself where the master has none. `not-found`: the file is not there yet.
   */
  async driverLog(
    workerId: string,
    webUi: string | undefined,
    submissionId: string,
    stream: 'stdout' | 'stderr',
    o: CallOptions & { offset?: number; length: number },
  ): Promise<LogRange> {
    const query = new URLSearchParams({ driverId: submissionId, logType: stream });
    if (o.offset !== undefined) query.set('offset', String(o.offset));
    query.set('byteLength', String(o.length));
    const answer = await this.#behindMaster(workerId, webUi, `/log/?${query.toString()}`, o);
    if (answer.status !== 200) throw unexpected('The Spark worker', answer.status, answer.text);
    return parseLogRange(answer.text);
  }

  /** The application's stages, newest first: from its own UI while it runs, else from the history server. */
  async stages(
    applicationId: string,
    o: CallOptions & { status?: 'active' | 'complete' | 'pending' | 'failed'; ended?: boolean } = {},
  ): Promise<StageState[]> {
    const path = `/api/v1/applications/${encodeURIComponent(applicationId)}/stages${o.status ? `?status=${o.status}` : ''}`;
    const url = o.ended
      ? new URL(path, this.#history)
      : new URL(`/proxy/${encodeURIComponent(applicationId)}${path}`, this.address.ui);
    const { status, text } = await this.#http.text(url, { ...o, timeoutMs: 10_000 });
    if (status === 404) {
      throw new WorkbenchError('not-found', `Spark does not know the application ${applicationId}.`);
    }
    if (status !== 200) throw unexpected('The application', status, text);
    return readJson(v.array(stageSchema), text, "The application's stages");
  }

  /** Where a browser finds the application: its own page while it runs, else the history server's. */
  applicationUrl(applicationId: string, ended: boolean): string {
    return ended
      ? new URL(`/history/${applicationId}/`, this.#history).href
      : new URL(`/proxy/${applicationId}/`, this.address.ui).href;
  }

  get #history(): URL {
    if (this.address.history) return this.address.history;
    throw new WorkbenchError(
      'not-found',
      'This stack runs no service "spark-history", which keeps the stages of jobs that have ended.',
    );
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#rest.close()]);
  }

  async #behindMaster(
    id: string,
    direct: string | undefined,
    path: string,
    o: CallOptions,
  ): Promise<{ status: number; text: string }> {
    const proxied = await this.#http.text(
      new URL(`/proxy/${encodeURIComponent(id)}${path}`, this.address.ui),
      { signal: o.signal, timeoutMs: 10_000 },
    );
    // Without `spark.ui.reverseProxy` the master has no such page.
    if (proxied.status === 404 && direct !== undefined) {
      return await this.#http.text(new URL(path, direct), { signal: o.signal, timeoutMs: 10_000 });
    }
    return proxied;
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    o: CallOptions,
    body?: Record<string, unknown>,
    alsoAnswers: number[] = [],
  ): Promise<RestAnswer> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body) headers['content-type'] = 'application/json; charset=utf-8';
    if (this.address.restKey) headers.authorization = `Bearer ${signToken(this.address.restKey)}`;
    const { status, text } = await this.#rest.text(new URL(`/v1/submissions/${path}`, this.address.rest), {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: o.signal,
    });
    if (status === 401 || status === 403) {
      throw new WorkbenchError(
        'denied',
        this.address.restKey
          ? `Spark REST at ${this.address.rest.host} refused the token: its key is not the one that this cluster was started with.`
          : `Spark REST at ${this.address.rest.host} asks for a token: set the key of its JWSFilter in the connection.`,
        { status },
      );
    }
    if (status === 468) {
      throw new WorkbenchError('unsupported', 'Spark REST speaks another protocol version than v1.', {
        status,
      });
    }
    if (status === 503 && !alsoAnswers.includes(503)) {
      throw new WorkbenchError('unreachable', 'Spark REST is not ready yet.', { status });
    }
    if (status !== 200 && !alsoAnswers.includes(status)) {
      let reason: string | undefined;
      try {
        reason = v.parse(answerSchema, JSON.parse(text)).message;
      } catch {
        // An HTML page of a proxy, or nothing.
      }
      if (reason !== undefined) {
        throw new WorkbenchError('failed', `Spark REST refused the request: ${reason}`, { status });
      }
      throw unexpected('Spark REST', status, text);
    }
    return readJson(answerSchema, text, 'Spark REST');
  }
}

function readJson<T extends v.GenericSchema>(schema: T, text: string, who: string): v.InferOutput<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WorkbenchError('protocol', `${who}: the answer is not JSON. Is the address right?`, { cause });
  }
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new WorkbenchError('protocol', `${who}: the answer cannot be read: ${issue.message}.`);
}

/** 5xx is an outage that may pass; anything else is not what a Spark answers. */
function unexpected(who: string, status: number, text: string): WorkbenchError {
  const said = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200);
  return new WorkbenchError(
    status >= 500 ? 'unreachable' : 'protocol',
    `${who} answered ${status}${said ? `: ${said}` : ''}.`,
    { status },
  );
}
