import { homedir } from 'node:os';
import { posix } from 'node:path';
import { WorkbenchError } from '../../../base/errors.ts';
import { configFolder, given, readContext, readCurrentContext } from './context.ts';

/** What led to an endpoint. `choice`: the caller named it. */
export type EndpointSource = 'choice' | 'DOCKER_HOST' | `context ${string}` | 'socket';

/** How an engine is spoken to. */
export type Target =
  /** A unix socket, or a named pipe of Windows. */
  | { kind: 'socket'; path: string }
  | { kind: 'tcp'; host: string; port: number; pathPrefix: string; tls?: TlsFiles }
  /** The system's `ssh`, and `docker system dial-stdio` at the other end. */
  | { kind: 'ssh'; user?: string; host: string; port?: number; socket?: string };

export interface TlsFiles {
  /** Holds `ca.pem`, `cert.pem` and `key.pem`, or some of them. */
  folder: string;
  /** Whether the engine must show a certificate that is trusted. */
  verify: boolean;
}

export interface Endpoint {
  source: EndpointSource;
  /** As the user would write it: `unix:///var/run/docker.sock`. */
  address: string;
  target: Target;
  /** Whose socket it is: "Docker", "rootless Docker", "Colima". */
  owner?: string;
}

export interface FoundEndpoints {
  /** In the order in which they are to be tried. */
  endpoints: Endpoint[];
  /** True if the user chose: there is one, and no other may take its place. */
  isChosen: boolean;
  /** What could not be read on the way, in sentences. */
  notes: string[];
}

/** The part of the environment that says where an engine is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where an engine may be, in Docker's own order: what the caller names, DOCKER_HOST, DOCKER_CONTEXT, the current
 * context; only without any of these the usual sockets of this system. Reads Docker's configuration, connects to
 * nothing. Throws `invalid` for an address or a context that cannot be read, `not-found` for an unknown context.
 */
export async function findEndpoints(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
  choice: { host?: string | undefined; context?: string | undefined } = {},
): Promise<FoundEndpoints> {
  const chosen = (endpoint: Endpoint): FoundEndpoints => ({
    endpoints: [endpoint],
    isChosen: true,
    notes: [],
  });
  const folder = configFolder(env, home);
  const tls = tlsOf(env, folder);

  if (choice.host) return chosen(endpointOf(choice.host, 'choice', platform, tls));
  if (!choice.context && env.DOCKER_HOST) {
    return chosen(endpointOf(env.DOCKER_HOST, 'DOCKER_HOST', platform, tls));
  }
  const current = await readCurrentContext(folder);
  const context = given(choice.context) ?? given(env.DOCKER_CONTEXT) ?? current.name;
  if (context && context !== 'default') {
    const { host, tlsFolder, skipVerify } = await readContext(folder, context);
    const files =
      tlsFolder !== undefined || skipVerify ? { folder: tlsFolder ?? '', verify: !skipVerify } : undefined;
    return chosen(endpointOf(host, `context ${context}`, platform, files));
  }
  return {
    endpoints: usualSockets(env, platform, home).map(({ path, owner }) => ({
      source: 'socket',
      address: socketAddress(path, platform),
      target: { kind: 'socket', path },
      owner,
    })),
    isChosen: false,
    notes: current.problem === undefined ? [] : [current.problem],
  };
}

/** Reads an address as DOCKER_HOST and contexts have it. Throws `invalid`, with what is right. */
export function endpointOf(
  address: string,
  source: EndpointSource,
  platform: NodeJS.Platform,
  tls?: TlsFiles,
): Endpoint {
  return { source, address, target: parseAddress(address, source, platform, tls) };
}

function parseAddress(
  address: string,
  source: EndpointSource,
  platform: NodeJS.Platform,
  tls: TlsFiles | undefined,
): Target {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'unix':
      return { kind: 'socket', path: address.slice('unix://'.length) || '/var/run/docker.sock' };
    case 'npipe':
      // npipe:////./pipe/name
      if (platform !== 'win32') throw wrong(address, source, 'named pipes exist on Windows only');
      return { kind: 'socket', path: address.slice('npipe://'.length) || '//./pipe/docker_engine' };
    case 'tcp':
    case 'http':
    case 'https':
      return tcpTarget(address, source, scheme === 'https' ? (tls ?? { folder: '', verify: true }) : tls);
    case 'ssh':
      return sshTarget(address, source);
    case undefined:
      if (address.startsWith('/')) throw wrong(address, source, `for a socket write unix://${address}`);
      return tcpTarget(`tcp://${address}`, source, tls);
    default:
      throw wrong(address, source, `"${scheme}" is none of unix, npipe, tcp, http, https, ssh`);
  }
}

function tcpTarget(address: string, source: EndpointSource, tls: TlsFiles | undefined): Target {
  // `tcp://:2375` is this machine.
  const url = urlOf(address.replace(/^(\w+:\/\/)(?=[:/]|$)/, '$1localhost'), source);
  if (url.username !== '' || url.password !== '') {
    throw wrong('tcp://…', source, 'an engine on TCP takes no user and no password');
  }
  if (url.search !== '' || url.hash !== '') throw wrong(address, source, 'it may have no ? and no #');
  return {
    kind: 'tcp',
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (tls ? 2376 : 2375),
    pathPrefix: url.pathname.replace(/\/+$/, ''),
    ...(tls && { tls }),
  };
}

