import { parquetSchema, type FileMetaData, type RowGroup, type SchemaTree } from 'hyparquet';
import { checkPages, leafColumn, pagePlaces, type LeafColumn } from './parquetPages.ts';
import { ThriftReader, listField, numberField } from './thrift.ts';

/** A page of a column chunk, by its place in the file. */
export interface PageLocation {
  offset: number;
  bytes: number;
  /** Within the row group. */
  firstRow: number;
}

/** One column of one row group, and what is known of its pages. */
export interface Chunk {
  column: LeafColumn;
  start: number;
  end: number;
  groupRows: number;
  index: { start: number; end: number } | undefined;
  /** Of the data pages, as far as they are known. */
  pages: PageLocation[];
  /** The search for pages that is under way. */
  search: Promise<void>;
  /** Number of values in the dictionary, once its page was seen. */
  dictionary: Promise<number | undefined> | undefined;
}

/** Reads a range of the file, of exactly the bytes asked for. */
export type ReadRange = (start: number, end: number) => Promise<ArrayBuffer>;

/** What is read at once in search of the headers of pages. */
const headerBytes = 64 * 1024;

export function chunkRange({ columns }: RowGroup, column: number): { start: number; end: number } {
  const meta = columns[column]!.meta_data!;
  // Some writers note 0 where there is none.
  const dictionary = meta.dictionary_page_offset ?? 0n;
  const start = Number(dictionary > 0n ? dictionary : meta.data_page_offset);
  return { start, end: start + Number(meta.total_compressed_size) };
}

/** The column chunks of a file; stands between the file and hyparquet, which trusts the bytes that it gets. */
export class ParquetChunks {
  readonly #groups: Chunk[][];
  readonly #byIndexStart = new Map<number, Chunk>();
  /** Ranges that were found right, as long as they are kept. */
  readonly #checked = new WeakSet<ArrayBuffer>();

  constructor(metadata: FileMetaData) {
    const root = parquetSchema(metadata);
    this.#groups = metadata.row_groups.map((group) =>
      group.columns.map((column, i): Chunk => {
        const meta = column.meta_data!;
        const indexStart = Number(column.offset_index_offset ?? 0);
        const index =
          indexStart > 0 && column.offset_index_length
            ? { start: indexStart, end: indexStart + column.offset_index_length }
            : undefined;
        const path = pathTo(root, meta.path_in_schema);
        if (path.at(-1)!.element.type !== meta.type) {
          throw new Error('its footer is damaged: a column is of another type than its schema says');
        }
        const chunk: Chunk = {
          column: leafColumn(meta, path),
          ...chunkRange(group, i),
          groupRows: Number(group.num_rows),
          index,
          pages: [],
          search: Promise.resolve(),
          dictionary: undefined,
        };
        if (index) this.#byIndexStart.set(index.start, chunk);
        return chunk;
      }),
    );
  }

  /** The chunks of a row group, in the order of the footer. */
  ofGroup(group: number): readonly Chunk[] {
    return this.#groups[group] ?? [];
  }

  /** Reads a range and checks what is in it. Throws a plain Error if it is damaged. */
  async read(start: number, end: number, read: ReadRange): Promise<ArrayBuffer> {
    const indexed = this.#byIndexStart.get(start);
    if (indexed) {
      const data = await read(start, end);
      indexed.pages = offsetIndex(new Uint8Array(data), indexed);
      return data;
    }
    const chunks = this.#groups.flatMap((group) =>
      group.filter((chunk) => chunk.start < end && chunk.end > start && chunk.end > chunk.start),
    );
    const reading = read(start, end);
    for (const chunk of chunks) {
      if (chunk.start < start) continue;
      // Known before the reading of other pages of the same chunk, which waits for it, goes on.
      chunk.dictionary ??= reading.then((data) => dictionarySize(data, chunk.start - start));
      chunk.dictionary.catch(() => {
        chunk.dictionary = undefined;
      });
    }
    const data = await reading;
    if (this.#checked.has(data)) return data;
    for (const chunk of chunks) {
      const from = Math.max(start, chunk.start);
      const part = new Uint8Array(data, from - start, Math.min(end, chunk.end) - from);
      const known = new Map(
        chunk.pages.map(({ offset, firstRow }, i) => [
          offset - from,
          (chunk.pages[i + 1]?.firstRow ?? (chunk.index ? chunk.groupRows : NaN)) - firstRow,
        ]),
      );
      checkPages(part, chunk.column, await chunk.dictionary, (offset) => known.get(offset));
    }
    this.#checked.add(data);
    return data;
  }

  /**
   * Finds out where the pages are that have the rows up to `end`, of a chunk that has no index: from header to header, without
   * what is between them. Only for columns without lists, where a page's values are its rows.
   */
  findPages(chunk: Chunk, end: number, read: ReadRange): Promise<void> {
    chunk.search = chunk.search.catch(() => {}).then(() => this.#findPages(chunk, end, read));
    return chunk.search;
  }

  async #findPages(chunk: Chunk, end: number, read: ReadRange): Promise<void> {
    let known = chunk.pages.at(-1);
    let rows = known && chunk.pages.length > 1 ? known.firstRow : 0;
    // The last page's rows are not kept: it is looked at once more.
    let offset = known && chunk.pages.length > 1 ? known.offset : chunk.start;
    if (known && chunk.pages.length > 1) chunk.pages.pop();
    else chunk.pages = [];
    while (rows < end && offset < chunk.end - 1) {
      const stop = Math.min(offset + headerBytes, chunk.end);
      const places = pagePlaces(new Uint8Array(await read(offset, stop)));
      if (places.length === 0) throw new Error('a page is damaged: it has no header');
      for (const place of places) {
        if (rows >= end) break;
        if (!place.isDictionary) {
          known = { offset: offset + place.offset, bytes: place.bytes, firstRow: rows };
          chunk.pages.push(known);
          rows += place.values;
        }
      }
      const last = places.at(-1)!;
      offset += last.offset + last.bytes;
    }
    if (rows < end) throw new Error('a column has fewer values than rows');
  }
}

