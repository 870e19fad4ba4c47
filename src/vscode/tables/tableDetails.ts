import * as l10n from '@vscode/l10n';
import type { Commit } from '../../lake/deltaLog.ts';
import type { Preview } from '../../lake/preview/preview.ts';
import type { Detail, WireCommit, WireList } from './tableProtocol.ts';
import { wireCell } from './wireCell.ts';

const maxListRows = 1_000;

/** A list for a tab of the side panel. */
export function detailList(preview: Preview, detail: Exclude<Detail, 'history'>): WireList {
  switch (detail) {
    case 'metadata': {
      const entries = preview.metadata?.() ?? [];
      return listOf(
        [l10n.t('Key'), l10n.t('Value')],
        [],
        entries.map(({ key, value }) => [key, value]),
      );
    }
    case 'partitions': {
      const entries = preview.partitions?.() ?? [];
      const names = Object.keys(entries[0]?.values ?? {});
      const fixed = [l10n.t('Rows'), l10n.t('Files'), l10n.t('Bytes')];
      return listOf(
        [...names, ...fixed],
        fixed,
        entries.map(({ values, rows, files, bytes }) => [
          ...names.map((name) => values[name]),
          rows,
          files,
          bytes,
        ]),
      );
    }
    case 'rowGroups': {
      const groups = preview.rowGroups?.() ?? [];
      const numeric = [l10n.t('First row'), l10n.t('Rows'), l10n.t('Bytes'), l10n.t('Uncompressed')];
      return listOf(
        [l10n.t('File'), ...numeric, l10n.t('Codec')],
        numeric,
        groups.map(({ path, firstRow, rows, bytes, plainBytes, codecs }) => [
          path.slice(path.lastIndexOf('/') + 1),
          firstRow,
          rows,
          bytes,
          plainBytes,
          codecs.join(', '),
        ]),
      );
    }
  }
}

/** A commit as the page gets it. */
export function wireCommit(commit: Commit): WireCommit {
  const { version, timestamp, operation, operationMetrics: metrics } = commit;
  const rows = numberOf(metrics.numOutputRows ?? metrics.numTargetRowsInserted);
  const files = numberOf(metrics.numFiles ?? metrics.numTargetFilesAdded ?? metrics.numAddedFiles);
  return {
    version,
    at: timestamp.getTime(),
    operation: operation ?? '',
    ...(rows !== undefined && { rows }),
    ...(files !== undefined && { files }),
    parameters: parametersText(commit),
  };
}

/** Delta writes its numbers as texts. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

const maxParameters = 160;

function parametersText({ operationParameters, userMetadata }: Commit): string {
  const parts = Object.entries(operationParameters).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  if (userMetadata !== undefined) parts.push(userMetadata);
  const text = parts.join(', ');
  return text.length > maxParameters ? `${text.slice(0, maxParameters)}…` : text;
}

function listOf(titles: string[], numeric: string[], rows: unknown[][]): WireList {
  return {
    kind: 'list',
    heads: titles.map((title) => ({ title, isNumeric: numeric.includes(title) })),
    rows: rows.slice(0, maxListRows).map((row) => row.map((value) => wireCell(value, ''))),
    total: rows.length,
  };
}
