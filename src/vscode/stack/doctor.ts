import * as vscode from 'vscode';
import { WorkbenchError, describeError, isWorkbenchError } from '../../base/errors.ts';
import { formatDuration, plainText } from '../../base/format.ts';
import type { Finding } from '../../stack/finding.ts';
import type { Parts } from '../parts.ts';
import { html, renderPage, type Html } from '../ui/page.ts';
import { withProgress } from '../ui/progress.ts';
import { fixParts, type FixPart } from './fixParts.ts';

/** What a finding's links may run. */
const commands = ['doctor', 'startStack', 'showLogs', 'switchConnection', 'showOutput'].map(
  (name) => `medallion.${name}`,
);

/** Examines the machine, its programs and the stack, and shows what was found, with remedies. */
export class Doctor implements vscode.Disposable {
  readonly #parts: Parts;
  #panel: vscode.WebviewPanel | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { workbench } = this.#parts;
    // Checks folder and trust before anything is shown.
    const bench = await workbench.workbench();
    const findings = await withProgress(vscode.l10n.t('Examining the machine and the stack'), (_, signal) =>
      workbench.isRemote ? this.#examineRemote(signal) : bench.examine(signal),
    );
    this.#show(findings);
  }

  dispose(): void {
    this.#panel?.dispose();
  }

  /** A cluster elsewhere has no engine: whether its parts answer is all that can be known. */
  async #examineRemote(signal: AbortSignal): Promise<Finding[]> {
    const { workbench } = this.#parts;
    const { spark, lake } = await workbench.connection();
    const tries: [name: string, address: URL, ask: () => Promise<unknown>][] = [
      ['HDFS', lake.url, async () => (await workbench.lake()).stat(workbench.lakeRoot, { signal })],
      [
        'Spark REST',
        spark.rest,
        async () => {
          if (await (await workbench.spark()).ready({ signal })) return;
          throw new WorkbenchError('unreachable', vscode.l10n.t('It does not answer.'));
        },
      ],
      ['Spark', spark.ui, async () => (await workbench.spark()).state({ signal })],
    ];
    return Promise.all(
      tries.map(async ([name, address, ask]): Promise<Finding> => {
        const beganAt = Date.now();
        try {
          await ask();
          const took = formatDuration(Date.now() - beganAt);
          return { name, state: 'ok', detail: vscode.l10n.t('{0} answers in {1}.', address.host, took) };
        } catch (error) {
          if (isWorkbenchError(error, 'cancelled')) throw error;
          return { name, state: 'fail', detail: describeError(error) };
        }
      }),
    );
  }

  #show(findings: readonly Finding[]): void {
    const title = vscode.l10n.t('Doctor');
    this.#panel ??= this.#open(title);
    this.#panel.reveal(undefined, true);
    const { webview } = this.#panel;
    webview.html = renderPage(webview, {
      title,
      body: pageBody(findings),
      style,
      language: vscode.env.language,
    });
  }

  #open(title: string): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel('medallion.doctor', title, vscode.ViewColumn.Active, {
      enableCommandUris: commands,
      // The page has none, and its policy lets none in; what looks into pages (tests, reading aids) needs them.
      enableScripts: true,
      localResourceRoots: [],
      enableFindWidget: true,
    });
    panel.onDidDispose(() => (this.#panel = undefined));
    return panel;
  }
}

const style = `
body { background: var(--vscode-editor-background); }
ul { list-style: none; margin: 0; padding: 0; }
li { display: grid; grid-template-columns: 5em 10em 1fr; gap: 0 12px; padding: 6px 0; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent)); }
li p { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.name { font-weight: 600; }
.ok { color: var(--vscode-testing-iconPassed, inherit); }
.warn { color: var(--vscode-editorWarning-foreground, inherit); }
.fail { color: var(--vscode-errorForeground, inherit); }
.fix { grid-column: 3; }
code { font-family: var(--vscode-editor-font-family, monospace); }
`;

function pageBody(findings: readonly Finding[]): Html {
  const words = {
    ok: vscode.l10n.t('well'),
    warn: vscode.l10n.t('note'),
    fail: vscode.l10n.t('wrong'),
  };
  const signs = { ok: '✓', warn: '!', fail: '✗' };
  // What is wrong is what was asked for.
  const rank = { fail: 0, warn: 1, ok: 2 };
  const rows = [...findings].sort((a, b) => rank[a.state] - rank[b.state]);
  const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
  return html`<main>
    <h1>${vscode.l10n.t('Doctor')}</h1>
    <p>
      ${summaryOf(count('fail'), count('warn'))}
      <a href="command:medallion.doctor">${vscode.l10n.t('Examine again')}</a>
    </p>
    <ul>
      ${rows.map(
        ({ name, state, detail, fix }) => html`
          <li>
            <span><span class="${state}" aria-hidden="true">${signs[state]}</span> ${words[state]}</span>
            <span class="name">${plainText(name)}</span>
            <p>${lines(detail)}</p>
            ${fix !== undefined && html`<p class="fix">→ ${fixParts(lines(fix)).map(linkOf)}</p>`}
          </li>
        `,
      )}
    </ul>
  </main>`;
}

function summaryOf(failed: number, noted: number): string {
  if (failed > 0) return vscode.l10n.t('{0} wrong, {1} to note.', failed, noted);
  return noted > 0 ? vscode.l10n.t('Nothing is wrong, {0} to note.', noted) : vscode.l10n.t('All is well.');
}

function lines(text: string): string {
  return text.split('\n').map(plainText).join('\n');
}

function linkOf(part: FixPart): Html | string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'code':
      return html`<code>${part.text}</code>`;
    case 'start':
      return html`<a href="command:medallion.startStack">${vscode.l10n.t('Start Stack')}</a>`;
    case 'logs': {
      const argument = encodeURIComponent(JSON.stringify([part.service]));
      return html`<a href="command:medallion.showLogs?${argument}"
        >${vscode.l10n.t('Show Logs')}: ${part.service}</a
      >`;
    }
  }
}
