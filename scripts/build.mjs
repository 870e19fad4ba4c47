// Bundles the command line, the simulator and the extension into dist/.
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
  alias: { ssh2: './scripts/absent.cjs', protobufjs: './scripts/absent.cjs' },
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

export async function build() {
  await Promise.all([
    // Split, so that a quick command does not load what only another one needs (ECharts, hyparquet).
    bundle({
      ...esm,
      entryPoints: { cli: 'src/cli/main.ts' },
      outdir: 'dist',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      metafile: true,
    }).then(({ metafile }) => removeOldChunks(Object.keys(metafile.outputs))),
    // One file, which the image takes; it runs on Debian's Node 18 there.
    bundle({
      ...esm,
      target: 'node18',
      entryPoints: { simulator: 'stack/retail/main.ts' },
      outdir: 'dist',
    }),
    // The extension is the only bundle that may import vscode.
    bundle({
      ...shared,
      format: 'cjs',
      entryPoints: { extension: 'src/vscode/extension.ts' },
      outdir: 'dist',
      outExtension: { '.js': '.cjs' },
      external: [...shared.external, 'vscode'],
      plugins: [
        // A CommonJS bundle cannot be split: what is loaded only once an engine has answered is a file of its own.
        replacing('dockerode beside', /^dockerode$/, () => ({ path: './dockerode.cjs', external: true })),
      ],
    }),
    bundle({
      ...shared,
      format: 'cjs',
      entryPoints: { dockerode: 'dockerode' },
      outdir: 'dist',
      outExtension: { '.js': '.cjs' },
    }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
