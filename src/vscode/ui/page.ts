import { randomBytes } from 'node:crypto';
import type * as vscode from 'vscode';

/** Markup that is safe to show; only `html` makes it. */
export class Html {
  constructor(readonly text: string) {}
}

type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A template for markup: every value is escaped, unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...values: Piece[]): Html {
  return new Html(strings.map((text, i) => text + (i < values.length ? markup(values[i]) : '')).join(''));
}

function markup(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(markup).join('');
  return escapeHtml(String(piece));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface Page {
  title: string;
  body: Html;
  /** CSS of our own; VS Code's theme variables are there. */
  style: string;
  /** A bundle of `webview/`, below the webview's resource roots. */
  script?: vscode.Uri | undefined;
  /** BCP 47, for screen readers. */
  language: string;
}

/**
 * A whole webview page. Nothing but its own style and script is let in: scripts by nonce, pictures as data. Inline style
 * attributes are allowed, for charts set them.
 */
export function renderPage(webview: vscode.Webview, { title, body, style, script, language }: Page): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    `default-src 'none'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `img-src data:`,
    `font-src ${webview.cspSource}`,
    `script-src 'nonce-${nonce}'`,
  ].join('; ');
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(baseStyle + style)}
        </style>
      </head>
      <body>
        ${body}
        ${script && html`<script nonce="${nonce}" src="${webview.asWebviewUri(script).toString()}"></script>`}
      </body>
    </html>`.text;
}

/** Tables and text as VS Code's own: its fonts, colours and focus rings. */
const baseStyle = `
body { padding: 0 16px 16px; color: var(--vscode-foreground); background: var(--vscode-editor-background); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
h1 { font-size: 1.3em; font-weight: 600; margin: 16px 0 8px; }
h2 { font-size: 1.1em; font-weight: 600; margin: 16px 0 8px; }
p { margin: 0 0 8px; }
.dim { color: var(--vscode-descriptionForeground); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: 4px 0; color: var(--vscode-descriptionForeground); }
th, td { padding: 3px 12px 3px 0; text-align: left; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent)); }
th { font-weight: 600; }
td.number, th.number { text-align: right; }
td.null { color: var(--vscode-descriptionForeground); font-style: italic; }
a { color: var(--vscode-textLink-foreground); }
:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
`;
