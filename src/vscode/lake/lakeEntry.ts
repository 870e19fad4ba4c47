import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { Layer } from '../../lake/layers.ts';

/** A table, as far as its directory tells. */
export interface EntryTable {
  format: 'delta' | 'parquet';
  /** Below its layer: `orders`, `quarantine/orders`; elsewhere its path. */
  name: string;
  layer: Layer | undefined;
}

/** A file, folder or table of the lake: what the rows of the Lake view are, and what commands on them are given. */
export interface LakeEntry {
  /** `hdfs://<connection>/<path>`. */
  uri: vscode.Uri;
  /** As HDFS knows it: absolute, not encoded. */
  path: string;
  kind: 'file' | 'folder' | 'table';
  /** For tables. */
  table?: EntryTable | undefined;
}

/** The editor's URI of a path of the lake; `authority` as the workbench has it. */
export function lakeUri(authority: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: 'hdfs', authority, path });
}

/** A row of the Lake view, as commands get it from a menu. They may be called with anything. */
export function isLakeEntry(value: unknown): value is LakeEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { uri, path, kind } = value as Record<string, unknown>;
  return (
    uri instanceof vscode.Uri &&
    uri.scheme === 'hdfs' &&
    typeof path === 'string' &&
    (kind === 'file' || kind === 'folder' || kind === 'table')
  );
}

/**
 * Lets the Lake view read a folder anew, after a change of ours; without one, all that it shows. Where the view is
 * hidden, it reads when it is shown next.
 */
export async function refreshLakeView(folder?: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('medallion.refreshLake', folder);
}

/** The path that a command on a table is called with: by a row, an `hdfs:` URI, or as it is. Throws `invalid`. */
export function tablePathOf(what: unknown): string | undefined {
  if (isLakeEntry(what)) return what.path;
  if (what instanceof vscode.Uri && what.scheme === 'hdfs') return what.path;
  if (typeof what === 'string' && what.startsWith('/')) return what;
  if (what === undefined) return undefined;
  throw new WorkbenchError('invalid', vscode.l10n.t('This is no table of the lake.'));
}
