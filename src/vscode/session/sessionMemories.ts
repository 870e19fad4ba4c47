import type { RunRequest, RunUpdate, SessionMemory } from '../../session/sessionTypes.ts';
import type { SessionStore } from './sessionStore.ts';

/**
 * Each connection, named by its authority, has a kernel of its own: how far that was followed, and which of its runs have
 * not ended, as far as anybody here was told.
 */
export class SessionMemories {
  readonly #store: SessionStore;
  /** As they were last kept. */
  readonly #memories = new Map<string, SessionMemory>();
  /** The authority of each open run. */
  readonly #open = new Map<string, string>();
  #restored: Promise<void> | undefined;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /** A run was asked for. */
  begin(authority: string, runId: string, request: RunRequest): void {
    this.#open.set(runId, authority);
    this.#store.begin(runId, request);
  }

  /** To be called for each update, before anybody else hears of it. */
  add(authority: string, update: RunUpdate): void {
    if (update.event.kind === 'end') this.#open.delete(update.runId);
    else this.#open.set(update.runId, authority);
    this.#store.add(update);
  }

  openRuns(authority: string): string[] {
    return [...this.#open].filter(([, one]) => one === authority).map(([runId]) => runId);
  }

  /** What is to be gone on from; undefined where there is nothing. */
  async restore(authority: string): Promise<SessionMemory | undefined> {
    this.#restored ??= this.#restore();
    await this.#restored;
    return this.#memories.get(authority);
  }

  async keep(authority: string, memory: SessionMemory): Promise<void> {
    this.#memories.set(authority, memory);
    await this.#store.save(authority, memory);
  }

  /** The kernel is gone, and the end of its runs was told. */
  async forgetRuns(authority: string): Promise<void> {
    const memory = this.#memories.get(authority);
    if (!memory) return;
    const { format, kernelId, incarnation, lastSeq } = memory;
    await this.keep(authority, { format, kernelId, incarnation, lastSeq, openRuns: [] });
  }

  async #restore(): Promise<void> {
    for (const [authority, memory] of await this.#store.restore()) {
      this.#memories.set(authority, memory);
      for (const runId of memory.openRuns) this.#open.set(runId, authority);
    }
  }
}
