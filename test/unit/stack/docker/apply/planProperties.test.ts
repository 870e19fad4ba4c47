import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  describePlan,
  isSettled,
  planUp,
  type Observed,
  type ObservedContainer,
  type Plan,
  type Wanted,
} from '../../../../../src/stack/docker/apply/plan.ts';
import { container, project, service } from './planParts.ts';

/** What the engine has after the plan was carried out, in an engine without surprises. */
function carryOut(plan: Plan, wanted: Wanted, observed: Observed): Observed {
  const removed = new Set(plan.removals.map(({ container: { id } }) => id));
  const containers = new Map(
    observed.containers.filter(({ id }) => !removed.has(id)).map((found) => [found.id, found]),
  );
  const networks = new Map(observed.networks.map((network) => [network.name, network]));
  for (const { action, network } of plan.networks) {
    if (action === 'leave') continue;
    const { name, key, configHash = '' } = network;
    networks.set(name, { id: `${networks.get(name)?.id ?? ''}+`, name, project, key, configHash });
  }
  const volumes = new Map(observed.volumes.map((volume) => [volume.name, volume]));
  for (const { action, volume } of plan.volumes) {
    if (action === 'create') volumes.set(volume.name, { name: volume.name, project, key: volume.key });
  }
  const firstOf = (name: string): string =>
    [...containers.values()]
      .filter((found) => found.service === name && !found.oneOff)
      .sort((a, b) => (a.name < b.name ? -1 : 1))[0]?.id ?? '';
  for (const of of wanted.services) {
    for (const step of plan.services.get(of.name) ?? []) {
      if (step.action === 'create' || step.action === 'recreate') {
        if (step.action === 'recreate') containers.delete(step.old.id);
        assert.ok(
          ![...containers.values()].some((found) => found.name === step.name),
          `two are named ${step.name}`,
        );
        const id = step.action === 'recreate' ? `${step.old.id}'` : `new ${step.name}`;
        const joined = Object.fromEntries(
          of.networks.map((network) => [network, networks.get(network)?.id ?? '']),
        );
        const made = container(of, step.number, { id, configHash: of.configHash(firstOf), networks: joined });
        containers.set(id, { ...made, name: step.name, volumes: of.volumes });
      } else {
        const name = step.name ?? step.old.name;
        containers.set(step.old.id, { ...step.old, name, state: 'running' });
      }
    }
  }
  return {
    containers: [...containers.values()],
    networks: [...networks.values()],
    volumes: [...volumes.values()],
  };
}

describe('planUp, for any project', () => {
  const names = ['a', 'b', 'c', 'd'];
  const networks = ['shop_default', 'shop_back'];
  const wantedArbitrary: fc.Arbitrary<Wanted> = fc
    .record({
      services: fc.tuple(
        ...names.map((name, index) =>
          fc.record({
            name: fc.constant(name),
            replicas: fc.integer({ min: 0, max: 3 }),
            hash: fc.constantFrom('h1', 'h2'),
            imageId: fc.constantFrom('image 1', 'image 2'),
            references: fc.subarray(names.slice(0, index)),
            networks: fc.subarray(networks),
            volumes: fc.subarray(['shop_data']),
            dependsOn: fc
              .subarray(names.slice(0, index))
              .chain((subset) =>
                fc.tuple(
                  ...subset.map((other) => fc.record({ service: fc.constant(other), restart: fc.boolean() })),
                ),
              ),
          }),
        ),
      ),
      selected: fc.subarray(names, { minLength: 1 }),
      networkHash: fc.constantFrom('a', 'b'),
      removeOrphans: fc.boolean(),
    })
    .map(({ services, selected, networkHash, removeOrphans }) => {
      // What is referred to has a container, as the reader sees to it.
      const chosen = services.filter(({ name }) => selected.includes(name));
      const referred = new Set(chosen.flatMap(({ references }) => references));
      const complete = chosen.map((one) =>
        service(one.name, {
          ...one,
          replicas: referred.has(one.name) ? Math.max(1, one.replicas) : one.replicas,
          references: one.references.filter((other) => selected.includes(other)),
        }),
      );
      return {
        project,
        services: complete,
        networks: networks.map((name) => ({
          key: name.slice(5),
          name,
          external: false,
          configHash: networkHash,
        })),
        volumes: [{ key: 'data', name: 'shop_data', external: false }],
        known: new Set(names),
        removeOrphans,
      };
    });
  const observedArbitrary: fc.Arbitrary<Observed> = fc
    .record({
      containers: fc.uniqueArray(
        fc.record({
          service: fc.constantFrom(...names, 'gone'),
          number: fc.integer({ min: 1, max: 4 }),
          half: fc.boolean(),
          oneOff: fc.constantFrom(false, false, false, true),
          state: fc.constantFrom<ObservedContainer['state']>(
            'created',
            'running',
            'paused',
            'restarting',
            'exited',
            'dead',
          ),
          configHash: fc.constantFrom('h1', 'h2'),
          imageId: fc.constantFrom('image 1', 'image 2'),
          joined: fc.subarray(networks),
          volumes: fc.subarray(['shop_data']),
        }),
        {
          selector: ({ service: name, number, half, oneOff }) => `${name} ${number} ${half} ${oneOff}`,
          maxLength: 10,
        },
      ),
      networks: fc.subarray(networks),
      networkHash: fc.constantFrom('a', 'b', ''),
    })
    .map(({ containers, networks: there, networkHash }) => ({
      containers: containers.map(({ joined, half, ...one }): ObservedContainer => {
        const name = `shop-${one.service}-${one.oneOff ? 'run-' : ''}${one.number}`;
        return {
          ...one,
          id: `${name}${half ? ' half' : ''}`,
          name: half ? `0123456789ab_${name}` : name,
          replaces: half,
          networks: Object.fromEntries(joined.map((network) => [network, network])),
          ports: [],
          dependsOn: [],
        };
      }),
      networks: there.map((name) => ({
        id: name,
        name,
        project,
        key: name.slice(5),
        configHash: networkHash,
      })),
      volumes: [],
    }));

  it('reaches the wanted state, and then has nothing to do', () => {
    fc.assert(
      fc.property(wantedArbitrary, observedArbitrary, (wanted, observed) => {
        const after = carryOut(planUp(wanted, observed), wanted, observed);
        for (const { name, replicas } of wanted.services) {
          const own = after.containers.filter((found) => found.service === name && !found.oneOff);
          assert.equal(own.length, replicas);
          assert.equal(new Set(own.map(({ number }) => number)).size, replicas);
        }
        assert.equal(
          isSettled(planUp(wanted, after)),
          true,
          JSON.stringify(describePlan(planUp(wanted, after))),
        );
      }),
    );
  });

  it('touches nothing but the services that it is about, and orphans where it may', () => {
    fc.assert(
      fc.property(wantedArbitrary, observedArbitrary, (wanted, observed) => {
        const plan = planUp(wanted, observed);
        const about = new Set(wanted.services.map(({ name }) => name));
        for (const { container: removed } of plan.removals) {
          assert.ok(
            about.has(removed.service) ||
              (wanted.removeOrphans && removed.service === 'gone') ||
              (wanted.removeOrphans && removed.oneOff),
          );
        }
        assert.deepEqual([...plan.services.keys()], [...about]);
        const named = describePlan(plan).filter(({ kind }) => kind === 'volume');
        assert.ok(named.every(({ action }) => ['create', 'leave'].includes(action)));
        assert.ok(!plan.removals.some(({ container: { oneOff, state } }) => oneOff && state === 'running'));
      }),
    );
  });
});
