// Bundles the command line, the simulator and the extension into dist/.
import { build as bundle } from 'esbuild';
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
  alias: Object.fromEntries(
    ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs'].map((name) => [
      name,
      './scripts/absent.cjs',
    ]),
  ),
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

/** Leaves a package out of a bundle, to be loaded from `NAME.cjs` beside it. */
function besideTheBundle(name) {
  return {
    name: 'beside-the-bundle',
    setup: (bundling) =>
      bundling.onResolve({ filter: new RegExp(`^${name}$`) }, () => ({
        path: `./${name}.cjs`,
        external: true,
      })),
  };
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
    }),
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
      plugins: [besideTheBundle('dockerode')],
    }),
    // A CommonJS bundle cannot be split: what the extension loads only when an engine is asked for is a file of its own.
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
