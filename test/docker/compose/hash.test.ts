import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { serviceHash } from '../../../src/stack/compose/hash.ts';
import type { ComposeProject } from '../../../src/stack/compose/model.ts';
import { composeSucceeds, plainEnvironment } from '../support/machine.ts';

const root = resolve(import.meta.dirname, '../../..');
const fixtures = join(root, 'test/fixtures/compose');

interface FixtureOptions {
  files?: string[];
  envFiles?: string[];
  profiles?: string[];
  projectName?: string;
  projectDir?: string;
  env?: Record<string, string>;
}

describe('the hash of a service, against the Compose CLI', function () {
  this.timeout(60_000);

  async function compare(cwd: string, options: FixtureOptions): Promise<number> {
    const flags = [
      ...(options.files ?? []).flatMap((file) => ['--file', file]),
      ...(options.envFiles ?? []).flatMap((file) => ['--env-file', file]),
      ...(options.profiles ?? []).flatMap((profile) => ['--profile', profile]),
      ...(options.projectName === undefined ? [] : ['--project-name', options.projectName]),
      ...(options.projectDir === undefined ? [] : ['--project-directory', options.projectDir]),
    ];
    const env = plainEnvironment({ SECRET_VALUE: 'x', ...options.env });
    const config = (...more: string[]): Promise<string> =>
      composeSucceeds([...flags, 'config', ...more], { cwd, env });
    const [printed, hashed] = await Promise.all([config('--format', 'json'), config('--hash', '*')]);
    const { services } = JSON.parse(printed) as ComposeProject;
    const ours = Object.entries(services).map(([name, service]) => `${name} ${serviceHash(service)}`);
    assert.deepEqual(ours.sort(), hashed.trim().split('\n').sort());
    return ours.length;
  }

  for (const file of ['every-key.yaml', 'rare-keys.yaml', '../../../../stack/compose.yaml']) {
    it(`is the same for ${basename(file)}`, async () => {
      const files = [join(import.meta.dirname, 'files', file)];
      const env = { COMPOSE_PROJECT_NAME: 'hashed' };
      assert.ok((await compare(root, { files, env, profiles: ['*'] })) > 0);
    });
  }

  for (const name of readdirSync(fixtures)) {
    const folder = join(fixtures, name);
    const readsFiles = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.ya?ml$/.test(file))
      .some((file) => /env_file:|label_file:/.test(readFileSync(join(folder, file), 'utf8')));
    // `config --hash` hashes before it reads these; what `up` does is compared in body.test.ts.
    if (readsFiles) continue;
    it(`is the same for ${name}`, async () => {
      await compare(folder, optionsOf(folder));
    });
  }
});

function optionsOf(folder: string): FixtureOptions {
  if (!readdirSync(folder).includes('options.json')) return {};
  return JSON.parse(readFileSync(join(folder, 'options.json'), 'utf8')) as FixtureOptions;
}
