import { WorkbenchError } from '../base/errors.ts';
import { parseSchema, type Field } from './dataType.ts';
import type { LiveFile, MetaData, Protocol } from './deltaActions.ts';
import { findSegment, readHistory, replaySegment } from './deltaLog.ts';
import type { CancelOptions, FileSource } from './fileSource.ts';
import { joinPath } from './hdfsPath.ts';
import type { Row } from './parquetFile.ts';
import type { Matching } from './parquetSchema.ts';
import { partitionValue } from './partition.ts';
import type { TableContent, TableFile } from './tableContent.ts';

/** Reader features that need nothing of us, or that we know. */
const supportedFeatures = new Set([
  'columnMapping',
  'deletionVectors',
  'timestampNtz',
  'v2Checkpoint',
  'vacuumProtocolCheck',
]);

const advice = 'Read it through Spark.';

/** Opens a Delta table at its newest version, or at `version`. Throws `unsupported` by the name of the feature. */
export async function openDelta(
  source: FileSource,
  path: string,
  options: CancelOptions & { version?: number | undefined; statistics?: boolean | undefined },
): Promise<TableContent> {
  const { version: wanted, signal, statistics = false } = options;
  const log = joinPath(path, '_delta_log');
  const segment = await findSegment(source, log, wanted, { signal });
  const { state, lastCommit } = await replaySegment(source, log, segment, { signal });
  const { metaData, protocol } = state;
  if (!metaData || !protocol) {
    throw new WorkbenchError('protocol', `The log of "${path}" is damaged: it has no schema or no protocol.`);
  }
  checkReadable(path, protocol, metaData);

  const where = `The table "${path}"`;
  const fields = parseSchema(metaData.schemaString, where);
  const matching = matchingOf(metaData, path);
  const partitionFields = (metaData.partitionColumns ?? []).map((name) => {
    const field = fields.find((candidate) => candidate.name === name);
    if (!field)
      throw new WorkbenchError('protocol', `${where} is partitioned by "${name}", which it has not.`);
    return field;
  });
  const files = inReadingOrder(state.files).map((file) =>
    toTableFile(path, file, partitionFields, statistics),
  );
  const last = segment.commits.at(-1) ?? segment.checkpoint?.files[0];
  return {
    path,
    format: 'delta',
    version: segment.version,
    lastChange: new Date(lastCommit?.inCommitTimestamp ?? last?.modificationTime ?? 0),
    fields,
    matching,
    partitionColumns: partitionFields.map(({ name }) => name),
    files,
    properties: metaData.configuration ?? {},
    transactions: state.transactions,
    history: (limit, given) => readHistory(source, log, segment.version, limit, given),
  };
}

function checkReadable(path: string, protocol: Protocol, metaData: MetaData): void {
  const refused = (what: string): WorkbenchError =>
    new WorkbenchError('unsupported', `The table "${path}" ${what}. ${advice}`);
  const { minReaderVersion, readerFeatures } = protocol;
  if (minReaderVersion > 3 || minReaderVersion < 1) {
    throw refused(`needs version ${minReaderVersion} of Delta's reader protocol, which is not known here`);
  }
  const unknown = (readerFeatures ?? []).filter((feature) => !supportedFeatures.has(feature));
  if (minReaderVersion === 3 && unknown.length > 0) {
    throw refused(`uses the Delta feature ${unknown.join(', ')}, which is not supported here`);
  }
  const provider = metaData.format?.provider;
  if (provider !== undefined && provider.toLowerCase() !== 'parquet') {
    throw refused(`keeps its data as ${provider}, which is not supported here`);
  }
}

function matchingOf(metaData: MetaData, path: string): Matching {
  const mode = metaData.configuration?.['delta.columnMapping.mode'] ?? 'none';
  if (mode === 'id') return 'id';
  if (mode === 'none' || mode === 'name') return 'name';
  throw new WorkbenchError(
    'unsupported',
    `The table "${path}" maps its columns by ${mode}, which is not known. ${advice}`,
  );
}

/** Newest first; the files of one commit in the order of Spark's partitions, so that a sorted write stays sorted. */
function inReadingOrder(files: readonly LiveFile[]): LiveFile[] {
  return [...files].sort((a, b) => {
    const byCommit = (b.addedIn ?? -1) - (a.addedIn ?? -1);
    if (byCommit !== 0) return byCommit;
    // Of a checkpoint's files only the time is known; those of one commit differ in it, by little.
    if (a.addedIn === undefined && Math.abs(b.modificationTime - a.modificationTime) > 10_000) {
      return b.modificationTime - a.modificationTime;
    }
    return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
  });
}

function toTableFile(
  table: string,
  file: LiveFile,
  partitionFields: readonly Field[],
  keepStatistics: boolean,
): TableFile {
  const path = dataPath(table, file.path);
  if (file.deletionVector) {
    throw new WorkbenchError(
      'unsupported',
      `The table "${table}" has deletion vectors (the Delta feature deletionVectors), which are not supported here. ${advice}`,
    );
  }
  const partition: Row = {};
  for (const { name, physicalName, type } of partitionFields) {
    partition[name] = partitionValue(file.partitionValues?.[physicalName ?? name], type, `"${path}"`);
  }
  const rows = recordCount(file);
  return {
    path,
    bytes: file.size,
    ...(rows !== undefined && { rows }),
    modificationTime: file.modificationTime,
    partition,
    ...(keepStatistics && file.stats !== null && file.stats !== undefined && { statistics: file.stats }),
  };
}

/** The path of a data file: a URL's path in the log, relative to the table unless the table is a shallow clone. */
function dataPath(table: string, encoded: string): string {
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch (error) {
    throw new WorkbenchError(
      'protocol',
      `The log of "${table}" is damaged: "${encoded}" is no path of a file.`,
      {
        cause: error,
      },
    );
  }
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\//.test(path)) {
    throw new WorkbenchError(
      'unsupported',
      `The table "${table}" is a shallow clone: its files lie elsewhere ("${path}"). ${advice}`,
    );
  }
  return path.startsWith('/') ? path : joinPath(table, path);
}

function recordCount({ stats, stats_parsed: parsed }: LiveFile): number | undefined {
  if (parsed?.numRecords !== null && parsed?.numRecords !== undefined) return parsed.numRecords;
  if (!stats) return undefined;
  try {
    const { numRecords } = JSON.parse(stats) as { numRecords?: unknown };
    return typeof numRecords === 'number' && numRecords >= 0 ? numRecords : undefined;
  } catch {
    // Statistics are a help, never a need.
    return undefined;
  }
}
