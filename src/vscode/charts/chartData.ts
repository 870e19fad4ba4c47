import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { ChartSpec } from '../../chart/chartSpec.ts';
import { sourceName } from '../../chart/chartFields.ts';
import { readSource, type ChartData, type ChartPlaces } from '../../chart/readSource.ts';
import { joinPath } from '../../lake/hdfsPath.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import type { Parts } from '../parts.ts';
import type { ShownSource } from './chartProtocol.ts';

/** More than a picture can show, and as much as the editor reads without delay. */
const maxRows = 200_000;
const readTimeoutMs = 60_000;
/** Behind the cells of the session, and for as long as Spark computes. */
const queryTimeoutMs = 900_000;

/** Reads a chart file, as it is in the editor where it is open there. Throws `not-found`, `invalid` or `unsupported`. */
export async function readChartFile(uri: vscode.Uri): Promise<ChartSpec> {
  const name = vscode.workspace.asRelativePath(uri);
  const { parseChart } = await import('../../chart/chartFile.ts');
  return parseChart(await readText(uri, name), name);
}

async function readText(uri: vscode.Uri, name: string): Promise<string> {
  const open = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (cause) {
    throw new WorkbenchError('not-found', vscode.l10n.t('The chart file {0} cannot be read.', name), {
      cause,
    });
  }
}

/**
 * Reads the columns that a chart draws; of a table at an older `version`, if one is given. Throws `denied` in an untrusted
 * window, for the file names what is read. SQL is run in the session that is there; none is started for it.
 */
export async function readChartData(
  { workbench, session }: Pick<Parts, 'workbench' | 'session'>,
  uri: vscode.Uri,
  spec: ChartSpec,
  { signal, version }: { signal: AbortSignal; version?: number },
): Promise<ChartData> {
  workbench.requireTrust();
  const timeoutMs = 'sql' in spec.source ? queryTimeoutMs : readTimeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = AbortSignal.any([signal, timeout]);
  try {
    const places = { ...placesOf(workbench, uri), query: queryIn(session) };
    return await readSource(spec, places, { maxRows, signal: either, version });
  } catch (error) {
    if (!timeout.aborted || signal.aborted) throw error;
    throw new WorkbenchError(
      'timeout',
      vscode.l10n.t('{0} could not be read within {1} s.', sourceName(spec), timeoutMs / 1000),
      { cause: error },
    );
  }
}

/** What a page says of where the values come from. */
export function shownSource({ source, version, changedAt, isQuery }: ChartData): ShownSource {
  return {
    ...{ text: source, changedAt: changedAt.getTime() },
    ...(version !== undefined && { version }),
    ...(isQuery && { isQuery }),
  };
}

function queryIn(active: Parts['session']): ChartPlaces['query'] {
  const session = active.current();
  if (!session) return undefined;
  return async (sql, options) => {
    const { askQueryRows } = await import('../../session/frameRows.ts');
    return askQueryRows(session, sql, options);
  };
}

function placesOf(workbench: ActiveWorkbench, uri: vscode.Uri): ChartPlaces {
  return {
    // `gold/orders` lies below the lake's root.
    tablePath: (table) => (table.startsWith('/') ? table : joinPath(workbench.lakeRoot, table)),
    lake: () => workbench.lake(),
    beside: async (path) => {
      const place = vscode.Uri.joinPath(uri, '..', path);
      if (place.scheme === 'hdfs') return { files: await workbench.lake(), path: place.path };
      if (place.scheme === 'file') {
        const { DiskFiles } = await import('../../lake/diskFiles.ts');
        return { files: new DiskFiles(), path: place.path };
      }
      throw new WorkbenchError(
        'unsupported',
        vscode.l10n.t('{0} lies on a file system that charts cannot read ("{1}:").', path, place.scheme),
      );
    },
  };
}
