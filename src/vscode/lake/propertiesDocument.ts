import * as vscode from 'vscode';
import { plainText } from '../../base/format.ts';
import { baseName, joinPath, parentPath } from '../../lake/hdfsPath.ts';
import type { Parts } from '../parts.ts';
import { signalOf } from '../ui/cancellation.ts';
import { entryProperties } from './entryProperties.ts';
import { pathsOrAsked } from './lakeTargets.ts';
import { propertiesText } from './properties.ts';

const scheme = 'medallion-properties';

/** "Show Properties": a read-only document, whose lenses read it anew and add the checksum. */
export function addProperties({ workbench, commands }: Parts): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const withChecksum = new Set<string>();

  const provideTextDocumentContent = async (
    uri: vscode.Uri,
    token: vscode.CancellationToken,
  ): Promise<string> => {
    const cancel = signalOf(token);
    try {
      const path = uri.query;
      const checksum = withChecksum.has(uri.toString());
      const properties = await entryProperties(await workbench.lake(), path, {
        signal: cancel.signal,
        checksum,
      });
      return propertiesText(plainText(path), properties);
    } finally {
      cancel.dispose();
    }
  };

  const provideCodeLenses = ({ uri, lineCount }: vscode.TextDocument): vscode.CodeLens[] => {
    if (lineCount < 2) return [];
    const lens = (title: string, checksum: boolean): vscode.CodeLens =>
      new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), {
        title,
        command: 'medallion.refreshProperties',
        arguments: [uri, checksum],
      });
    return [
      lens(`$(refresh) ${vscode.l10n.t('Refresh')}`, false),
      lens(`$(symbol-numeric) ${vscode.l10n.t('Compute Checksum')}`, true),
    ];
  };

  // Not for the palette: a lens of the document calls it.
  commands.add('refreshProperties', (uri, checksum) => {
    if (!(uri instanceof vscode.Uri) || uri.scheme !== scheme) return;
    if (checksum === true) withChecksum.add(uri.toString());
    changed.fire(uri);
  });
  commands.add('showProperties', async (...args) => {
    for (const path of await pathsOrAsked(workbench, args, vscode.l10n.t('Properties of'))) {
      const name = vscode.l10n.t('Properties of {0}', baseName(path) || '/');
      const uri = vscode.Uri.from({
        scheme,
        authority: workbench.authority,
        path: joinPath(parentPath(path), name),
        query: path,
      });
      changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    }
  });

  return vscode.Disposable.from(
    changed,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent,
    }),
    vscode.languages.registerCodeLensProvider({ scheme }, { provideCodeLenses }),
  );
}
