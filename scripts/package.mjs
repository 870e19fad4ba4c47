// npm run package: out/medallion-workbench-<version>.vsix, for `code --install-extension`.
import { mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, root, run, say, setUp } from './setup.mjs';

const limitBytes = 4_000_000;

/** Builds the bundles for users and packs them; the path of the VSIX. */
export async function makePackage() {
  // Not before the set-up: it installs them.
  const { createVSIX } = await import('@vscode/vsce');
  const { build } = await import('./build.mjs');
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const out = join(root, 'out');
  const path = join(out, `${name}-${version}.vsix`);
  mkdirSync(out, { recursive: true });
  await build({ production: true });
  // The texts to translate: a translator copies bundle.l10n.json under the name of a language.
  run('npm', ['run', '--silent', 'l10n'], { stdio: ['ignore', 'ignore', 'inherit'] });
  const unfinished = `${path}.${process.pid}`;
  await createVSIX({
    cwd: root,
    packagePath: unfinished,
    // All is bundled.
    dependencies: false,
    // The README's pictures are in the VSIX.
    rewriteRelativeLinks: false,
    allowMissingRepository: true,
  });
  renameSync(unfinished, path);
  const { size } = statSync(path);
  say(`${path}: ${(size / 1e6).toFixed(2)} MB`);
  if (size > limitBytes)
    fail(`The VSIX may have ${limitBytes / 1e6} MB: see what got into it with \`unzip -l\`.`);
  return path;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUp();
  await makePackage();
}
