import assert from 'node:assert/strict';
import { basename, join, resolve } from 'node:path';
import { serviceHash } from '../../../src/stack/compose/hash.ts';
import type { ComposeProject } from '../../../src/stack/compose/model.ts';
import { composeSucceeds, plainEnvironment } from '../support/machine.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('the hash of a service, against the Compose CLI', function () {
  this.timeout(60_000);

  async function compare(args: readonly string[], cwd = root): Promise<number> {
    const env = plainEnvironment({ COMPOSE_PROJECT_NAME: 'hashed', SECRET_VALUE: 'x' });
    const cli = (...more: string[]): Promise<string> =>
      composeSucceeds([...args, '--profile', '*', 'config', ...more], { cwd, env });
    const [printed, hashed] = await Promise.all([cli('--format', 'json'), cli('--hash', '*')]);
    const { services } = JSON.parse(printed) as ComposeProject;
    const ours = Object.entries(services).map(([name, service]) => `${name} ${serviceHash(service)}`);
    assert.deepEqual(ours.sort(), hashed.trim().split('\n').sort());
    return ours.length;
  }

  for (const file of ['every-key.yaml', 'rare-keys.yaml', '../../../../stack/compose.yaml']) {
    it(`is the same for ${basename(file)}`, async () => {
      assert.ok((await compare(['-f', join(import.meta.dirname, 'files', file)])) > 0);
    });
  }
});