function sshTarget(address: string, source: EndpointSource): Target {
  const url = urlOf(address, source);
  if (url.password !== '') {
    throw wrong('ssh://…', source, 'it may hold no password: put a key into the ssh agent');
  }
  const host = decoded(url.hostname, source).replace(/^\[(.*)\]$/, '$1');
  const user = decoded(url.username, source);
  // What begins with a dash could pass for an option of ssh.
  if (!isName.test(host) || (user !== '' && !isName.test(user))) {
    throw wrong(address, source, 'it must be ssh://[USER@]HOST[:PORT]');
  }
  const socket = decoded(url.pathname, source).replace(/^\/$/, '');
  if (!/^[\w./+@-]*$/.test(socket)) {
    throw wrong(address, source, 'the path of the socket has characters that a shell would read');
  }
  return {
    kind: 'ssh',
    host,
    ...(user !== '' && { user }),
    ...(url.port !== '' && { port: Number(url.port) }),
    ...(socket !== '' && { socket }),
  };
}

const isName = /^[^-\s\p{Cc}][^\s\p{Cc}]*$/u;

function urlOf(address: string, source: EndpointSource): URL {
  // With a scheme that it does not know, the URL class leaves host and port as they are written.
  const rest = address.slice(address.indexOf('://') + 3);
  try {
    return new URL(`x://${rest}`);
  } catch {
    throw wrong(address, source, 'it must be SCHEME://HOST[:PORT]');
  }
}

function decoded(text: string, source: EndpointSource): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(text, source, 'a % begins a code of two digits');
  }
}

function wrong(address: string, source: EndpointSource, why: string): WorkbenchError {
  const where = source === 'choice' ? 'The address of the Docker engine' : `The address in ${source}`;
  return new WorkbenchError('invalid', `${where}, "${address}", cannot be used: ${why}.`);
}

/** As Docker's command line reads them: any value that is not empty turns TLS on. */
function tlsOf(env: Environment, folder: string): TlsFiles | undefined {
  if (!env.DOCKER_TLS_VERIFY && !env.DOCKER_TLS) return undefined;
  return { folder: given(env.DOCKER_CERT_PATH) ?? folder, verify: Boolean(env.DOCKER_TLS_VERIFY) };
}

/** The sockets that the known engines listen on, the likeliest first. */
export function usualSockets(
  env: Environment,
  platform: NodeJS.Platform,
  home: string,
): { path: string; owner: string }[] {
  if (platform === 'win32') {
    return [
      { path: '//./pipe/docker_engine', owner: 'Docker' },
      { path: '//./pipe/dockerDesktopLinuxEngine', owner: 'Docker Desktop' },
      { path: '//./pipe/podman-machine-default', owner: 'Podman' },
    ];
  }
  const at = (...parts: string[]): string => posix.join(home, ...parts);
  const colima = given(env.COLIMA_HOME) ?? at('.colima');
  const common = [
    { path: posix.join(colima, 'default/docker.sock'), owner: 'Colima' },
    {
      path: posix.join(given(env.XDG_CONFIG_HOME) ?? at('.config'), 'colima/default/docker.sock'),
      owner: 'Colima',
    },
    { path: at('.lima/docker/sock/docker.sock'), owner: 'Lima' },
    { path: at('.rd/docker.sock'), owner: 'Rancher Desktop' },
  ];
  if (platform === 'darwin') {
    const machine = at('.local/share/containers/podman/machine');
    return [
      { path: '/var/run/docker.sock', owner: 'Docker' },
      { path: at('.docker/run/docker.sock'), owner: 'Docker Desktop' },
      ...common,
      { path: at('.orbstack/run/docker.sock'), owner: 'OrbStack' },
      ...(env.TMPDIR
        ? [{ path: posix.join(env.TMPDIR, 'podman/podman-machine-default-api.sock'), owner: 'Podman' }]
        : []),
      { path: posix.join(machine, 'podman.sock'), owner: 'Podman' },
      { path: posix.join(machine, 'qemu/podman.sock'), owner: 'Podman' },
    ];
  }
  const runtime = given(env.XDG_RUNTIME_DIR) ?? `/run/user/${process.getuid?.() ?? 1000}`;
  return [
    { path: '/var/run/docker.sock', owner: 'Docker' },
    { path: posix.join(runtime, 'docker.sock'), owner: 'rootless Docker' },
    { path: at('.docker/run/docker.sock'), owner: 'rootless Docker' },
    { path: at('.docker/desktop/docker.sock'), owner: 'Docker Desktop' },
    ...common,
    { path: posix.join(runtime, 'podman/podman.sock'), owner: 'Podman' },
    { path: '/run/podman/podman.sock', owner: 'Podman' },
  ];
}

function socketAddress(path: string, platform: NodeJS.Platform): string {
  return platform === 'win32' ? `npipe://${path}` : `unix://${path}`;
}
