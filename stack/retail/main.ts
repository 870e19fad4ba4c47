import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WorkbenchError, describeError } from '../../src/base/errors.ts';
import type { Log } from '../../src/base/log.ts';
import { simulateLive } from './simulate.ts';

// The process of the `retail` service: takes orders until it is stopped by SIGTERM or SIGINT.

const log: Log = { debug() {}, info: print, warn: print, error: print };

function print(message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

function variable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new WorkbenchError('invalid', `The variable ${name} is not set; stack/compose.yaml sets it.`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rate: { type: 'string', default: '5' }, seed: { type: 'string' } },
  });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const passwordFile = join(variable('SECRETS_DIR'), 'postgres_app_password');
  const password = await readFile(passwordFile, 'utf8').catch((cause: unknown) => {
    throw new WorkbenchError('denied', `The password in ${passwordFile} cannot be read.`, { cause });
  });
  await simulateLive(
    {
      host: variable('POSTGRES_HOST'),
      port: Number(variable('POSTGRES_PORT')),
      database: 'retail',
      user: 'retail_app',
      password: password.trim(),
    },
    {
      rate: Number(values.rate),
      ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
      signal: stop.signal,
      log,
    },
  );
}

try {
  await main();
} catch (error) {
  print(describeError(error));
  process.exitCode = 1;
}
