// npm run webviews: the webview pages in a plain browser, without VS Code; a reload shows what was changed in the sources.
import { context } from 'esbuild';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { html, renderPage } from '../src/vscode/ui/page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const themes = ['light', 'dark', 'high-contrast', 'high-contrast-light'];

/**
 * Serves an index and each case of `webview/dev/pages.json` at `/<page>/<case>`, under the policy of the editor's pages.
 * `webview/dev/<page>.ts` is a page's host: it gives the page its `acquireVsCodeApi`, then loads it.
 * @param {{ port?: number, minify?: boolean, rebuilds?: boolean }} [options] Port 0 is any that is free; `rebuilds`: for
 * each page that is opened, so that it shows what was changed.
 */
export async function serveWebviews({ port = 0, minify = false, rebuilds = false } = {}) {
  const pages = JSON.parse(await readFile(join(root, 'webview', 'dev', 'pages.json'), 'utf8'));
  const bundles = await context({
    absWorkingDir: root,
    bundle: true,
    minify,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    sourcemap: rebuilds ? 'inline' : false,
    logLevel: 'warning',
    loader: { '.css': 'text' },
    entryPoints: Object.keys(pages).map((name) => join('webview', 'dev', `${name}.ts`)),
    outdir: join('out', 'webviews'),
    write: false,
  });
  let scripts = scriptsOf(await bundles.rebuild());
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', address()))
      .then(({ status = 200, type, body }) => {
        response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' });
        response.end(body);
      })
      .catch((error) => {
        response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' });
        response.end(String(error.message));
      });
  });
  const address = () => `http://127.0.0.1:${server.address().port}`;

  async function answer({ pathname }) {
    if (pathname === '/') return { type: 'text/html', body: index(pages) };
    const [page, name] = pathname.slice(1).split('/');
    if (page === 'scripts' && scripts.has(name)) return { type: 'text/javascript', body: scripts.get(name) };
    if (!Object.hasOwn(pages, page) || !Object.hasOwn(pages[page].cases, name)) {
      return { status: 404, type: 'text/plain', body: 'There is no such page.' };
    }
    if (rebuilds) scripts = scriptsOf(await bundles.rebuild());
    const webview = { cspSource: address(), asWebviewUri: (uri) => uri };
    const body = renderPage(webview, {
      title: pages[page].cases[name],
      body: html`<main></main>`,
      style: '',
      script: `${address()}/scripts/${page}.js`,
      language: 'en',
    });
    return { type: 'text/html', body };
  }

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: address(),
    pages,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await bundles.dispose();
    },
  };
}

function scriptsOf({ outputFiles }) {
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(path.lastIndexOf('/') + 1), contents]));
}

function index(pages) {
  const link = (page, name, theme) => html`<a href="/${page}/${name}?theme=${theme}">${theme}</a> `;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Webview pages</title>
        <style>
          body {
            font:
              14px/1.6 system-ui,
              sans-serif;
            margin: 32px;
          }
          td {
            padding-right: 24px;
          }
          a {
            margin-right: 8px;
          }
        </style>
      </head>
      <body>
        <h1>Webview pages</h1>
        ${Object.entries(pages).map(
          ([page, { title, cases }]) =>
            html`<h2>${title}</h2>
              <table>
                ${Object.entries(cases).map(
                  ([name, text]) =>
                    html`<tr>
                      <td>${text}</td>
                      <td>${themes.map((theme) => link(page, name, theme))}</td>
                    </tr>`,
                )}
              </table>`,
        )}
      </body>
    </html>`.text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serveWebviews({ port: Number(process.env.PORT ?? 8137), rebuilds: true });
  console.log(url);
}
