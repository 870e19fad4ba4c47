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

export async function build() {
  await Promise.all([
    // Split, so that a quick command does not load what only another one needs (ECharts, hyparquet).
    bundle({
      ...esm,
      entryPoints: { cli: 'src/cli/main.ts', simulator: 'stack/retail/main.ts' },
      outdir: 'dist',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      external: ['pg-native', 'cpu-features'],
    }),
    // The extension is the only bundle that may import vscode.
    bundle({
      ...shared,
      format: 'cjs',
      entryPoints: { extension: 'src/vscode/extension.ts' },
      outdir: 'dist',
      outExtension: { '.js': '.cjs' },
      external: ['vscode', 'pg-native', 'cpu-features'],
    }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