function dictionarySize(data: ArrayBuffer, offset: number): number | undefined {
  const [first] = pagePlaces(new Uint8Array(data, offset, Math.min(headerBytes, data.byteLength - offset)));
  return first?.isDictionary ? first.values : undefined;
}

function pathTo(root: SchemaTree, names: readonly string[]): SchemaTree[] {
  const path = [root];
  for (const name of names) {
    const next = path.at(-1)!.children.find(({ element }) => element.name === name);
    if (!next) throw new Error(`its footer is damaged: it has no column "${names.join('.')}"`);
    path.push(next);
  }
  return path;
}

/** The offset index of a chunk, checked against the chunk: pages within it, one after the other, and rows as well. */
function offsetIndex(bytes: Uint8Array, chunk: Chunk): PageLocation[] {
  const wrong = (): Error => new Error('the index of a column is damaged');
  const pages = listField(new ThriftReader(bytes).struct(), 1).map((location): PageLocation => {
    if (!(location instanceof Map)) throw wrong();
    const offset = numberField(location, 1) ?? -1;
    return { offset, bytes: numberField(location, 2) ?? -1, firstRow: numberField(location, 3) ?? -1 };
  });
  if (pages.length === 0 || pages[0]!.firstRow !== 0) throw wrong();
  let [offset, row] = [chunk.start, -1];
  for (const page of pages) {
    if (page.offset < offset || page.bytes <= 0 || page.firstRow <= row || page.firstRow >= chunk.groupRows)
      throw wrong();
    offset = page.offset + page.bytes;
    row = page.firstRow;
  }
  if (offset > chunk.end) throw wrong();
  return pages;
}

/** An offset index as a file would have it: see OffsetIndex in parquet.thrift. */
export function encodeOffsetIndex(pages: readonly PageLocation[]): ArrayBuffer {
  const bytes: number[] = [];
  const varint = (value: number): void => {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
    bytes.push(rest);
  };
  // Numbers here are not negative, so that zigzag doubles them.
  const field = (head: number, value: number): void => {
    bytes.push(head);
    varint(value * 2);
  };
  bytes.push(0x19, 0xfc);
  varint(pages.length);
  for (const { offset, bytes: length, firstRow } of pages) {
    field(0x16, offset);
    field(0x15, length);
    field(0x16, firstRow);
    bytes.push(0);
  }
  bytes.push(0);
  return Uint8Array.from(bytes).buffer;
}
