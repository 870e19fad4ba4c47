import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variablesIn } from '../../../../src/stack/compose/variables.ts';

describe('variablesIn', () => {
  let path: string;
  before(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'medallion-variables-')), 'compose.yaml');
  });
  after(() => rm(join(path, '..'), { recursive: true }));

  it('lists the variables of a file whose values nobody knows, in order, nested ones too', async () => {
    await writeFile(
      path,
      `
x-common: &common { environment: ['A=\${A:?must be set}', B] }
services:
  a:
    <<: *common
    ports: ['\${PORT}:\${PORT:-\${OTHER:-80}}']
    command: echo $$C $D
`,
    );
    assert.deepEqual(await variablesIn(path), [
      { name: 'A' },
      { name: 'PORT' },
      { name: 'PORT', fallback: '${OTHER:-80}' },
      { name: 'OTHER', fallback: '80' },
      { name: 'D' },
      { name: 'A' },
    ]);
  });

  it('says where a variable is malformed, and that there is no file', async () => {
    await writeFile(path, 'services:\n  a:\n    image: ${A\n');
    await assert.rejects(variablesIn(path), {
      code: 'invalid',
      message: /compose\.yaml:3:12: .*not a variable/,
    });
    await assert.rejects(variablesIn(`${path}.none`), { code: 'not-found', message: /does not exist/ });
  });
});
