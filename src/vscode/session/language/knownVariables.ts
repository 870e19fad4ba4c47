import * as vscode from 'vscode';
import type { ActiveSession } from '../activeSession.ts';
import { readVariables, type Variable } from '../variables.ts';

/** A person who types does not wait longer. */
const patienceMs = 1_500;
/** A kernel that did not answer is not asked at each key. */
const pauseMs = 10_000;

/** The session's variables, for whoever writes code: asked for once after a run, and never while one goes on. */
export class KnownVariables implements vscode.Disposable {
  readonly #session: ActiveSession;
  readonly #listening: vscode.Disposable;
  #known: readonly Variable[] = [];
  #isFresh = false;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(session: ActiveSession) {
    this.#session = session;
    this.#listening = vscode.Disposable.from(
      session.onRunEvent(({ event }) => {
        if (event.kind === 'end') this.#isFresh = false;
      }),
      session.onDidChangeState(({ phase }) => {
        // Another kernel has none of them.
        if (phase === 'none' || phase === 'dead' || phase === 'starting') {
          this.#known = [];
          this.#isFresh = false;
        }
      }),
    );
  }

  /** Those of before while a cell runs; none without a session. Never throws. */
  async all(): Promise<readonly Variable[]> {
    const session = this.#session.current();
    if (!session) return [];
    if (!this.#isFresh && this.#session.state.phase === 'idle' && Date.now() - this.#failedAtMs > pauseMs) {
      this.#asking ??= this.#ask(session).finally(() => {
        this.#asking = undefined;
      });
      await this.#asking;
    }
    return this.#known;
  }

  dispose(): void {
    this.#listening.dispose();
  }

  async #ask(session: NonNullable<ReturnType<ActiveSession['current']>>): Promise<void> {
    this.#isFresh = true;
    try {
      const { variables } = readVariables(await session.ask('variables', {}, { timeoutMs: patienceMs }));
      if (this.#session.current() === session) this.#known = variables;
    } catch {
      // Whoever types is helped without it; the Session view tells what is wrong.
      this.#isFresh = false;
      this.#failedAtMs = Date.now();
    }
  }
}
