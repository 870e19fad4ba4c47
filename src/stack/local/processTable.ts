import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { readJson, writeAtomically } from '../stateDir.ts';

const recordSchema = v.object({
  service: v.string(),
  replica: v.number(),
  pid: v.number(),
  /** See `ProcessIdentity`. */
  started: v.string(),
  /** ISO time of the start. */
  since: v.string(),
  /** What it was started with: "command" and each variable -> a short hash of the value. */
  definition: v.record(v.string(), v.string()),
  ports: v.array(v.number()),
  stopSignal: v.string(),
  stopGraceMs: v.number(),
  /** Services that must outlive this one. */
  dependsOn: v.array(v.string()),
  /** ISO time at which it was first found healthy. */
  healthyAt: v.optional(v.string()),
  /** Size of its log before the start. */
  logStart: v.number(),
  /** It ended by itself: "exit code 1", "SIGKILL". */
  exit: v.optional(v.string()),
});

/** What is known on disk of one started replica. */
export type ProcessRecord = v.InferOutput<typeof recordSchema>;

const tableSchema = v.object({ version: v.literal(1), processes: v.array(recordSchema) });

/**
 * The processes of a workspace's stack, in `processes.json`. Whoever changes it holds the workspace's lock, and each
 * change is on disk before the next step is taken.
 */
export class ProcessTable {
  readonly #path: string;
  #records: ProcessRecord[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, records: ProcessRecord[]) {
    this.#path = path;
    this.#records = records;
  }

  /** A damaged file counts as empty: who changes the table takes lost processes back by their mark. */
  static async read(folder: string): Promise<ProcessTable> {
    const path = join(folder, 'processes.json');
    const found = await readJson(path);
    if (found === undefined || found === 'damaged') return new ProcessTable(path, []);
    const checked = v.safeParse(tableSchema, found.value);
    return new ProcessTable(path, checked.success ? checked.output.processes : []);
  }

  get records(): readonly ProcessRecord[] {
    return this.#records;
  }

  of(service: string): ProcessRecord[] {
    return this.#records.filter((record) => record.service === service);
  }

  get(service: string, replica: number): ProcessRecord | undefined {
    return this.#records.find((record) => record.service === service && record.replica === replica);
  }

  async put(record: ProcessRecord): Promise<void> {
    const others = this.#records.filter((r) => r.service !== record.service || r.replica !== record.replica);
    this.#records = [...others, record];
    await this.#write();
  }

  /** Removes the record, unless it is of another process by now. */
  async remove(record: ProcessRecord): Promise<void> {
    const { service, replica, pid, started } = record;
    this.#records = this.#records.filter(
      (r) => r.service !== service || r.replica !== replica || r.pid !== pid || r.started !== started,
    );
    await this.#write();
  }

  #write(): Promise<void> {
    // One at a time, so that the last state wins.
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() =>
        writeAtomically(this.#path, JSON.stringify({ version: 1, processes: this.#records }, null, 1)),
      );
    return this.#writing;
  }
}

/** What a process is started with, as hashes: enough to see what changed, and no values on disk. */
export function definitionOf(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
  const variables = Object.entries(environment).map(([name, value]) => [name, hash(value)]);
  return Object.fromEntries([...variables, ['command', hash(JSON.stringify(command))]]) as Record<
    string,
    string
  >;
}

/** Why a process does not fit its definition any more ("SPARK_WORKER_MEMORY changed"), or undefined. */
export function changeOf(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string | undefined {
  if (Object.keys(before).length === 0) return 'its record was damaged';
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changed = [...names]
    .filter((name) => before[name] !== now[name])
    .map((name) => (name === 'command' ? 'its command' : name));
  if (changed.length === 0) return undefined;
  const shown = changed.length > 3 ? [...changed.slice(0, 3), `${changed.length - 3} more`] : changed;
  return `${shown.join(', ')} changed`;
}
