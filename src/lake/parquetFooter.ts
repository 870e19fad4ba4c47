import type { FileMetaData } from 'hyparquet';
import { WorkbenchError } from '../base/errors.ts';
import { chunkRange } from './parquetChunks.ts';
import { ThriftReader, bytesField, listField, numberField } from './thrift.ts';

const maxFooterBytes = 256 * 1024 * 1024;
const maxRows = 2 ** 31;
/** Deeper than any table; a limit, since the schema comes from a file. */
const maxSchemaDepth = 100;

/** Length of the footer with its frame: metadata, 4 bytes of length, `PAR1`. */
export function footerLength(suffix: ArrayBuffer, bytes: number): number {
  const view = new DataView(suffix);
  if (view.byteLength < 12) throw new Error('it is too short');
  const magic = view.getUint32(view.byteLength - 4, true);
  if (magic === 0x45524150) throw new WorkbenchError('unsupported', 'The Parquet file is encrypted.');
  if (magic !== 0x31524150) throw new Error('it does not end with PAR1');
  const length = view.getUint32(view.byteLength - 8, true) + 8;
  if (length > bytes - 4 || length > maxFooterBytes) throw new Error('its footer has an impossible length');
  return length;
}

/** Checks that the footer's bytes can be read at all, so that reading them with hyparquet ends and takes no more memory than they. */
export function checkFooter(footer: Uint8Array): void {
  const broken = (why: string): Error => new Error(`its footer is damaged: ${why}`);
  const fields = new ThriftReader(footer).struct();
  const elements = listField(fields, 2);
  if (!elements.every((element) => element instanceof Map && bytesField(element, 4) !== undefined)) {
    throw broken('a column has no name');
  }
  const schema = elements.map((element) => (element instanceof Map ? (numberField(element, 5) ?? 0) : -1));
  // A tree, written depth first: how many children are still to come at each depth.
  const left: number[] = [];
  schema.forEach((children, i) => {
    if (children < 0 || (i > 0 && left.length === 0)) throw broken('its schema is no tree');
    if (i > 0) left[left.length - 1]!--;
    if (children > 0) left.push(children);
    if (left.length > maxSchemaDepth) throw new Error('a schema nested so deep is not supported');
    while (left.at(-1) === 0) left.pop();
  });
  if (schema.length === 0 || left.length > 0) throw broken('its schema is no tree');
}

/** Checks what the reading relies on, so that a damaged footer gives an error and no endless loop or wrong row. */
export function checkedRows(metadata: FileMetaData, bytes: number): number {
  const broken = (why: string): Error => new Error(`its footer is damaged: ${why}`);
  let rows = 0;
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows);
    if (!Number.isSafeInteger(count) || count < 0) throw broken('a row group has no count');
    rows += count;
    group.columns.forEach(({ meta_data: column, file_path: elsewhere, ...chunk }, i) => {
      if (chunk.encrypted_column_metadata ?? chunk.crypto_metadata) {
        throw new WorkbenchError(
          'unsupported',
          'The Parquet file has encrypted columns. Read it through Spark.',
        );
      }
      if (!column) throw broken('a column has no description');
      if (elsewhere) throw new Error('a column in another file is not supported');
      const { start, end } = chunkRange(group, i);
      if (!(start >= 4 && end >= start && end <= bytes)) throw broken('a column lies outside of the file');
      const index = Number(chunk.offset_index_offset ?? 0);
      if (index < 0 || index + (chunk.offset_index_length ?? 0) > bytes)
        throw broken('an index lies outside of the file');
    });
  }
  // Some writers leave the sum at 0.
  const told = Number(metadata.num_rows);
  if (rows > maxRows || (told !== 0 && rows !== told)) throw broken('its row counts contradict each other');
  return rows;
}
