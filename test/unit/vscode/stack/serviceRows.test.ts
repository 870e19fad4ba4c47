import { deepEqual, equal } from 'node:assert/strict';
import type { ServiceState, ServiceStatus } from '../../../../src/stack/engine.ts';
import { contextWords, serviceOf, serviceRows, worst } from '../../../../src/vscode/stack/serviceRows.ts';

function row(service: string, state: ServiceState, replica = 1): ServiceStatus {
  return { service, replica, state, ports: [], profiles: [] };
}

describe('Rows of the Stack view', () => {
  it('are one for each service, in the order of the file', () => {
    const rows = serviceRows([row('b', 'healthy'), row('a', 'healthy'), row('b', 'starting', 2)]);
    deepEqual(
      rows.map(({ service, replicas }) => [service, replicas.length]),
      [
        ['b', 2],
        ['a', 1],
      ],
    );
  });

  it('show the replica that needs a look', () => {
    equal(worst([row('a', 'healthy'), row('a', 'starting', 2)]).replica, 2);
    equal(worst([row('a', 'starting'), row('a', 'exited', 2), row('a', 'unhealthy', 3)]).replica, 3);
    equal(worst([row('a', 'running'), row('a', 'stopped', 2)]).replica, 2);
  });

  it('have the words that the menus look for', () => {
    const words = (service: string, ...states: ServiceState[]): string =>
      contextWords(serviceRows(states.map((state, i) => row(service, state, i + 1)))[0]!);
    equal(words('namenode', 'healthy'), ';service;running;ui;');
    equal(words('namenode', 'stopped'), ';service;stopped;');
    equal(words('postgres', 'unhealthy'), ';service;running;');
    equal(words('spark-worker', 'exited', 'healthy'), ';service;running;ui;');
  });

  it('name their service to a command, and nothing else does', () => {
    const [found] = serviceRows([row('a', 'healthy'), row('a', 'healthy', 2)]);
    deepEqual(serviceOf(found), { service: 'a' });
    deepEqual(serviceOf({ kind: 'replica', status: row('a', 'healthy', 2) }), { service: 'a', replica: 2 });
    deepEqual(serviceOf('a'), { service: 'a' });
    const others = [
      undefined,
      null,
      3,
      {},
      { kind: 'service' },
      { kind: 'service', service: 1 },
      { kind: 'replica' },
    ];
    for (const other of [...others, { kind: 'replica', status: null }, { kind: 'replica', status: {} }]) {
      equal(serviceOf(other), undefined);
    }
  });
});
