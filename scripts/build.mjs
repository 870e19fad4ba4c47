// Bundles the command line, the simulator, the extension and its webviews into dist/.
import { build as bundle } from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  loader: { '.sql': 'text' },
  external: ['pg-native'],
  // jsonc-parser's main file hides its imports from bundlers.
  alias: {
    'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
    ssh2: './scripts/absent.cjs',
    protobufjs: './scripts/absent.cjs',
  },
  plugins: [
    replacing('dockerode without sessions', /^\.\/session$/, (importer) =>
      /[\\/]dockerode[\\/]lib[\\/]/.test(importer)
        ? { path: join(root, 'scripts/noSession.cjs') }
        : undefined,
    ),
  ],
};

const esm = {
  ...shared,
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  // Packages in CommonJS call require(), which an ES module lacks.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
};

/** An esbuild plugin: `resolve` says, from who imports it, what is taken instead of a module. */
function replacing(name, filter, resolve) {
  return { name, setup: (bundling) => bundling.onResolve({ filter }, ({ importer }) => resolve(importer)) };
}

/** Chunks of earlier builds: their names carry a hash, so nothing overwrites them. */
async function removeOldChunks(made) {
  const folder = join(root, 'dist', 'chunks');
  const kept = new Set(made.map((path) => basename(path)));
  const old = (await readdir(folder)).filter((name) => !kept.has(name));
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * @param {{ production?: boolean }} [options] `production`: minified and without source maps, for the VSIX.
 */
export async function build({ production = false } = {}) {
  const kind = production ? { minify: true, sourcemap: false } : {};
  const views = (await readdir(join(root, 'webview'))).filter((name) => /^\w+\.ts$/.test(name));
  const [, , { metafile }] = await Promise.all([
    // What runs in webviews: one script each, for a browser.
    bundle({
      ...shared,
      ...kind,
      platform: 'browser',
      target: 'es2022',
      format: 'iife',
      entryPoints: views.map((name) => join('webview', name)),
      outdir: join('dist', 'webview'),
      loader: { '.css': 'text' },
    }),
    // One file, which the image takes; it runs on Debian's Node 18 there.
    bundle({
      ...esm,
      ...kind,
      target: 'node18',
      entryPoints: { simulator: 'stack/retail/main.ts' },
      outdir: 'dist',
    }),
    // Split, so that nobody loads what only another command needs (dockerode, ECharts, hyparquet). The command line and
    // the extension share their chunks; only the extension's own files may import vscode.
    bundle({
      ...esm,
      ...kind,
      entryPoints: { cli: 'src/cli/main.ts', extension: 'src/vscode/extension.ts' },
      outdir: 'dist',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      metafile: true,
      external: [...shared.external, 'vscode'],
    }),
  ]);
  refuseVscodeInCli(metafile);
  await removeOldChunks(Object.keys(metafile.outputs));
  return metafile;
}

/** The bytes that are loaded with an entry: itself and what it imports without `import()`. */
export function eagerOutputs(metafile, entry) {
  const seen = new Set();
  const visit = (path) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind, external } of metafile.outputs[path].imports)
      if (!external && kind === 'import-statement') visit(next);
  };
  visit(entry);
  return [...seen].map((path) => ({ path, bytes: metafile.outputs[path].bytes }));
}

/** The command line runs without an editor: none of its chunks may import vscode. */
function refuseVscodeInCli({ outputs }) {
  const reached = new Set(['dist/cli.mjs']);
  for (const path of reached)
    for (const { path: next, external } of outputs[path].imports) {
      if (next === 'vscode') throw new Error(`${path}, a part of the command line, imports vscode.`);
      if (!external) reached.add(next);
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
