import * as v from 'valibot';
import * as vscode from 'vscode';
import type { RunDescription } from './jobRuns.ts';

const entrySchema = v.object({
  runId: v.string(),
  name: v.string(),
  kind: v.picklist(['job', 'pipeline']),
  file: v.optional(v.string()),
  args: v.array(v.string()),
  properties: v.record(v.string(), v.string()),
  startedAt: v.pipe(v.string(), v.isoTimestamp()),
  authority: v.string(),
});

/** A run that was under way when it was last heard of, and the connection that it runs on. */
export interface StoredRun {
  description: RunDescription;
  startedAt: Date;
  authority: string;
}

const key = 'jobs.running';
/** Longer than any job that somebody waits for. */
const keptMs = 7 * 24 * 3600 * 1000;

/** The runs under way, remembered over reloads of the window. */
export class RunStore {
  readonly #memento: vscode.Memento;

  constructor(memento: vscode.Memento) {
    this.#memento = memento;
  }

  get all(): StoredRun[] {
    const stored: unknown = this.#memento.get(key);
    if (!Array.isArray(stored)) return [];
    const entries = stored.map((one: unknown) => v.safeParse(entrySchema, one));
    return entries
      .filter((entry) => entry.success)
      .map(({ output: { startedAt, authority, file, ...description } }) => ({
        description: { ...description, ...(file === undefined ? {} : { file: vscode.Uri.parse(file) }) },
        startedAt: new Date(startedAt),
        authority,
      }))
      .filter(({ startedAt }) => Date.now() - startedAt.getTime() < keptMs);
  }

  async add(run: StoredRun): Promise<void> {
    await this.#write([...this.all.filter(isOther(run.description.runId)), run]);
  }

  async remove(runId: string): Promise<void> {
    await this.#write(this.all.filter(isOther(runId)));
  }

  async #write(runs: readonly StoredRun[]): Promise<void> {
    const entries = runs.map(({ description, startedAt, authority }) => ({
      ...description,
      file: description.file?.toString(),
      startedAt: startedAt.toISOString(),
      authority,
    }));
    await this.#memento.update(key, entries.length === 0 ? undefined : entries);
  }
}

function isOther(runId: string): (run: StoredRun) => boolean {
  return ({ description }) => description.runId !== runId;
}
