#!/usr/bin/env node
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/cli.mjs', import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write(
    'medallion is not built yet: run `npm run build` (or `npm start`, which does it) first.\n',
  );
  process.exit(1);
}
await import(bundle.href);
