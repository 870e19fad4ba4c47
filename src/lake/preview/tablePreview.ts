import { WorkbenchError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import { ahead } from '../ahead.ts';
import type { Commit } from '../deltaLog.ts';
import type { Field } from '../dataType.ts';
import type { CancelOptions, FileSource } from '../fileSource.ts';
import { ParquetFile, type Row } from '../parquetFile.ts';
import type { Matching } from '../parquetSchema.ts';
import { RangeCache } from '../rangeCache.ts';
import { inOrder, type Table } from '../table.ts';
import type { TableFile } from '../tableContent.ts';
import { mergeFacts, type ColumnFacts } from './columnFacts.ts';
import { deltaStatistics } from './deltaStatistics.ts';
import { parquetStatistics } from './parquetStatistics.ts';
import type {
  Fact,
  PartitionFact,
  Preview,
  PreviewColumn,
  PreviewRowsOptions,
  RowCount,
  RowGroupFact,
} from './preview.ts';
import { RowCache } from './rowCache.ts';
import { watchedSource } from './watchedFile.ts';

/** Above so many files, a Parquet directory's footers are read as rows are asked for, not when it is opened. */
const footersAtOpening = 16;
const footersAtOnce = 4;
/** Of files whose footers stay in memory. */
const keptFiles = 64;
const keptFileBytes = 64 * 1024 * 1024;
const keptRowBytes = 64 * 1024 * 1024;
/** Rows are decoded in blocks of about so many bytes, and of a power of two of rows. */
const blockBytes = 2 * 1024 * 1024;
const blockRows = { least: 16, most: 4096 };

/** A Delta or Parquet table. Rows are those of its files, one file after the other. */
export class TablePreview implements Preview {
  readonly format: 'delta' | 'parquet';
  readonly path: string;
  readonly columns: readonly PreviewColumn[];
  readonly bytes: number;
  readonly version?: number;
  readonly lastChange: Date;
  readonly notes: readonly string[] = [];
  readonly partitions?: () => PartitionFact[];
  readonly history?: (limit: number, options?: CancelOptions) => Promise<Commit[]>;
  readonly #table: Table;
  readonly #source: FileSource;
  readonly #ranges = new RangeCache(keptFileBytes);
  readonly #rowCache = new RowCache(keptRowBytes);
  readonly #opened: Map<number, ParquetFile>;
  /** The number of the first row of each file whose predecessors are known; one more than files when all are. */
  readonly #starts = [0];

  private constructor(
    source: FileSource,
    table: Table,
    opened: Map<number, ParquetFile>,
    ranges: RangeCache,
    statistics: Map<string, ColumnFacts>,
  ) {
    this.#source = source;
    this.#table = table;
    this.#opened = opened;
    this.#ranges = ranges;
    this.format = table.format;
    this.path = table.path;
    this.bytes = table.bytes;
    if (table.version !== undefined) this.version = table.version;
    this.lastChange = table.lastChange;
    this.columns = table.columns.map((column) => ({
      ...column,
      ...(table.partitionColumns.includes(column.name) && { isPartition: true }),
      ...shownFacts(statistics.get(column.name)),
    }));
    if (table.partitionColumns.length > 0) this.partitions = () => partitionsOf(table.files);
    if (table.format === 'delta') this.history = (limit, options) => table.history(limit, options);
    this.#count();
  }

  /** `table` was opened with its statistics. */
  static async open(source: FileSource, table: Table, { signal }: CancelOptions): Promise<TablePreview> {
    const ranges = new RangeCache(keptFileBytes);
    const { fields, matching, partitionColumns, files } = table.content;
    if (table.format === 'delta') {
      // A table's data files never change; that they go is told by reading them.
      return new TablePreview(
        source,
        table,
        new Map(),
        ranges,
        deltaStatistics(files, fields, partitionColumns),
      );
    }
    const watched = watchedSource(source, files);
    const opened = new Map<number, ParquetFile>();
    let statistics = new Map<string, ColumnFacts>();
    if (files.length <= footersAtOpening) {
      const open = ({ path, bytes }: TableFile): Promise<ParquetFile> =>
        ParquetFile.open(watched, path, bytes, { signal, cache: ranges });
      for await (const file of ahead(files, footersAtOnce, open)) opened.set(opened.size, file);
      const inFiles = fields.filter(({ name }) => !partitionColumns.includes(name));
      const parts = [...opened.values()].map((file) => statisticsOf(file, inFiles, matching));
      statistics = new Map(
        inFiles
          .filter(({ name }) => parts.every((part) => part.has(name)))
          .map(({ name, type }) => [
            name,
            mergeFacts(
              parts.map((part) => part.get(name)!),
              type,
            ),
          ]),
      );
    }
    return new TablePreview(watched, table, opened, ranges, statistics);
  }

  rowCount(): RowCount {
    const rows = this.#starts.at(-1)!;
    const { files } = this.#table;
    const known = this.#starts.length - 1;
    if (known === files.length) return { rows, isFinal: true };
    const bytes = files.slice(0, known).reduce((sum, file) => sum + file.bytes, 0);
    return { rows, isFinal: false, ...(rows > 0 && { estimate: Math.round((rows * this.bytes) / bytes) }) };
  }

  async rows(start: number, end: number, { columns, signal }: PreviewRowsOptions = {}): Promise<Row[]> {
    await this.#countUpTo(end, { signal });
    const fields = this.#table.fieldsOf(columns);
    const rows: Row[] = [];
    for (let i = 0; i < this.#starts.length - 1; i++) {
      const [first, next] = [this.#starts[i]!, this.#starts[i + 1]!];
      const [from, to] = [Math.max(start, first) - first, Math.min(end, next) - first];
      if (from >= to) continue;
      for (const row of await this.#rowsOfFile(i, fields, from, to, { signal })) rows.push(row);
    }
    return rows;
  }

  facts(): Fact[] {
    const opened = [...this.#opened.values()];
    const { files } = this.#table;
    const codecs = new Set(opened.flatMap(({ metadata }) => metadata.row_groups.flatMap(codecsOf)));
    const writers = new Set(opened.flatMap(({ metadata }) => metadata.created_by ?? []));
    const groups = opened.reduce((sum, { metadata }) => sum + metadata.row_groups.length, 0);
    const ofAll = opened.length === files.length ? '' : ` (of ${opened.length} of ${files.length} files)`;
    return [
      { label: 'Files', value: String(files.length) },
      { label: 'Size', value: formatBytes(this.bytes) },
      ...(opened.length > 0
        ? [
            { label: 'Row groups', value: `${groups}${ofAll}` },
            { label: 'Compression', value: [...codecs].join(', ') || 'none' },
            { label: 'Written by', value: [...writers].join('; ') || 'unknown' },
          ]
        : []),
      ...(this.#table.partitionColumns.length > 0
        ? [{ label: 'Partitioned by', value: this.#table.partitionColumns.join(', ') }]
        : []),
    ];
  }

  rowGroups(): RowGroupFact[] {
    return [...this.#opened].sort(([a], [b]) => a - b).flatMap(([, file]) => rowGroupsOf(file));
  }

  metadata(): { key: string; value: string }[] {
    const { properties } = this.#table.content;
    if (properties) return Object.entries(properties).map(([key, value]) => ({ key, value: value ?? '' }));
    const [file] = this.#opened.values();
    return (file?.metadata.key_value_metadata ?? []).map(({ key, value }) => ({ key, value: value ?? '' }));
  }

  /** Adds the files at the front whose rows are known. */
  #count(): void {
    const { files } = this.#table;
    for (let i = this.#starts.length - 1; i < files.length; i++) {
      const rows = files[i]!.rows ?? this.#opened.get(i)?.rows;
      if (rows === undefined) return;
      this.#starts.push(this.#starts.at(-1)! + rows);
    }
  }

  /** Opens files until those at the front have so many rows, or all are open. */
  async #countUpTo(row: number, options: CancelOptions): Promise<void> {
    const { files } = this.#table;
    while (this.#starts.at(-1)! < row && this.#starts.length <= files.length) {
      const next = this.#starts.length - 1;
      const some = Array.from({ length: Math.min(footersAtOnce, files.length - next) }, (_, i) => next + i);
      for (const [i, { rows }] of (await Promise.all(some.map((i) => this.#file(i, options)))).entries()) {
        files[next + i]!.rows ??= rows;
      }
      this.#count();
    }
  }

  async #file(i: number, { signal }: CancelOptions): Promise<ParquetFile> {
    const kept = this.#opened.get(i);
    if (kept) {
      this.#opened.delete(i);
      this.#opened.set(i, kept);
      return kept;
    }
    const { path, bytes, rows } = this.#table.files[i]!;
    const file = await ParquetFile.open(this.#source, path, bytes, { signal, cache: this.#ranges });
    if (rows !== undefined && rows !== file.rows) {
      throw new WorkbenchError(
        'protocol',
        `"${path}" has ${file.rows} rows, and the table's log says ${rows}. Read the table through Spark.`,
      );
    }
    this.#opened.set(i, file);
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size <= keptFiles) break;
      this.#opened.delete(oldest);
    }
    return file;
  }

  async #rowsOfFile(
    i: number,
    fields: readonly Field[],
    start: number,
    end: number,
    options: CancelOptions,
  ): Promise<Row[]> {
    const file = await this.#file(i, options);
    const { partition } = this.#table.files[i]!;
    const { matching } = this.#table.content;
    const inFile = fields.filter(({ name }) => !Object.hasOwn(partition, name));
    const size = rowsOfBlock(file);
    const rows: Row[] = [];
    for (let block = Math.floor(start / size); block * size < end; block++) {
      const first = block * size;
      const key = JSON.stringify([i, block, fields.map(({ name }) => name)]);
      let decoded = this.#rowCache.get(key);
      if (!decoded) {
        const last = Math.min(first + size, file.rows);
        const read = await file.rowsBetween({ fields: inFile, matching }, first, last, options);
        decoded = inFile.length === fields.length ? read : read.map((row) => inOrder(fields, row, partition));
        this.#rowCache.put(key, decoded);
      }
      for (const row of decoded.slice(Math.max(0, start - first), end - first)) rows.push(row);
    }
    return rows;
  }
}

function statisticsOf(
  file: ParquetFile,
  fields: readonly Field[],
  matching: Matching,
): Map<string, ColumnFacts> {
  try {
    return parquetStatistics(file, fields, matching);
  } catch {
    // Statistics are a help, never a need: what is damaged is told when rows are read.
    return new Map();
  }
}

function shownFacts(facts: ColumnFacts | undefined): Partial<PreviewColumn> {
  if (!facts) return {};
  const { nullCount, bounds } = facts;
  return {
    ...(nullCount !== undefined && { nullCount }),
    ...(bounds && { min: bounds.min, max: bounds.max, isBoundExact: bounds.isExact }),
  };
}

function rowsOfBlock({ metadata, rows }: ParquetFile): number {
  const bytes = metadata.row_groups.reduce(
    (sum, group) => sum + Math.max(0, Number(group.total_byte_size)),
    0,
  );
  const wanted = blockBytes / Math.max(1, bytes / Math.max(1, rows));
  const power = 2 ** Math.floor(Math.log2(Math.max(1, wanted)));
  return Math.min(blockRows.most, Math.max(blockRows.least, power));
}

type RowGroup = ParquetFile['metadata']['row_groups'][number];

function codecsOf({ columns }: RowGroup): string[] {
  return columns.flatMap(({ meta_data: meta }) => (meta ? [meta.codec.toLowerCase()] : []));
}

function rowGroupsOf({ path, metadata }: ParquetFile): RowGroupFact[] {
  let firstRow = 0;
  return metadata.row_groups.map((group) => {
    const sum = (key: 'total_compressed_size' | 'total_uncompressed_size'): number =>
      group.columns.reduce((bytes, { meta_data: meta }) => bytes + Number(meta?.[key] ?? 0), 0);
    const fact = {
      path,
      firstRow,
      rows: Number(group.num_rows),
      bytes: sum('total_compressed_size'),
      plainBytes: sum('total_uncompressed_size'),
      codecs: [...new Set(codecsOf(group))],
    };
    firstRow += fact.rows;
    return fact;
  });
}

function partitionsOf(files: readonly TableFile[]): PartitionFact[] {
  const facts = new Map<string, PartitionFact & { isCounted: boolean }>();
  for (const { partition, bytes, rows } of files) {
    const key = JSON.stringify(partition, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const fact = facts.get(key) ?? { values: partition, files: 0, bytes: 0, rows: 0, isCounted: true };
    facts.set(key, {
      ...fact,
      files: fact.files + 1,
      bytes: fact.bytes + bytes,
      rows: (fact.rows ?? 0) + (rows ?? 0),
      isCounted: fact.isCounted && rows !== undefined,
    });
  }
  return [...facts.values()].map(({ isCounted, rows, ...fact }) => ({
    ...fact,
    ...(isCounted && rows !== undefined && { rows }),
  }));
}
