import { deepEqual, equal } from 'node:assert/strict';
import type { SecretStorage } from 'vscode';
import { isConnectionSecret, readSecrets, storeSecrets } from '../../../../src/vscode/connection/secrets.ts';

/** Of an editor: a map. */
function storage(): { kept: Map<string, string>; secrets: SecretStorage } {
  const kept = new Map<string, string>();
  const secrets = {
    get: (key: string) => Promise.resolve(kept.get(key)),
    store: (key: string, value: string) => Promise.resolve(void kept.set(key, value)),
    delete: (key: string) => Promise.resolve(void kept.delete(key)),
  };
  return { kept, secrets: secrets as unknown as SecretStorage };
}

const cluster = { name: 'prod', sparkRest: 'http://master:6066' };
const withSession = { ...cluster, session: 'http://jupyter:8888' };
const all = { restKey: 'a', postgresPassword: 'b', sessionToken: 'c' };

describe('The secrets of a connection', () => {
  it('are those that were kept', async () => {
    const { secrets } = storage();
    deepEqual(await readSecrets(secrets, withSession), {});
    await storeSecrets(secrets, withSession, all);
    deepEqual(await readSecrets(secrets, withSession), all);
  });

  it('stay when the connection is given a session, and go to no other address', async () => {
    const { secrets } = storage();
    await storeSecrets(secrets, cluster, { restKey: 'a' });
    deepEqual(await readSecrets(secrets, withSession), { restKey: 'a' });
    await storeSecrets(secrets, withSession, all);
    const others = { restKey: 'a', postgresPassword: 'b' };
    deepEqual(await readSecrets(secrets, { ...withSession, session: 'http://evil:8888' }), others);
    deepEqual(await readSecrets(secrets, { ...withSession, sparkRest: 'http://evil:6066' }), {
      sessionToken: 'c',
    });
    deepEqual(await readSecrets(secrets, { ...withSession, name: 'other' }), {});
  });

  it('are forgotten together, and each change of them is known', async () => {
    const { kept, secrets } = storage();
    await storeSecrets(secrets, withSession, all);
    for (const key of kept.keys()) equal(isConnectionSecret({ key }, 'prod'), true);
    await storeSecrets(secrets, withSession, {});
    equal(kept.size, 0);
  });

  it('are none where what was kept is damaged', async () => {
    const { kept, secrets } = storage();
    await storeSecrets(secrets, withSession, all);
    for (const key of kept.keys()) kept.set(key, '{"restKey": 1');
    deepEqual(await readSecrets(secrets, withSession), {});
  });
});
