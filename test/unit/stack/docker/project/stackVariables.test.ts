import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../../../src/base/errors.ts';
import { readDotEnv } from '../../../../../src/stack/compose/dotenv.ts';
import {
  envFileText,
  projectNameOf,
  stackVariables,
} from '../../../../../src/stack/docker/project/stackVariables.ts';
import { portWishes } from '../../../../../src/stack/userVariables.ts';

/** Without control characters but the line end, which alone can be written. */
const printable = (text: string): string =>
  Array.from(text)
    .filter((c) => c === '\n' || (c >= ' ' && c !== '\u007f'))
    .join('');

describe('the variables of our own Compose file, for containers', () => {
  const uses = [
    { name: 'NAMENODE_PORT', fallback: '8020' },
    { name: 'NAMENODE_HOST', fallback: 'namenode' },
    { name: 'MEDALLION_SECRETS', fallback: './secrets' },
    { name: 'SPARK_WORKER_CORES', fallback: '4' },
  ];

  it('wishes for a port for each `*_PORT`', () => {
    assert.deepEqual(portWishes(uses, {}, {}), [
      { name: 'NAMENODE_PORT', preferred: 8020, kept: undefined, explicit: undefined },
    ]);
    assert.deepEqual(portWishes(uses, { NAMENODE_PORT: '9000' }, { NAMENODE_PORT: 8021 }), [
      { name: 'NAMENODE_PORT', preferred: 8020, kept: 8021, explicit: 9000 },
    ]);
    assert.throws(
      () => portWishes(uses, { NAMENODE_PORT: '70000' }, {}),
      (error) => isWorkbenchError(error, 'invalid'),
    );
  });

  it('takes what was chosen, then what the user set, and leaves the rest to the file', () => {
    const variables = stackVariables({
      uses,
      user: { MEDALLION_SECRETS: '/elsewhere', SPARK_WORKER_CORES: '2', HOME: '/home/a' },
      ports: { NAMENODE_PORT: 8021 },
      projectName: 'medallion-a',
      secretsDir: '/work/.medallion/secrets',
      uid: 1001,
    });
    assert.deepEqual(variables, {
      COMPOSE_PROJECT_NAME: 'medallion-a',
      NAMENODE_PORT: '8021',
      MEDALLION_SECRETS: '/work/.medallion/secrets',
      SPARK_WORKER_CORES: '2',
    });
  });

  it('names a project by its folder, and no two alike', () => {
    assert.match(projectNameOf('/home/a/My Shop'), /^medallion-myshop-[0-9a-f]{4}$/);
    assert.notEqual(projectNameOf('/home/a/shop'), projectNameOf('/home/b/shop'));
    assert.match(projectNameOf('/'), /^medallion-[0-9a-f]{4}$/);
  });

  it('writes them as a file that Compose reads back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_0-9]{0,9}$/), fc.string()), (variables) => {
        const plain = Object.fromEntries(
          Object.entries(variables).map(([name, value]) => [name, printable(value)]),
        );
        const read = new Map<string, string>();
        readDotEnv(envFileText(plain), 'compose.env', read);
        assert.deepEqual(Object.fromEntries(read), plain);
      }),
    );
  });
});
