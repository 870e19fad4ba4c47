import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSecrets, readSecret } from '../../../src/stack/secrets.ts';

describe('secrets', () => {
  let base: string;
  let folder: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'medallion-secrets-'));
    folder = join(base, 'secrets');
  });
  afterEach(() => rm(base, { recursive: true }));

  const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

  it('are 32 bytes in closed files in a closed folder, and differ', async () => {
    await ensureSecrets(folder, ['a', 'b']);
    const [a, b] = await Promise.all(['a', 'b'].map((name) => readFile(join(folder, name), 'utf8')));
    assert.match(a!, /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(a, b);
    assert.equal(await mode(folder), 0o700);
    assert.equal(await mode(join(folder, 'a')), 0o600);
    assert.equal(await readSecret(folder, 'a'), a);
  });

  it('never change once they are there, and lose too open permissions', async () => {
    await ensureSecrets(folder, ['a']);
    await writeFile(join(folder, 'a'), 'mine\n');
    await chmod(join(folder, 'a'), 0o644);
    await chmod(folder, 0o755);
    await ensureSecrets(folder, ['a']);
    assert.equal(await readSecret(folder, 'a'), 'mine');
    assert.equal(await mode(folder), 0o700);
    assert.equal(await mode(join(folder, 'a')), 0o600);
  });

  it('are made anew where a crash left an empty file', async () => {
    await ensureSecrets(folder, []);
    await writeFile(join(folder, 'a'), '');
    await ensureSecrets(folder, ['a']);
    assert.equal((await readSecret(folder, 'a')).length, 43);
  });

  it('are refused as symbolic links', async () => {
    await ensureSecrets(folder, []);
    await writeFile(join(base, 'elsewhere'), 'x');
    await symlink(join(base, 'elsewhere'), join(folder, 'a'));
    await assert.rejects(ensureSecrets(folder, ['a']), { code: 'denied', message: /symbolic link/ });
    await assert.rejects(readSecret(folder, 'a'), { code: 'denied' });
  });

  it('that are missing are named', async () => {
    await assert.rejects(readSecret(folder, 'gone'), { code: 'not-found', message: /medallion up/ });
  });
});
