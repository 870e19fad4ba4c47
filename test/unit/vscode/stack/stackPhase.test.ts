import { equal, notEqual } from 'node:assert/strict';
import type { ServiceState, ServiceStatus } from '../../../../src/stack/engine.ts';
import { identityOf, phaseOf, servesLakeAndSpark } from '../../../../src/vscode/stack/stackPhase.ts';

function row(service: string, state: ServiceState, more: Partial<ServiceStatus> = {}): ServiceStatus {
  return { service, replica: 1, state, ports: [], profiles: [], ...more };
}

const parts = ['namenode', 'datanode', 'spark-master', 'spark-worker'];
const all = (state: ServiceState): ServiceStatus[] => parts.map((name) => row(name, state));

describe('Phase of a stack', () => {
  it('is stopped without any that runs', () => {
    equal(phaseOf([]), 'stopped');
    equal(phaseOf(all('stopped')), 'stopped');
    equal(phaseOf([row('a', 'exited', { exitCode: 1 })]), 'stopped');
  });

  it('is up where all run that no profile leaves out', () => {
    equal(phaseOf([...all('healthy'), row('retail', 'stopped', { profiles: ['retail'] })]), 'up');
    equal(phaseOf([row('a', 'running'), row('migrate', 'exited', { exitCode: 0 })]), 'up');
  });

  it('is starting while one is, whatever the others are', () => {
    equal(phaseOf([row('a', 'unhealthy'), row('b', 'starting'), row('c', 'stopped')]), 'starting');
  });

  it('is unhealthy with one that is not well, even of a profile', () => {
    equal(phaseOf([row('a', 'healthy'), row('b', 'unhealthy')]), 'unhealthy');
    equal(phaseOf([row('a', 'healthy'), row('b', 'exited', { exitCode: 137 })]), 'unhealthy');
    const ended = row('retail', 'exited', { exitCode: 1, profiles: ['retail'] });
    equal(phaseOf([row('a', 'healthy'), ended]), 'unhealthy');
  });

  it('is partly up where one was left out', () => {
    equal(phaseOf([row('a', 'healthy'), row('b', 'stopped')]), 'partly');
    equal(phaseOf([row('a', 'healthy'), row('b', 'created')]), 'partly');
  });
});

describe('HDFS and Spark', () => {
  it('answer with one replica of each', () => {
    equal(servesLakeAndSpark(all('healthy')), true);
    equal(servesLakeAndSpark([...all('healthy'), row('spark-worker', 'unhealthy', { replica: 2 })]), true);
    equal(servesLakeAndSpark([...all('healthy'), row('jupyter', 'exited', { exitCode: 1 })]), true);
  });

  for (const part of parts) {
    it(`do not answer without ${part}`, () => {
      for (const state of ['stopped', 'starting', 'unhealthy'] as const) {
        equal(servesLakeAndSpark(parts.map((name) => row(name, name === part ? state : 'healthy'))), false);
      }
      const exited = row(part, 'exited', { exitCode: 0 });
      equal(servesLakeAndSpark([...all('healthy').filter(({ service }) => service !== part), exited]), false);
    });
  }

  it('may have DataNodes and workers under other names, but not their masters', () => {
    equal(servesLakeAndSpark([row('namenode', 'running'), row('spark-master', 'running')]), true);
    equal(servesLakeAndSpark([row('namenode', 'running')]), false);
    equal(servesLakeAndSpark([]), false);
  });

  it('are other ones after a restart, and the same ones after news of others', () => {
    const since = new Date(1_000);
    const status = (pid: number, worker: ServiceState): ServiceStatus[] => [
      row('namenode', 'healthy', { pid, since }),
      row('spark-master', 'healthy', { pid: 2, since }),
      row('spark-worker', worker),
    ];
    equal(identityOf(status(1, 'healthy')), identityOf(status(1, 'exited')));
    notEqual(identityOf(status(1, 'healthy')), identityOf(status(3, 'healthy')));
    equal(identityOf(all('stopped')), undefined);
  });
});
