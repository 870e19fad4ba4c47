import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { retryUntil } from '../../../src/base/retry.ts';
import { isListening } from '../../../src/stack/ports.ts';
import { run } from './machine.ts';

export interface LoopbackSshd {
  port: number;
  user: string;
  /** With a PATH where `ssh` is the real one, but reads a configuration of this test, not the user's. */
  env: NodeJS.ProcessEnv;
  /** Whether the client shows its key, and knows the server's. Both at first. */
  configure(client: { hasKey?: boolean; knowsHost?: boolean }): Promise<void>;
  /** Logins so far. */
  logins(): number;
  stop(): Promise<void>;
}

/** A real sshd of a test's own, on loopback, which lets this user in by a key. Needs `openssh-server`. */
export async function startSshd(folder: string): Promise<LoopbackSshd> {
  const at = (name: string): string => join(folder, name);
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const user = userInfo().username;
  for (const name of ['host', 'mine', 'unknown']) {
    const args = ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)];
    const { code, stderr } = await run('ssh-keygen', args);
    if (code !== 0) throw new Error(`ssh-keygen ended with ${code}: ${stderr}`);
  }
  await copyFile(at('mine.pub'), at('authorized'));
  const { stdout: hostKey } = await run('ssh-keygen', ['-y', '-f', at('host')]);
  await writeFile(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      `PidFile ${at('sshd.pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      `SetEnv "PATH=${process.env.PATH ?? ''}"`,
    ].join('\n'),
  );
  // Where its package would have it made when the system starts.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', at('sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  sshd.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  sshd.on('error', (error) => (said += error.message));
  await retryUntil(
    async () => {
      if (sshd.exitCode !== null || sshd.pid === undefined) throw new Error(`sshd did not start: ${said}`);
      return (await isListening('127.0.0.1', port)) || undefined;
    },
    { what: 'sshd', timeoutMs: 20_000 },
  );

  await mkdir(at('bin'));
  const { stdout: ssh } = await run('sh', ['-c', 'command -v ssh']);
  await writeFile(at('bin/ssh'), `#!/bin/sh\nexec ${ssh.trim()} -F '${at('ssh_config')}' "$@"\n`);
  await chmod(at('bin/ssh'), 0o755);
  const configure: LoopbackSshd['configure'] = async ({ hasKey = true, knowsHost = true }) => {
    await writeFile(at('known'), knowsHost ? `[127.0.0.1]:${port} ${hostKey}` : '');
    await writeFile(
      at('ssh_config'),
      [
        'Host engine-alias',
        '  HostName 127.0.0.1',
        `  Port ${port}`,
        'Host *',
        `  UserKnownHostsFile ${at('known')}`,
        '  GlobalKnownHostsFile /dev/null',
        '  IdentitiesOnly yes',
        '  IdentityAgent none',
        `  IdentityFile ${at(hasKey ? 'mine' : 'unknown')}`,
      ].join('\n'),
    );
  };
  await configure({});
  return {
    port,
    user,
    env: { ...process.env, PATH: `${at('bin')}${delimiter}${process.env.PATH ?? ''}` },
    configure,
    logins: () => said.split('Accepted publickey').length - 1,
    async stop() {
      if (sshd.exitCode !== null) return;
      const ended = once(sshd, 'exit');
      sshd.kill();
      await ended;
    },
  };
}
