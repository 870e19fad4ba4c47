import { WorkbenchError } from '../../base/errors.ts';
import type { Row } from '../parquetFile.ts';
import { set } from '../parquetSchema.ts';
import type { ByteChunks } from './byteChunks.ts';
import { looksLikeHeader, sniffDialect } from './csvDialect.ts';
import { csvSplitter, type Dialect, type Fields } from './csvSplit.ts';
import type {
  Fact,
  OpenPreviewOptions,
  Preview,
  PreviewColumn,
  PreviewRowsOptions,
  RowCount,
} from './preview.ts';
import { TextBlocks } from './textBlocks.ts';
import { inferTextType, textValue } from './textTypes.ts';
import { contentStart, invalidTextNote, textNotes } from './textStart.ts';
import type { WatchedFile } from './watchedFile.ts';

/** The rows that types are told by. */
const sampleRows = 1000;
/** More columns than any table of people's own; a limit for a file that is no CSV. */
const maxColumns = 10_000;

/** A CSV file. Records are counted with the header; rows without. */
export class CsvPreview implements Preview {
  readonly format = 'csv';
  readonly path: string;
  readonly bytes: number;
  readonly lastChange: Date;
  readonly #blocks: TextBlocks<Fields>;
  readonly #columns: PreviewColumn[] = [];
  readonly #headerRows: number;
  readonly #dialect: Dialect;
  readonly #notes: string[];
  #isInvalidText = false;

  private constructor(
    file: WatchedFile,
    blocks: TextBlocks<Fields>,
    sample: Fields[],
    how: { dialect: Dialect; header: boolean; isPacked: boolean },
  ) {
    this.path = file.path;
    this.bytes = file.bytes;
    this.lastChange = file.lastChange;
    this.#blocks = blocks;
    this.#dialect = how.dialect;
    this.#headerRows = how.header ? 1 : 0;
    this.#notes = textNotes(how.isPacked);
    const header = how.header ? sample[0] : undefined;
    const rows = how.header ? sample.slice(1) : sample;
    const width = rows.reduce((most, { length }) => Math.max(most, length), header?.length ?? 0);
    this.#widen(width, header, rows);
    this.#look(sample);
  }

  /** `isPacked` is whether `chunks` are unpacked from the file. */
  static async open(
    file: WatchedFile,
    chunks: ByteChunks,
    isPacked: boolean,
    options: OpenPreviewOptions,
  ): Promise<CsvPreview> {
    const { start, sample: bytes } = await contentStart(file, chunks, options);
    const named = /\.tsv(\.gz)?$/i.test(file.path) ? '\t' : undefined;
    const dialect = sniffDialect(bytes, options.delimiter ?? named);
    const blocks = new TextBlocks(chunks, start, csvSplitter(dialect, file.path));
    const sample = await blocks.records(0, sampleRows, options);
    const header = options.header ?? looksLikeHeader(sample[0]);
    return new CsvPreview(file, blocks, sample, { dialect, header, isPacked });
  }

  get columns(): readonly PreviewColumn[] {
    return this.#columns;
  }

  get notes(): readonly string[] {
    return [
      ...this.#notes,
      ...(this.#isInvalidText ? [invalidTextNote] : []),
      ...(this.#blocks.failure ? [this.#blocks.failure.message] : []),
    ];
  }

  rowCount(): RowCount {
    const { rows, isFinal, estimate } = this.#blocks.count();
    return {
      rows: Math.max(0, rows - this.#headerRows),
      isFinal,
      ...(estimate !== undefined && { estimate: Math.max(0, estimate - this.#headerRows) }),
    };
  }

  async rows(start: number, end: number, { columns, signal }: PreviewRowsOptions = {}): Promise<Row[]> {
    const records = await this.#blocks.records(start + this.#headerRows, end + this.#headerRows, { signal });
    this.#look(records);
    const width = records.reduce((most, { length }) => Math.max(most, length), 0);
    if (width > this.#columns.length) this.#widen(width, undefined, records);
    const wanted = this.#columns
      .map(({ name, type }, i) => ({ name, type, i }))
      .filter(({ name }) => !columns || columns.includes(name));
    return records.map((fields) => {
      const row: Row = {};
      for (const { name, type, i } of wanted) set(row, name, textValue(type, fields[i] ?? null));
      return row;
    });
  }

  facts(): Fact[] {
    const names: Record<string, string> = {
      ',': 'comma',
      ';': 'semicolon',
      '\t': 'tab',
      '|': 'vertical bar',
    };
    return [
      { label: 'Delimiter', value: names[this.#dialect.delimiter] ?? this.#dialect.delimiter },
      ...(this.#dialect.escape === '\\'
        ? [{ label: 'Quotes in texts', value: 'with a backslash before them' }]
        : []),
      { label: 'First row', value: this.#headerRows === 1 ? 'names of the columns' : 'data' },
    ];
  }

  /** Columns are added behind those that are there, as many as rows have fields. */
  #widen(width: number, header: Fields | undefined, rows: readonly Fields[]): void {
    if (width > maxColumns) {
      throw new WorkbenchError(
        'unsupported',
        `A row of "${this.path}" has ${width} fields; more than ${maxColumns} are not shown. Is it a CSV file?`,
      );
    }
    const taken = new Set(this.#columns.map(({ name }) => name));
    for (let i = this.#columns.length; i < width; i++) {
      // As Spark names columns that have no name.
      let name = header?.[i] ?? `_c${i}`;
      for (let n = 2; taken.has(name); n++) name = `${header?.[i] ?? `_c${i}`} (${n})`;
      taken.add(name);
      this.#columns.push({
        name,
        type: inferTextType(rows.map((fields) => fields[i] ?? null)),
        nullable: true,
      });
    }
  }

  #look(records: readonly Fields[]): void {
    this.#isInvalidText ||= records.some((fields) => fields.some((field) => field?.includes('�')));
  }
}
