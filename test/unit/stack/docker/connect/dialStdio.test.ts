import assert from 'node:assert/strict';
import { sshArguments, sshFault } from '../../../../../src/stack/docker/connect/dialStdio.ts';
import type { Target } from '../../../../../src/stack/docker/connect/findEndpoints.ts';

type Ssh = Extract<Target, { kind: 'ssh' }>;

describe('an engine behind ssh', () => {
  it('is called without a terminal and without questions', () => {
    const args = sshArguments({ kind: 'ssh', host: 'h', user: 'me', port: 22, socket: '/run/x.sock' });
    assert.ok(args.includes('BatchMode=yes'));
    assert.deepEqual(args.slice(args.indexOf('-T')), [
      '-T',
      '-l',
      'me',
      '-p',
      '22',
      '--',
      'h',
      'docker --host unix:///run/x.sock system dial-stdio',
    ]);
  });

  it('says in words what ssh ended with', () => {
    const target: Ssh = { kind: 'ssh', host: 'h' };
    const why = (code: number, stderr: string): string => sshFault(target, code, stderr).message;
    assert.match(
      why(255, 'No ED25519 host key is known\r\nHost key verification failed.\r\n'),
      /log in once/,
    );
    assert.match(why(255, 'me@h: Permission denied (publickey,password).'), /refuses the login.*ssh agent/);
    assert.match(
      why(255, 'ssh: Could not resolve hostname h: Name or service not known'),
      /does not resolve/,
    );
    assert.match(why(127, 'sh: 1: docker: not found'), /no program docker on h/);
    assert.match(
      why(1, 'permission denied while trying to connect to the Docker daemon socket at unix:///x'),
      /group docker on h/,
    );
    assert.match(why(1, 'Cannot connect to the Docker daemon at unix:///x.'), /no engine runs on h/);
    assert.match(
      why(255, 'ssh: connect to host h port 22: Connection refused'),
      /port 22: Connection refused/,
    );
    assert.match(why(3, ''), /ended with code 3/);
  });
});
