import { stripVTControlCharacters } from 'node:util';
import * as vscode from 'vscode';
import { WorkbenchError, isWorkbenchError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { signalOf } from '../ui/cancellation.ts';

export const logScheme = 'medallion-log';

/** The end of a log is what one looks for; all of it is on the lake. */
const maxBytes = 4_000_000;
const pathPattern = /^\/(stdout|stderr)\/(\d{8}T\d{6}-[A-Za-z0-9._-]+)\.log$/;

/** Where an ended run's log is read: a document of ours, so that tabs, search and reload work. */
export function logUri(authority: string, runId: string, stream: 'stdout' | 'stderr'): vscode.Uri {
  return vscode.Uri.from({ scheme: logScheme, authority, path: `/${stream}/${runId}.log` });
}

/** The archived output of ended runs, as read-only documents. */
export class JobLogs implements vscode.TextDocumentContentProvider {
  readonly #workbench: ActiveWorkbench;

  constructor(workbench: ActiveWorkbench) {
    this.#workbench = workbench;
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const [, stream, runId] = pathPattern.exec(uri.path) ?? [];
    if (runId === undefined || stream === undefined) {
      throw new WorkbenchError(
        'invalid',
        vscode.l10n.t('{0} does not name the log of a run.', uri.toString()),
      );
    }
    if (uri.authority !== this.#workbench.authority) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('This log is of the connection "{0}": switch to it first.', uri.authority),
      );
    }
    const cancel = signalOf(token);
    try {
      return await this.#read(runId, stream, cancel.signal);
    } finally {
      cancel.dispose();
    }
  }

  async #read(runId: string, stream: string, signal: AbortSignal): Promise<string> {
    const [lake, { jobsDirectory }, { DriverOutput }] = await Promise.all([
      this.#workbench.lake(),
      import('../../spark/jobFiles.ts'),
      import('../../spark/driverOutput.ts'),
    ]);
    const path = `${jobsDirectory}/${runId}/${stream}`;
    try {
      const { length } = await lake.stat(path, { signal });
      const offset = Math.max(0, length - maxBytes);
      const bytes = await lake.read(path, { offset, length: length - offset, signal });
      const output = new DriverOutput();
      const text = output.feed(bytes.toString('utf8')).text + output.end();
      // Colours are for a terminal.
      const plain = stripVTControlCharacters(text);
      if (offset === 0) return plain === '' ? vscode.l10n.t('(The run wrote nothing here.)') : plain;
      const note = vscode.l10n.t(
        '[{0} before this are not shown: {1}{2} has all.]',
        formatBytes(offset),
        lake.address.fileSystem,
        path,
      );
      return `${note}\n${plain.slice(plain.indexOf('\n') + 1)}`;
    } catch (error) {
      if (!isWorkbenchError(error, 'not-found')) throw error;
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t('The output of run {0} was not kept: nobody followed it to its end.', runId),
        { cause: error },
      );
    }
  }
}
