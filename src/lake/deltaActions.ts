import * as v from 'valibot';
import { WorkbenchError } from '../base/errors.ts';

/*
 * The actions of Delta's log that reading needs, as JSON commits and checkpoints have them:
 * https://github.com/delta-io/delta/blob/master/PROTOCOL.md
 */

const count = v.pipe(v.number(), v.minValue(0));
const strings = v.record(v.string(), v.nullable(v.string()));

const deletionVector = v.object({
  storageType: v.string(),
  pathOrInlineDv: v.string(),
  offset: v.nullish(v.number()),
  sizeInBytes: v.number(),
  cardinality: v.number(),
});
export type DeletionVector = v.InferOutput<typeof deletionVector>;

const add = v.object({
  path: v.string(),
  partitionValues: v.nullish(strings),
  size: count,
  modificationTime: v.number(),
  stats: v.nullish(v.string()),
  stats_parsed: v.nullish(v.object({ numRecords: v.nullish(count) })),
  deletionVector: v.nullish(deletionVector),
});
export type Add = v.InferOutput<typeof add>;

const remove = v.object({ path: v.string(), deletionVector: v.nullish(deletionVector) });

const metaData = v.object({
  id: v.string(),
  name: v.nullish(v.string()),
  description: v.nullish(v.string()),
  format: v.nullish(v.object({ provider: v.string() })),
  schemaString: v.string(),
  partitionColumns: v.nullish(v.array(v.string())),
  configuration: v.nullish(strings),
});
export type MetaData = v.InferOutput<typeof metaData>;

const protocol = v.object({
  minReaderVersion: v.number(),
  readerFeatures: v.nullish(v.array(v.string())),
});
export type Protocol = v.InferOutput<typeof protocol>;

const txn = v.object({ appId: v.string(), version: v.number() });

const sidecar = v.object({ path: v.string(), sizeInBytes: count });

const commitInfo = v.looseObject({
  timestamp: v.nullish(v.number()),
  inCommitTimestamp: v.nullish(v.number()),
  operation: v.nullish(v.string()),
  operationParameters: v.nullish(v.record(v.string(), v.unknown())),
  operationMetrics: v.nullish(v.record(v.string(), v.unknown())),
  userMetadata: v.nullish(v.string()),
});
export type CommitInfo = v.InferOutput<typeof commitInfo>;

const action = v.object({
  add: v.nullish(add),
  remove: v.nullish(remove),
  metaData: v.nullish(metaData),
  protocol: v.nullish(protocol),
  txn: v.nullish(txn),
  sidecar: v.nullish(sidecar),
  commitInfo: v.nullish(commitInfo),
});
export type Action = v.InferOutput<typeof action>;

/** One action that came from `where`. Kinds that reading does not need are left out. */
export function toAction(json: unknown, where: string): Action {
  const parsed = v.safeParse(action, json);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new WorkbenchError(
    'protocol',
    `The table's log is damaged: ${where} has an entry that cannot be read (${v.getDotPath(issue) ?? 'it'}: ${issue.message}).`,
  );
}

/** The actions of a JSON commit, one to a line. A cut last line is damage, never skipped. */
export function parseCommit(text: string, where: string): Action[] {
  const actions: Action[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number++;
    if (line.trim() === '') continue;
    actions.push(toAction(parseLine(line, `${where}, line ${number},`), `${where}, line ${number},`));
  }
  if (actions.length === 0) {
    throw new WorkbenchError('protocol', `The table's log is damaged: ${where} is empty.`);
  }
  return actions;
}

function parseLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    throw new WorkbenchError('protocol', `The table's log is damaged: ${where} is not JSON.`, {
      cause: error,
    });
  }
}

/** What tells a deletion vector from others of the same file. */
function vectorId(vector: DeletionVector | null | undefined): string {
  if (!vector) return '';
  const offset = vector.offset === null || vector.offset === undefined ? '' : `@${vector.offset}`;
  return `${vector.storageType}${vector.pathOrInlineDv}${offset}`;
}

/** A file that the table consists of, and the commit that added it if that was read. */
export interface LiveFile extends Add {
  addedIn?: number;
}

/** The state of a table: actions are applied in the order of the log. */
export class Replay {
  readonly #files = new Map<string, LiveFile>();
  readonly transactions = new Map<string, number>();
  metaData: MetaData | undefined;
  protocol: Protocol | undefined;

  /** `version` is undefined for the actions of a checkpoint. */
  apply(one: Action, version?: number): void {
    if (one.add) {
      const file = version === undefined ? one.add : { ...one.add, addedIn: version };
      this.#files.set(key(one.add), file);
    }
    // A checkpoint's removes only tell what may be deleted.
    if (one.remove && version !== undefined) this.#files.delete(key(one.remove));
    if (one.metaData) this.metaData = one.metaData;
    if (one.protocol) this.protocol = one.protocol;
    if (one.txn) this.transactions.set(one.txn.appId, one.txn.version);
  }

  /** One commit, whose order within has no meaning: what it removes, it removes from the version before. */
  applyCommit(actions: readonly Action[], version: number): void {
    for (const one of actions) if (one.remove) this.apply({ remove: one.remove }, version);
    for (const one of actions) this.apply({ ...one, remove: undefined }, version);
  }

  get files(): LiveFile[] {
    return [...this.#files.values()];
  }
}

function key({
  path,
  deletionVector: vector,
}: {
  path: string;
  deletionVector?: DeletionVector | null | undefined;
}): string {
  return `${path}\n${vectorId(vector)}`;
}
