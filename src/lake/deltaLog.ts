import * as v from 'valibot';
import { WorkbenchError, isWorkbenchError } from '../base/errors.ts';
import { ahead } from './ahead.ts';
import { parseCommit, Replay, toAction, type Action, type CommitInfo } from './deltaActions.ts';
import type { Field } from './dataType.ts';
import type { CancelOptions, FileSource, FileStatus } from './fileSource.ts';
import { joinPath } from './hdfsPath.ts';
import { ParquetFile } from './parquetFile.ts';

const commitsAtOnce = 8;

/** Which files of the log make up one version. */
export interface LogSegment {
  version: number;
  checkpoint: { version: number; files: FileStatus[] } | undefined;
  /** The JSON commits after the checkpoint, in order. */
  commits: FileStatus[];
}

interface LogFile {
  version: number;
  kind: 'commit' | 'checkpoint';
  /** Which checkpoint of that version the file belongs to, and of how many parts. */
  checkpoint?: string;
  parts?: number;
  status: FileStatus;
}

const names = {
  commit: /^(\d{20})\.json$/,
  single: /^(\d{20})\.checkpoint\.parquet$/,
  part: /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/,
  v2: /^(\d{20})\.checkpoint\.([0-9a-f-]{36})\.(?:json|parquet)$/,
};

export const versionName = (version: number): string => String(version).padStart(20, '0');

function toLogFile(status: FileStatus): LogFile | undefined {
  const { name } = status;
  const commit = names.commit.exec(name);
  if (commit) return { version: Number(commit[1]), kind: 'commit', status };
  const single = names.single.exec(name);
  if (single)
    return { version: Number(single[1]), kind: 'checkpoint', checkpoint: 'single', parts: 1, status };
  const part = names.part.exec(name);
  if (part) {
    const parts = Number(part[3]);
    return { version: Number(part[1]), kind: 'checkpoint', checkpoint: `of ${parts}`, parts, status };
  }
  const v2 = names.v2.exec(name);
  if (v2) return { version: Number(v2[1]), kind: 'checkpoint', checkpoint: v2[2]!, parts: 1, status };
  return undefined;
}

/**
 * Chooses the newest version, or `wanted`, and the least to read for it: the last whole checkpoint and the commits
 * after it. Gives undefined if the listing does not reach back far enough, so that an earlier one is needed.
 */
export function planSegment(
  listing: readonly FileStatus[],
  wanted: number | undefined,
): LogSegment | undefined {
  const files = listing
    .map(toLogFile)
    .filter(
      (file): file is LogFile => file !== undefined && (wanted === undefined || file.version <= wanted),
    );
  const groups = new Map<string, LogFile[]>();
  for (const file of files) {
    if (file.kind !== 'checkpoint') continue;
    const id = `${file.version} ${file.checkpoint}`;
    groups.set(id, [...(groups.get(id) ?? []), file]);
  }
  const whole = [...groups.values()]
    .filter((group) => group.length === group[0]!.parts)
    .sort((a, b) => b[0]!.version - a[0]!.version || a.length - b.length)[0];
  const checkpoint = whole && { version: whole[0]!.version, files: whole.map(({ status }) => status) };
  const after = checkpoint?.version ?? -1;
  const commits = files.filter(({ kind, version }) => kind === 'commit' && version > after);
  if (!checkpoint && commits[0]?.version !== 0) return undefined;
  commits.forEach(({ version }, i) => {
    if (version !== after + 1 + i) {
      throw new WorkbenchError(
        'protocol',
        `The table's log is damaged: commit ${after + 1 + i} is missing before commit ${version}.`,
      );
    }
  });
  const version = commits.at(-1)?.version ?? after;
  if (wanted !== undefined && version < wanted) return undefined;
  return { version, checkpoint, commits: commits.map(({ status }) => status) };
}

const lastCheckpoint = v.object({ version: v.pipe(v.number(), v.integer(), v.minValue(0)) });

