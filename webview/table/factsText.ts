import * as l10n from '@vscode/l10n';
import { formatBytes } from '../../src/base/format.ts';
import type { TableMessage } from '../../src/vscode/tables/tableProtocol.ts';

const formatNames: Record<string, string> = {
  ...{ delta: 'Delta', parquet: 'Parquet', avro: 'Avro' },
  ...{ spark: 'Spark', pandas: 'pandas' },
};

/** `Delta · version 12 · 1,000 rows · 4 MB · last change …`: what stands beside a table's name. */
export function factsText(table: TableMessage, language: string): string {
  const { format, version, bytes, changedAt } = table;
  const changed = new Date(changedAt).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  // Frames of the session, which have no files.
  const isFrame = format === 'spark' || format === 'pandas';
  return [
    formatNames[format] ?? format.toUpperCase(),
    version === undefined ? '' : l10n.t('version {0}', version),
    rowsText(table, language),
    isFrame && bytes === 0 ? '' : formatBytes(bytes),
    isFrame ? l10n.t('read {0}', changed) : l10n.t('last change {0}', changed),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function rowsText({ rowCount }: TableMessage, language: string): string {
  const { rows, isFinal, estimate } = rowCount;
  const count = rows.toLocaleString(language);
  if (isFinal) return rows === 1 ? l10n.t('1 row') : l10n.t('{0} rows', count);
  if (estimate === undefined) return l10n.t('{0} rows so far', count);
  // Two digits: it is judged by the bytes.
  const about = estimate.toLocaleString(language, { maximumSignificantDigits: 2 });
  return l10n.t('{0} rows so far, about {1} in all', count, about);
}
