import { WorkbenchError } from '../../base/errors.ts';
import type { Row } from '../parquetFile.ts';
import { chunkBytes, type ByteChunks } from './byteChunks.ts';
import { parseJson } from './exactJson.ts';
import { JsonColumns } from './jsonColumns.ts';
import type {
  Fact,
  OpenPreviewOptions,
  Preview,
  PreviewColumn,
  PreviewRowsOptions,
  RowCount,
} from './preview.ts';
import { TextBlocks } from './textBlocks.ts';
import { growingPieces, tooLong, type SplitRecords } from './textSplit.ts';
import { contentStart, invalidTextNote, textNotes } from './textStart.ts';
import type { WatchedFile } from './watchedFile.ts';

/** The rows that types are told by. */
const sampleRows = 1000;
/** A JSON document has to be read whole, and takes some times its length as values. */
const maxDocumentBytes = 32 * 1024 * 1024;

/** A file of JSON values, one to a line. */
export class JsonLinesPreview implements Preview {
  readonly format = 'jsonl';
  readonly path: string;
  readonly bytes: number;
  readonly lastChange: Date;
  readonly #blocks: TextBlocks<unknown>;
  readonly #columns = new JsonColumns();
  readonly #packedNotes: string[];
  readonly #hasInvalidText: () => boolean;

  private constructor(
    file: WatchedFile,
    blocks: TextBlocks<unknown>,
    sample: unknown[],
    isPacked: boolean,
    hasInvalidText: () => boolean,
  ) {
    this.path = file.path;
    this.bytes = file.bytes;
    this.lastChange = file.lastChange;
    this.#blocks = blocks;
    this.#packedNotes = textNotes(isPacked);
    this.#hasInvalidText = hasInvalidText;
    this.#columns.add(sample);
  }

  static async open(
    file: WatchedFile,
    chunks: ByteChunks,
    isPacked: boolean,
    options: OpenPreviewOptions,
  ): Promise<JsonLinesPreview> {
    const { start } = await contentStart(file, chunks, options);
    let isInvalidText = false;
    const blocks = new TextBlocks(
      chunks,
      start,
      jsonLines(file.path, () => (isInvalidText = true)),
    );
    const sample = await blocks.records(0, sampleRows, options);
    return new JsonLinesPreview(file, blocks, sample, isPacked, () => isInvalidText);
  }

  get columns(): readonly PreviewColumn[] {
    return this.#columns.columns;
  }

  get notes(): readonly string[] {
    return [
      ...this.#packedNotes,
      ...(this.#hasInvalidText() ? [invalidTextNote] : []),
      ...columnNotes(this.#columns),
      ...(this.#blocks.failure ? [this.#blocks.failure.message] : []),
    ];
  }

  rowCount(): RowCount {
    return this.#blocks.count();
  }

  async rows(start: number, end: number, { columns, signal }: PreviewRowsOptions = {}): Promise<Row[]> {
    const values = await this.#blocks.records(start, end, { signal });
    this.#columns.add(values);
    return values.map((value) => this.#columns.row(value, columns));
  }

  facts(): Fact[] {
    return [{ label: 'Layout', value: 'one JSON value to a line' }];
  }
}

/** A file that is one JSON value: an array's elements are rows, anything else is one row. */
export class JsonDocumentPreview implements Preview {
  readonly format = 'json';
  readonly path: string;
  readonly bytes: number;
  readonly lastChange: Date;
  readonly notes: readonly string[];
  readonly #values: unknown[];
  readonly #columns = new JsonColumns();
  readonly #layout: string;

  private constructor(file: WatchedFile, value: unknown, isInvalidText: boolean) {
    this.path = file.path;
    this.bytes = file.bytes;
    this.lastChange = file.lastChange;
    this.#values = Array.isArray(value) ? value : [value];
    this.#columns.add(this.#values);
    this.#layout = Array.isArray(value) ? 'one array' : 'one value';
    this.notes = [...(isInvalidText ? [invalidTextNote] : []), ...columnNotes(this.#columns)];
  }

  static async open(
    file: WatchedFile,
    chunks: ByteChunks,
    options: OpenPreviewOptions,
  ): Promise<JsonDocumentPreview> {
    const { start } = await contentStart(file, chunks, options);
    const parts: Buffer[] = [];
    for (let number = 0; ; number++) {
      const chunk = await chunks.chunk(number, options);
      parts.push(chunk);
      if (chunk.length < chunkBytes) break;
      if (parts.length * chunkBytes >= maxDocumentBytes) {
        throw new WorkbenchError(
          'unsupported',
          `"${file.path}" is one JSON document of more than ${maxDocumentBytes / 1024 / 1024} MB, which is not shown here: ` +
            'it would have to be read whole. Write one JSON value to a line (JSONL), or read it through Spark.',
        );
      }
    }
    const text = Buffer.concat(parts).subarray(start).toString('utf8');
    // As Spark reads an empty file: no rows.
    const value = text.trim() === '' ? [] : parseJson(text, `"${file.path}"`);
    return new JsonDocumentPreview(file, value, text.includes('�'));
  }

  get columns(): readonly PreviewColumn[] {
    return this.#columns.columns;
  }

  rowCount(): RowCount {
    return { rows: this.#values.length, isFinal: true };
  }

  rows(start: number, end: number, { columns }: PreviewRowsOptions = {}): Promise<Row[]> {
    return Promise.resolve(this.#values.slice(start, end).map((value) => this.#columns.row(value, columns)));
  }

  facts(): Fact[] {
    return [{ label: 'Layout', value: this.#layout }];
  }
}

function columnNotes({ isFull, columns }: JsonColumns): string[] {
  return isFull ? [`The rows have more keys than are shown as columns (${columns.length}).`] : [];
}

/**
 * Whether a file that is named `.json` has a value on each line, as Spark writes it: the first line that is not empty is a
 * whole value, and something follows.
 */
export async function hasJsonLines(
  file: WatchedFile,
  chunks: ByteChunks,
  options: OpenPreviewOptions,
): Promise<boolean> {
  const { sample, isWhole } = await contentStart(file, chunks, options);
  const [first = '', ...others] = sample
    .toString('utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (others.length === 0 && isWhole) return false;
  try {
    parseJson(first, '');
    return true;
  } catch {
    return false;
  }
}

/** One value to a line; empty lines are passed over. */
function jsonLines(path: string, onInvalidText: () => void): SplitRecords<unknown> {
  return async function* (pieces) {
    for await (const { bytes, offset, isEnd, take } of growingPieces(pieces, path)) {
      let at = 0;
      while (at < bytes.length) {
        const lineFeed = bytes.indexOf(10, at);
        if (lineFeed === -1 && !isEnd) break;
        const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
        if (end - at > tooLong.bytes) throw tooLong.error(path);
        const line = bytes.toString('utf8', at, end).trim();
        at = end;
        if (line === '') continue;
        if (line.includes('�')) onInvalidText();
        yield { value: parseJson(line, `A line of "${path}" (${line.slice(0, 40)}…)`), end: offset + at };
      }
      take(at);
    }
  };
}