/** Finds the files of a version (default: the newest). Throws `not-found` if the log does not have it. */
export async function findSegment(
  source: FileSource,
  log: string,
  wanted: number | undefined,
  options: CancelOptions,
): Promise<LogSegment> {
  const hint = await readHint(source, log, options);
  if (hint !== undefined && (wanted === undefined || hint <= wanted)) {
    // The hint may be old, or wrong: it only says where to start looking.
    const segment = planSegment(await listLog(source, log, versionName(hint), wanted, options), wanted);
    if (segment) return segment;
  }
  const all = await listLog(source, log, undefined, wanted, options);
  const segment = planSegment(all, wanted);
  if (segment) return segment;
  const commits = all.map(toLogFile).filter((file) => file !== undefined);
  if (commits.length === 0) {
    throw new WorkbenchError(
      'not-found',
      `"${log}" has no commits: the table is just being made, or lost its log.`,
    );
  }
  if (wanted !== undefined) {
    throw new WorkbenchError('not-found', `The table has no version ${wanted} (any more).`);
  }
  throw new WorkbenchError(
    'protocol',
    `The table's log "${log}" is damaged: its first commits and checkpoints are missing.`,
  );
}

async function readHint(
  source: FileSource,
  log: string,
  options: CancelOptions,
): Promise<number | undefined> {
  try {
    const text = (await source.read(joinPath(log, '_last_checkpoint'), options)).toString('utf8');
    const parsed = v.safeParse(lastCheckpoint, JSON.parse(text));
    return parsed.success ? parsed.output.version : undefined;
  } catch (error) {
    if (isWorkbenchError(error, 'not-found') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function listLog(
  source: FileSource,
  log: string,
  startAfter: string | undefined,
  wanted: number | undefined,
  { signal }: CancelOptions,
): Promise<FileStatus[]> {
  const found: FileStatus[] = [];
  for (;;) {
    const { entries, remaining } = await source.list(log, { startAfter, signal });
    found.push(...entries);
    startAfter = entries.at(-1)?.name;
    // Names sort by version: a page that begins behind the wanted one ends the search.
    const beyond = wanted !== undefined && startAfter !== undefined && startAfter > `${versionName(wanted)}~`;
    if (remaining === 0 || startAfter === undefined || beyond) return found;
  }
}

/** Reads the files of a segment and applies them. */
export async function replaySegment(
  source: FileSource,
  log: string,
  segment: LogSegment,
  options: CancelOptions,
): Promise<{ state: Replay; lastCommit: CommitInfo | undefined }> {
  const state = new Replay();
  for (const file of segment.checkpoint?.files ?? []) {
    for await (const action of checkpointActions(source, log, file, options)) state.apply(action);
  }
  let version = (segment.checkpoint?.version ?? -1) + 1;
  let lastCommit: CommitInfo | undefined;
  const read = (file: FileStatus): Promise<Action[]> => readCommit(source, file, options);
  for await (const actions of ahead(segment.commits, commitsAtOnce, read)) {
    state.applyCommit(actions, version++);
    lastCommit = actions.find(({ commitInfo }) => commitInfo)?.commitInfo ?? undefined;
  }
  return { state, lastCommit };
}

async function readCommit(
  source: FileSource,
  file: FileStatus,
  { signal }: CancelOptions,
): Promise<Action[]> {
  const text = (await source.read(file.path, { signal })).toString('utf8');
  return parseCommit(text, file.name);
}

/** The actions of one file of a checkpoint, and of the sidecar files that it names. */
async function* checkpointActions(
  source: FileSource,
  log: string,
  file: { path: string; name: string; length: number },
  options: CancelOptions,
  isSidecar = false,
): AsyncGenerator<Action, void, undefined> {
  const sidecars: { path: string; name: string; length: number }[] = [];
  for await (const action of ownActions(source, file, options)) {
    if (action.sidecar && !isSidecar) {
      const { path: name, sizeInBytes: length } = action.sidecar;
      sidecars.push({ path: joinPath(joinPath(log, '_sidecars'), decodeURIComponent(name)), name, length });
    }
    yield action;
  }
  for (const sidecar of sidecars) yield* checkpointActions(source, log, sidecar, options, true);
}

async function* ownActions(
  source: FileSource,
  file: { path: string; name: string; length: number },
  options: CancelOptions,
): AsyncGenerator<Action, void, undefined> {
  if (file.name.endsWith('.json')) {
    yield* parseCommit((await source.read(file.path, options)).toString('utf8'), file.name);
    return;
  }
  const parquet = await ParquetFile.open(source, file.path, file.length, options);
  const fields = parquet.columns().flatMap((field) => neededOf(field) ?? []);
  for await (const rows of parquet.read({ fields, matching: 'name' }, options)) {
    for (const row of rows) yield toAction(row, file.name);
  }
}

/** A checkpoint's `add` also has statistics of each column, which may be of types that we cannot read. */
function neededOf(field: Field): Field | undefined {
  const { name, type } = field;
  if (['metaData', 'protocol', 'txn', 'sidecar'].includes(name)) return field;
  if (name !== 'add' || typeof type === 'string' || type.kind !== 'struct') return undefined;
  const wanted = ['path', 'partitionValues', 'size', 'modificationTime', 'stats', 'deletionVector'];
  const fields = type.fields.flatMap((inner): Field[] => {
    if (wanted.includes(inner.name)) return [inner];
    if (inner.name !== 'stats_parsed' || typeof inner.type === 'string' || inner.type.kind !== 'struct')
      return [];
    const rows = inner.type.fields.filter((statistic) => statistic.name === 'numRecords');
    return [{ ...inner, type: { kind: 'struct', fields: rows } }];
  });
  return { ...field, type: { kind: 'struct', fields } };
}

/** One entry of a table's history. */
export interface Commit {
  version: number;
  timestamp: Date;
  /** `WRITE`, `MERGE`, …; undefined if the writer left no note. */
  operation: string | undefined;
  operationParameters: Record<string, unknown>;
  /** Such as `numOutputRows`; Delta writes the numbers as strings. */
  operationMetrics: Record<string, unknown>;
  userMetadata: string | undefined;
}

/** Notes of a commit are its first line, nearly always. */
const noteBytes = 64 * 1024;

/** The last `limit` commits up to `version`, newest first; fewer where older ones have been cleaned up. */
export async function readHistory(
  source: FileSource,
  log: string,
  version: number,
  limit: number,
  options: CancelOptions,
): Promise<Commit[]> {
  const first = Math.max(0, version - limit + 1);
  const listing = await listLog(source, log, first === 0 ? undefined : versionName(first), version, options);
  const files = listing
    .map(toLogFile)
    .filter(
      (file): file is LogFile => file?.kind === 'commit' && file.version >= first && file.version <= version,
    )
    .reverse();
  const commits: Commit[] = [];
  for await (const commit of ahead(files, commitsAtOnce, (file) => readNote(source, file, options))) {
    commits.push(commit);
  }
  return commits;
}

async function readNote(source: FileSource, file: LogFile, { signal }: CancelOptions): Promise<Commit> {
  const { path, name, length, modificationTime } = file.status;
  const start = (await source.read(path, { length: noteBytes, signal })).toString('utf8');
  const firstLine = start.slice(0, start.indexOf('\n') + 1);
  let note: CommitInfo | null | undefined;
  if (firstLine.startsWith('{"commitInfo"')) note = parseCommit(firstLine, name)[0]?.commitInfo;
  else {
    const text = length <= noteBytes ? start : (await source.read(path, { signal })).toString('utf8');
    note = parseCommit(text, name).find(({ commitInfo }) => commitInfo)?.commitInfo;
  }
  return {
    version: file.version,
    timestamp: new Date(note?.inCommitTimestamp ?? modificationTime),
    operation: note?.operation ?? undefined,
    operationParameters: note?.operationParameters ?? {},
    operationMetrics: note?.operationMetrics ?? {},
    userMetadata: note?.userMetadata ?? undefined,
  };
}
