import assert from 'node:assert/strict';
import fc from 'fast-check';
import { singleDollars } from '../../../../src/stack/compose/dollars.ts';
import { networkHash, serviceHash, volumeHash } from '../../../../src/stack/compose/hash.ts';
import type { ComposeService } from '../../../../src/stack/compose/model.ts';

// The hashes were printed by `docker compose config --hash '*'` 2.40.3; test/docker compares many more with the program.
const service: ComposeService = {
  image: 'debian:bookworm-slim',
  entrypoint: null,
  command: ['sh', '-c', 'echo "$$HOME" <in >out & true'],
  networks: { default: null },
};

describe('the hash of a service', () => {
  it('is the one of the Compose CLI', () => {
    assert.equal(serviceHash(service), '605bfb9e0b1ca96a6c266d2ecc2735bc052637ceb9a2622f9d77e3d8be1865e4');
  });

  it('does not depend on the order of keys, nor on what no container has', () => {
    const { image, ...rest } = service;
    const other: ComposeService = {
      ...rest,
      image: image!,
      build: { context: '.' },
      depends_on: { x: { condition: 'service_started', required: true } },
      profiles: ['p'],
      pull_policy: 'always',
      scale: 3,
      'x-note': 'x',
    };
    assert.equal(serviceHash(other), serviceHash(service));
  });

  it('counts what is below `deploy`, but not the replicas', () => {
    const deployed = (replicas: number, mode?: string): string =>
      serviceHash({ ...service, deploy: { replicas, resources: {}, placement: {}, ...(mode && { mode }) } });
    assert.equal(deployed(1), deployed(2));
    assert.notEqual(deployed(1), deployed(1, 'global'));
    assert.notEqual(deployed(1), serviceHash(service));
  });

  it('differs between no command and an empty one', () => {
    assert.notEqual(serviceHash({ ...service, command: null }), serviceHash({ ...service, command: [] }));
  });

  it('changes with every value of the environment', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
        fc.string(),
        fc.string(),
        (environment, key, value) => {
          const name = `X${key}`;
          const before = serviceHash({ ...service, environment: { ...environment, [name]: value } });
          const reversed = Object.fromEntries(Object.entries({ ...environment, [name]: value }).reverse());
          assert.equal(serviceHash({ ...service, environment: reversed }), before);
          assert.notEqual(
            serviceHash({ ...service, environment: { ...environment, [name]: `${value}.` } }),
            before,
          );
        },
      ),
    );
  });

  it('is the one of the Compose CLI for networks and volumes', () => {
    assert.equal(
      networkHash({ name: 'p_default', ...{ ipam: {} } }),
      'cca2b3a66c94bd18c278d0ace2145197839f42c28f96dcd3878eeb5d03f53510',
    );
    assert.equal(
      volumeHash({ name: 'p_data' }),
      'bf2094b43d065b5f7aad7544497a3ed48d6551b83c79e6c2d0827b7337fcdd4b',
    );
  });
});

describe('single dollars', () => {
  it('undo what `docker compose config` does', () => {
    const doubled = (value: fc.JsonValue): fc.JsonValue =>
      JSON.parse(JSON.stringify(value).replaceAll('$', () => '$$')) as fc.JsonValue;
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: fc.constantFrom('$', '{', 'A', '}', '\\', '"') }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as fc.JsonValue;
        assert.deepEqual(singleDollars(doubled(plain)), plain);
      }),
    );
  });
});
