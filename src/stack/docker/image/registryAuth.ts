import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { describeError, systemErrorCode } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { configFolder } from '../connect/context.ts';

/** What the engine takes as X-Registry-Auth, and for each registry in X-Registry-Config. */
export interface RegistryLogin {
  username: string;
  password: string;
  serveraddress: string;
  identitytoken?: string;
}

/** Docker Hub's name in `config.json` and for its credential helpers, since before registries had versions. */
const hubAddress = 'https://index.docker.io/v1/';
const helperTimeoutMs = 30_000;

/** `config.json` of Docker's command line, what of it concerns images. */
const configSchema = v.object({
  auths: v.optional(
    v.record(
      v.string(),
      v.object({
        auth: v.optional(v.string()),
        username: v.optional(v.string()),
        password: v.optional(v.string()),
        identitytoken: v.optional(v.string()),
      }),
    ),
  ),
  credsStore: v.optional(v.string()),
  credHelpers: v.optional(v.record(v.string(), v.string())),
  proxies: v.optional(
    v.record(
      v.string(),
      v.object({
        httpProxy: v.optional(v.string()),
        httpsProxy: v.optional(v.string()),
        ftpProxy: v.optional(v.string()),
        noProxy: v.optional(v.string()),
        allProxy: v.optional(v.string()),
      }),
    ),
  ),
});
export type DockerConfig = v.InferOutput<typeof configSchema>;

const helperAnswer = v.object({
  ServerURL: v.optional(v.string()),
  Username: v.string(),
  Secret: v.string(),
});

/** The user's `config.json`; empty where there is none, or none that can be read, which is logged. */
export async function readDockerConfig(
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<DockerConfig> {
  const path = join(configFolder(env, env.HOME ?? homedir()), 'config.json');
  try {
    return v.parse(configSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      log.warn(`${path} cannot be used, so no registry's login is known: ${describeError(error)}`);
    }
    return {};
  }
}

/** The registry of an image: "docker.io" for "postgres:16", "host:5000" for "host:5000/a/b". */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'index.docker.io' ? first : 'docker.io';
}

/** The login for a registry: from its helper, the store, or the file; undefined where there is none. */
export async function findLogin(
  config: DockerConfig,
  registry: string,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<RegistryLogin | undefined> {
  const server = registry === 'docker.io' ? hubAddress : registry;
  const helper = config.credHelpers?.[server] ?? config.credHelpers?.[registry] ?? config.credsStore;
  if (helper) {
    const login = await askHelper(helper, server, env, log);
    if (login) return login;
  }
  for (const [key, entry] of Object.entries(config.auths ?? {})) {
    if (key !== server && hostOf(key) !== hostOf(server)) continue;
    const [username = '', ...password] = Buffer.from(entry.auth ?? '', 'base64')
      .toString('utf8')
      .split(':');
    const login = {
      username: entry.username ?? username,
      password: entry.password ?? password.join(':').replace(/\0+$/, ''),
      serveraddress: server,
      ...(entry.identitytoken ? { identitytoken: entry.identitytoken } : {}),
    };
    if (login.username !== '' || login.identitytoken) return login;
  }
  return undefined;
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

/**
 * `docker-credential-<helper> get`: the server on standard input, JSON on standard output; see
 * https://github.com/docker/docker-credential-helpers.
 */
function askHelper(
  helper: string,
  server: string,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<RegistryLogin | undefined> {
  const program = `docker-credential-${helper}`;
  return new Promise((resolve) => {
    let text = '';
    let hasFailed = false;
    const fail = (why: string): void => {
      if (hasFailed) return;
      hasFailed = true;
      log.warn(`${program} gave no login for ${server}: ${why}`);
      resolve(undefined);
    };
    // Not spawn's own `timeout`, which goes on ticking where the program is not there.
    const late = AbortSignal.timeout(helperTimeoutMs);
    const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], signal: late });
    child.once('error', (error) =>
      fail(late.aborted ? `no answer within ${helperTimeoutMs / 1000} s` : error.message),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(server);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    child.once('close', (code) => {
      if (code !== 0) {
        // That there is none is no fault: most images are public.
        if (/not found/i.test(text)) resolve(undefined);
        else fail(text.trim().slice(0, 200) || `exit code ${code ?? 'unknown'}`);
        return;
      }
      let answer: unknown;
      try {
        answer = JSON.parse(text);
      } catch {
        return fail('its answer is no JSON');
      }
      const parsed = v.safeParse(helperAnswer, answer);
      if (!parsed.success) return fail('its answer is no login');
      const { Username: username, Secret: secret } = parsed.output;
      resolve(
        username === '<token>'
          ? { username: '', password: '', serveraddress: server, identitytoken: secret }
          : { username, password: secret, serveraddress: server },
      );
    });
  });
}
