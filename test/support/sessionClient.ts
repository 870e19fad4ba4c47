import { silentLog } from '../../src/base/log.ts';
import { retryUntil } from '../../src/base/retry.ts';
import { JupyterServer } from '../../src/session/jupyterServer.ts';
import type { KernelSettings } from '../../src/session/kernelBundle.ts';
import { Session } from '../../src/session/session.ts';
import type { RunEvent, RunUpdate, SessionMemory } from '../../src/session/sessionTypes.ts';

const settings: KernelSettings = {
  format: 1,
  appName: 'test',
  master: 'local[1]',
  properties: {},
  lakeRoot: '/data',
  fileSystem: 'hdfs://127.0.0.1:1',
  environment: { MEDALLION_TEST: 'yes' },
};

export interface ClientOptions {
  memory?: SessionMemory | undefined;
  /** A Java of the test's own, for kernels that this client begins. */
  java?: string;
  server?: JupyterServer;
}

/** A session, what it has told, and what is asked of that. */
export class SessionClient {
  readonly session: Session;
  readonly updates: RunUpdate[] = [];
  readonly phases: string[] = [];

  constructor(
    url: URL,
    token: string,
    { memory, java, server = new JupyterServer({ url, token }, { log: silentLog }) }: ClientOptions = {},
  ) {
    const environment = { ...settings.environment, ...(java === undefined ? {} : { JAVA_HOME: java }) };
    this.session = new Session({
      server,
      settings: () => Promise.resolve({ ...settings, environment }),
      log: silentLog,
      memory,
    });
    this.session.onRun((update) => this.updates.push(update));
    this.session.onState(({ phase }) => this.phases.push(phase));
  }

  /** Attached to the kernel that is there, or to a new one. */
  async ready(): Promise<void> {
    if (!(await this.session.attach())) await this.session.start();
  }

  run(code: string): { id: string; ended: Promise<string> } {
    return this.session.run({ code, language: 'python', title: 'test' });
  }

  /** Runs code to its end; gives what was told of it. */
  async told(code: string): Promise<RunEvent[]> {
    const { id, ended } = this.run(code);
    await ended;
    return this.of(id);
  }

  of(runId: string): RunEvent[] {
    return this.updates.filter((update) => update.runId === runId).map(({ event }) => event);
  }

  text(runId: string): string {
    return this.of(runId).reduce((text, event) => (event.kind === 'stream' ? text + event.text : text), '');
  }

  async until(what: string, isSo: () => boolean, timeoutMs = 60_000): Promise<void> {
    await retryUntil(() => Promise.resolve(isSo() ? true : undefined), {
      what,
      timeoutMs,
      maxIntervalMs: 50,
    });
  }
}
