import { deepEqual, equal } from 'node:assert/strict';
import type { ServiceState, ServiceStatus } from '../../../../src/stack/engine.ts';
import { fallenServices, hasServerEnded } from '../../../../src/vscode/session/neededServices.ts';

function row(service: string, state: ServiceState, replica = 1): ServiceStatus {
  return { service, replica, state, ports: [], profiles: [] };
}

describe('The services that a session needs', () => {
  it('have fallen where none of their replicas runs any more', () => {
    deepEqual(
      fallenServices([
        ...[row('namenode', 'healthy'), row('datanode', 'unhealthy'), row('spark-master', 'exited')],
        ...[row('spark-worker', 'exited', 1), row('spark-worker', 'healthy', 2), row('jupyter', 'stopped')],
      ]),
      ['spark-master', 'jupyter'],
    );
    deepEqual(fallenServices([row('spark-worker', 'exited', 1), row('spark-worker', 'stopped', 2)]), [
      'spark-worker',
    ]);
  });

  it('have not where they were never started, or where it is another one', () => {
    deepEqual(fallenServices([row('jupyter', 'created'), row('postgres', 'exited')]), []);
    deepEqual(fallenServices(undefined), []);
  });

  it('take all kernels along with the server', () => {
    equal(hasServerEnded({ phase: 'stopped', status: [] }), true);
    equal(hasServerEnded({ phase: 'unhealthy', status: [row('jupyter', 'exited')] }), true);
    equal(hasServerEnded({ phase: 'starting', status: [row('jupyter', 'starting')] }), false);
  });

  it('are not known to have ended while nobody has told', () => {
    equal(hasServerEnded({ phase: 'unknown', status: undefined }), false);
    equal(hasServerEnded({ phase: 'up', status: [row('namenode', 'healthy')] }), false);
  });
});
