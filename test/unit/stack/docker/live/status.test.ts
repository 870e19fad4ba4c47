import assert from 'node:assert/strict';
import { statusOf, type Inspected } from '../../../../../src/stack/docker/live/status.ts';

const container = { id: 'c0ffee', service: 'namenode', replica: 1 };

function inspected(state: Partial<Inspected['State']>, more: Partial<Inspected> = {}): Inspected {
  return {
    State: {
      Status: 'running',
      ExitCode: 0,
      Error: '',
      OOMKilled: false,
      StartedAt: '2026-11-21T06:16:52.932785511Z',
      ...state,
    },
    RestartCount: 0,
    Config: {},
    ...more,
  };
}

describe('the state of a container', () => {
  it('is that of its health check while it runs', () => {
    const health = (Status: string): Inspected => inspected({ Health: { Status } });
    assert.equal(statusOf(container, inspected({})).state, 'running');
    assert.equal(statusOf(container, health('none')).state, 'running');
    for (const state of ['starting', 'healthy', 'unhealthy']) {
      assert.equal(statusOf(container, health(state)).state, state);
    }
  });

  it('tells what the last check said, unless it was good', () => {
    const Log = [{ ExitCode: 1, Output: 'connection refused\n' }];
    const message = (Status: string, log = Log): string | undefined =>
      statusOf(container, inspected({ Health: { Status, Log: log } })).message;
    assert.equal(message('unhealthy'), 'connection refused');
    assert.equal(message('starting'), 'connection refused');
    assert.equal(message('healthy'), undefined);
    assert.equal(message('starting', [{ ExitCode: 0, Output: 'ok' }]), undefined);
    assert.match(message('unhealthy', [{ ExitCode: 3, Output: '' }]) ?? '', /exit code 3/);
  });

  it('has published ports once, and when it was started', () => {
    const Ports = {
      '9870/tcp': [{ HostPort: '9870' }, { HostPort: '9870' }],
      '8020/tcp': [{ HostPort: '8020' }],
      '9000/tcp': null,
    };
    const row = statusOf(container, inspected({}, { NetworkSettings: { Ports } }));
    assert.deepEqual(row.ports, [8020, 9870]);
    assert.equal(row.since?.toISOString(), '2026-11-21T06:16:52.932Z');
    assert.equal(row.exitCode, undefined);
    const created = statusOf(container, inspected({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' }));
    assert.equal(created.state, 'created');
    assert.equal(created.since, undefined);
  });

  it('tells one that was stopped from one that ended', () => {
    const ended = (ExitCode: number, more: Partial<Inspected> = {}, OOMKilled = false): string =>
      statusOf(container, inspected({ Status: 'exited', ExitCode, OOMKilled }, more)).state;
    assert.equal(ended(143), 'stopped');
    assert.equal(ended(130, { Config: { StopSignal: 'SIGINT' } }), 'stopped');
    assert.equal(ended(0), 'exited');
    assert.equal(ended(137), 'exited');
    assert.equal(ended(143, {}, true), 'exited');
  });

  it('explains what a person would ask about', () => {
    const row = (state: Partial<Inspected['State']>): ReturnType<typeof statusOf> =>
      statusOf(container, inspected(state, { RestartCount: 4 }));
    assert.match(row({ Status: 'restarting', ExitCode: 7 }).message ?? '', /exit code 7.*4 times/);
    assert.equal(row({ Status: 'restarting' }).state, 'starting');
    assert.match(row({ Status: 'paused' }).message ?? '', /unpause/);
    assert.equal(row({ Status: 'paused' }).state, 'unhealthy');
    assert.match(row({ Status: 'exited', ExitCode: 137, OOMKilled: true }).message ?? '', /memory/);
    assert.equal(row({ Status: 'created', Error: 'no such file: x' }).message, 'no such file: x');
    assert.equal(row({ Status: 'exited', ExitCode: 1 }).exitCode, 1);
  });
});
