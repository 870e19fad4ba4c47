import { createVSIX } from '@vscode/vsce';
import { build } from 'esbuild';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outDir } from './editorServer.ts';

/** What one test in the extension host came to. */
export interface HostResult {
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  durationMs: number;
  error?: string;
}

export const runHostTests = 'Medallion Tests: Run in the Extension Host';

/** Bundles ../host/*.test.ts into an extension that runs them; the path of its VSIX. */
export async function packHostTests(): Promise<string> {
  const folder = join(import.meta.dirname, '..', 'host');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'));
  const dir = join(outDir, 'host');
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
    outExtension: { '.js': '.mjs' },
    loader: { '.sql': 'text' },
    external: ['vscode', 'pg-native', 'ssh2', 'protobufjs'],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    entryPoints: {
      extension: join(import.meta.dirname, 'hostExtension.ts'),
      ...Object.fromEntries(names.map((name) => [`tests/${name.slice(0, -3)}`, join(folder, name)])),
    },
    outdir: dir,
  });
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(dir, '.vscodeignore'), '**/*.map\n');
  const packagePath = join(outDir, 'host.vsix');
  await createVSIX({
    cwd: dir,
    packagePath,
    dependencies: false,
    allowMissingRepository: true,
    skipLicense: true,
  });
  return packagePath;
}

const manifest = {
  name: 'medallion-tests',
  publisher: 'medallion-workbench',
  version: '0.0.1',
  type: 'module',
  engines: { vscode: '^1.100.0' },
  main: './extension.mjs',
  extensionKind: ['workspace'],
  activationEvents: [],
  contributes: {
    commands: [
      { command: 'medallionTests.run', title: 'Run in the Extension Host', category: 'Medallion Tests' },
    ],
  },
};
