import * as vscode from 'vscode';
import type { Verification } from '../../pipeline/verify.ts';
import { renderPage } from '../ui/page.ts';
import { verifyBody, verifyStyle, type VerifyWords } from './verifyPage.ts';

/** The result of a verification, in one panel for each pipeline file; the next one takes its place. */
export class VerifyPanels implements vscode.Disposable {
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  show(file: vscode.Uri, verification: Verification): void {
    const key = file.toString();
    let panel = this.#panels.get(key);
    if (!panel) {
      panel = vscode.window.createWebviewPanel(
        'medallion.verification',
        vscode.l10n.t('Verification: {0}', verification.pipeline),
        vscode.ViewColumn.Active,
        // No script of the page is let in by its policy; without the permission no tool can look at it.
        { enableScripts: true, localResourceRoots: [] },
      );
      panel.onDidDispose(() => this.#panels.delete(key));
      this.#panels.set(key, panel);
    }
    const at = new Date().toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'medium' });
    const words = verifyWords(verification.pipeline);
    panel.webview.html = renderPage(panel.webview, {
      title: words.heading,
      body: verifyBody(verification, at, words),
      style: verifyStyle,
      language: vscode.env.language,
    });
    panel.reveal(undefined, false);
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }
}

function verifyWords(pipeline: string): VerifyWords {
  return {
    heading: vscode.l10n.t('Gold of {0} and its source', pipeline),
    equal: vscode.l10n.t('Gold equals the source.'),
    unequal: vscode.l10n.t('Gold differs from the source.'),
    // The page puts the numbers in.
    tableEqual: vscode.l10n.t('Equal to the source in all {0} rows', '{0}'),
    tableUnequal: vscode.l10n.t('Differs from the source in {0} of {1} rows', '{0}', '{1}'),
    behind: vscode.l10n.t(
      '{0} rows of the source are newer than this table: run the pipeline, then verify again.',
      '{0}',
    ),
    result: vscode.l10n.t('Result'),
    source: vscode.l10n.t('source'),
    gold: vscode.l10n.t('gold'),
    same: vscode.l10n.t('equal'),
    differs: vscode.l10n.t('differs'),
    missing: vscode.l10n.t('missing in gold'),
    extra: vscode.l10n.t('not in the source'),
    more: vscode.l10n.t('{0} more rows are not shown.', '{0}'),
  };
}
