import type { RunEvent, RunRequest, RunUpdate, SessionMemory } from '../../session/sessionTypes.ts';

/** Where runs and their output are kept, together with how far it has come: it outlives the window. */
export interface SessionStore {
  /** What an earlier window knew of each connection's kernel, by its authority; without those that cannot be read. */
  restore(): Promise<ReadonlyMap<string, SessionMemory>>;
  /** A run was asked for by this window. */
  begin(runId: string, request: RunRequest): unknown;
  /** Called for each update, in order, before anybody else hears of it. */
  add(update: RunUpdate): void;
  /** Keeps all that was added so far and the `memory` of a connection's kernel, both or neither. */
  save(authority: string, memory: SessionMemory): Promise<void>;
  /** What is known of a run. */
  get(runId: string): Pick<RunRequest, 'title' | 'place'> | undefined;
  /** What has happened to a run, as far as it is kept, from its begin on and also in earlier windows. */
  eventsOf(runId: string): readonly RunEvent[];
}
