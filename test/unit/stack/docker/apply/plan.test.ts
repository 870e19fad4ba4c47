import assert from 'node:assert/strict';
import { isWorkbenchError } from '../../../../../src/base/errors.ts';
import { describePlan, isSettled, planUp, type Plan } from '../../../../../src/stack/docker/apply/plan.ts';
import { container, networkId, networkName, observedOf, project, service, wantedOf } from './planParts.ts';

const actions = (plan: Plan): string[] =>
  describePlan(plan)
    .filter(({ kind }) => kind === 'container')
    .map(({ action, name, reason }) => [action, name, ...(reason ? [`(${reason})`] : [])].join(' '));

describe('planUp', () => {
  const db = service('db');
  const web = service('web', { dependsOn: [{ service: 'db', restart: false }] });

  it('creates all of a new project', () => {
    const plan = planUp(wantedOf([db, web]), observedOf([], { networks: [] }));
    assert.deepEqual(describePlan(plan), [
      { action: 'create', kind: 'network', name: networkName },
      { action: 'create', kind: 'container', name: 'shop-db-1', service: 'db' },
      { action: 'create', kind: 'container', name: 'shop-web-1', service: 'web' },
    ]);
  });

  it('leaves alone what is as it should be', () => {
    const plan = planUp(wantedOf([db, web]), observedOf([container(db, 1), container(web, 1)]));
    assert.equal(isSettled(plan), true);
  });

  it('recreates the one service that changed, with the reason', () => {
    const observed = observedOf([container(db, 1), container(web, 1)]);
    const changed = service('db', { hash: 'another' });
    assert.deepEqual(actions(planUp(wantedOf([changed, web]), observed)), [
      'recreate shop-db-1 (its configuration changed)',
      'leave shop-web-1',
    ]);
    const rebuilt = service('web', { imageId: 'image 2' });
    assert.deepEqual(actions(planUp(wantedOf([db, rebuilt]), observed)), [
      'leave shop-db-1',
      'recreate shop-web-1 (its image is newer)',
    ]);
  });

  it('says that an image which is yet to be built recreates its containers', () => {
    const unbuilt = { ...web };
    delete unbuilt.imageId;
    const plan = planUp(wantedOf([db, unbuilt]), observedOf([container(db, 1), container(web, 1)]));
    assert.deepEqual(actions(plan)[1], 'recreate shop-web-1 (its image is newer)');
  });

  it('starts what does not run', () => {
    const states = ['created', 'exited', 'paused', 'restarting'] as const;
    const reasons = states.map(
      (state) => actions(planUp(wantedOf([db]), observedOf([container(db, 1, { state })])))[0],
    );
    assert.deepEqual(reasons, [
      'start shop-db-1 (it was never started)',
      'start shop-db-1 (it had ended)',
      'start shop-db-1 (it is paused)',
      'start shop-db-1 (it kept ending)',
    ]);
  });

  it('recreates what the engine could not remove', () => {
    const plan = planUp(wantedOf([db]), observedOf([container(db, 1, { state: 'dead' })]));
    assert.deepEqual(actions(plan), ['recreate shop-db-1 (it could not be removed before)']);
  });

  it('restarts a dependent with `restart: true`, and only such a one', () => {
    const follower = service('follower', { dependsOn: [{ service: 'db', restart: true }] });
    const observed = observedOf([container(db, 1), container(web, 1), container(follower, 1)]);
    const plan = planUp(wantedOf([service('db', { hash: 'another' }), web, follower]), observed);
    assert.deepEqual(actions(plan), [
      'recreate shop-db-1 (its configuration changed)',
      'leave shop-web-1',
      'start shop-follower-1 (db is recreated)',
    ]);
  });

  it('recreates what shares the namespaces of a recreated container', () => {
    const sidecar = service('sidecar', { references: ['db'], networks: [] });
    const shared = container(sidecar, 1, { configHash: sidecar.configHash(() => container(db, 1).id) });
    const observed = observedOf([container(db, 1), shared]);
    assert.equal(isSettled(planUp(wantedOf([db, sidecar]), observed)), true);
    const plan = planUp(wantedOf([service('db', { hash: 'another' }), sidecar]), observed);
    assert.deepEqual(actions(plan)[1], 'recreate shop-sidecar-1 (db is recreated)');
  });

  it('recreates a changed network and all that is in it', () => {
    const observed = observedOf([container(db, 1)], {
      networks: [{ id: networkId, name: networkName, project, key: 'default', configHash: 'b' }],
    });
    assert.deepEqual(describePlan(planUp(wantedOf([db]), observed)), [
      { action: 'recreate', kind: 'network', name: networkName, reason: 'its configuration changed' },
      {
        action: 'recreate',
        kind: 'container',
        name: 'shop-db-1',
        service: 'db',
        reason: `its network ${networkName} is recreated`,
      },
    ]);
  });

  it('recreates a stopped container whose network was removed and made again', () => {
    const observed = observedOf([container(db, 1, { state: 'exited', networks: { [networkName]: 'n0' } })]);
    assert.deepEqual(actions(planUp(wantedOf([db]), observed)), [
      `recreate shop-db-1 (its network ${networkName} was recreated)`,
    ]);
  });

  it('trusts a network without a hash', () => {
    const networks = [{ id: networkId, name: networkName, project, key: 'default' }];
    assert.equal(isSettled(planUp(wantedOf([db]), observedOf([container(db, 1)], { networks }))), true);
  });

  it('refuses a network of somebody else, and a missing external one', () => {
    const networks = [{ id: networkId, name: networkName, project: 'other', key: 'default' }];
    assert.throws(
      () => planUp(wantedOf([db]), observedOf([], { networks })),
      (error) =>
        isWorkbenchError(error, 'conflict') && error.message.includes('belongs to the project other'),
    );
    const external = [{ key: 'default', name: 'theirs', external: true }];
    assert.throws(
      () => planUp(wantedOf([db], { networks: external }), observedOf([])),
      (error) => isWorkbenchError(error, 'not-found') && error.message.includes('network theirs'),
    );
  });

  it('makes volumes, notes foreign ones, and refuses a missing external one', () => {
    const volumes = [{ key: 'data', name: 'shop_data', external: false }];
    const made = planUp(wantedOf([db], { volumes }), observedOf([]));
    assert.deepEqual(
      made.volumes.map(({ action }) => action),
      ['create'],
    );
    const found = planUp(wantedOf([db], { volumes }), observedOf([], { volumes: [{ name: 'shop_data' }] }));
    assert.deepEqual(
      found.volumes.map(({ action }) => action),
      ['leave'],
    );
    assert.match(found.notes[0] ?? '', /shop_data/);
    assert.throws(
      () => planUp(wantedOf([db], { volumes: [{ ...volumes[0]!, external: true }] }), observedOf([])),
      (error) => isWorkbenchError(error, 'not-found'),
    );
  });

  it('scales up into the lowest free numbers, and down from the highest', () => {
    const observed = observedOf([container(db, 2), container(db, 4)]);
    assert.deepEqual(actions(planUp(wantedOf([service('db', { replicas: 4 })]), observed)), [
      'create shop-db-1',
      'leave shop-db-2',
      'create shop-db-3',
      'leave shop-db-4',
    ]);
    assert.deepEqual(actions(planUp(wantedOf([db]), observed)), [
      'remove shop-db-4 (one replica too many)',
      'leave shop-db-2',
    ]);
  });

  it('removes what is out of date first where it scales down', () => {
    const observed = observedOf([container(db, 1, { configHash: 'old' }), container(db, 2)]);
    assert.deepEqual(actions(planUp(wantedOf([db]), observed)), [
      'remove shop-db-1 (one replica too many)',
      'leave shop-db-2',
    ]);
  });

  it('refuses two containers with one name', () => {
    assert.throws(
      () => planUp(wantedOf([service('db', { replicas: 2, containerName: 'mine' })]), observedOf([])),
      (error) => isWorkbenchError(error, 'invalid') && error.message.includes('mine'),
    );
  });

  it('finishes a recreation that was cut off', () => {
    const old = container(db, 1, { configHash: 'old', state: 'exited' });
    const half = container(db, 1, {
      id: 'half',
      name: `0123456789ab_${old.name}`,
      state: 'created',
      replaces: true,
    });
    const plan = planUp(wantedOf([db]), observedOf([old, half]));
    assert.deepEqual(
      plan.removals.map(({ container: { id } }) => id),
      [old.id],
    );
    const [step] = plan.services.get('db') ?? [];
    assert.ok(step?.action === 'start');
    assert.equal(step.old.id, 'half');
    assert.equal(step.name, 'shop-db-1');
  });

  it('removes orphans only where it is asked to', () => {
    const gone = service('gone');
    const run = container(db, 1, { id: 'run', name: 'shop-db-run-1', oneOff: true, state: 'exited' });
    const observed = observedOf([container(db, 1), container(gone, 1), run]);
    const kept = planUp(wantedOf([db]), observed);
    assert.equal(isSettled(kept), true);
    assert.match(kept.notes[0] ?? '', /shop-gone-1, shop-db-run-1/);
    const removed = planUp(wantedOf([db], { removeOrphans: true }), observed);
    assert.deepEqual(
      actions(removed)
        .slice(0, 2)
        .map((action) => action.split(' ').slice(0, 2).join(' ')),
      ['remove shop-gone-1', 'remove shop-db-run-1'],
    );
  });

  it('does not touch a service that was not asked for', () => {
    const observed = observedOf([container(db, 1), container(web, 1, { configHash: 'old' })]);
    const plan = planUp(wantedOf([db], { known: new Set(['db', 'web']) }), observed);
    assert.equal(isSettled(plan), true);
    assert.deepEqual(plan.notes, []);
  });
});
