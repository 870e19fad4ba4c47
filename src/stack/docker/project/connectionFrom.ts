import { WorkbenchError } from '../../../base/errors.ts';
import type { Connection, PostgresAddress, SessionAddress } from '../../connection.ts';
import { startupOptions } from '../../startupOptions.ts';

/** What a connection needs to know of one container; the parts of its inspection, checked. */
export interface ContainerView {
  service: string;
  /** Container names, aliases, hostname and addresses: all that another container could call it. */
  names: readonly string[];
  environment: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
  /** TCP ports only; `hostIp` as the engine tells it, `0.0.0.0` for all. */
  ports: readonly { target: number; published: number; hostIp: string }[];
}

export interface ConnectionParts {
  containers: readonly ContainerView[];
  /** Where ports that are published on all addresses are reached: "127.0.0.1", or a remote engine's host. */
  engineHost: string;
  /** Reads one of the stack's secrets; undefined where the stack has none of that name. */
  secret: (name: string) => Promise<string | undefined>;
}

/** The Java of an image of ours, which holds class data archives under `cds/current`. See `stack/image/Dockerfile`. */
const javaLabel = 'medallion-workbench.java';

/**
 * The connection to a stack of containers: where each part is published, under whatever port. Parts are told by their
 * service's name and by the variables of `stack/compose.yaml`, with the usual ports for services that set none. Throws
 * `not-found` without a running NameNode or Spark master, `invalid` for one whose port is not published.
 */
export async function connectionFrom(parts: ConnectionParts): Promise<Connection> {
  const { containers, secret } = parts;
  const place = (service: string, what: string): Place => {
    const container = containers.find((candidate) => candidate.service === service);
    if (!container) {
      throw new WorkbenchError(
        'not-found',
        `No container of ${service} runs, so there is no ${what}. Run \`medallion up\`.`,
      );
    }
    return new Place(container, parts.engineHost);
  };
  const runs = (service: string): boolean => containers.some((candidate) => candidate.service === service);

  const nameNode = place('namenode', 'lake');
  const master = place('spark-master', 'Spark');
  const restKey = await secret('spark_rest_key');
  const java = javaOptions(containers);
  return {
    name: 'docker',
    lake: {
      url: nameNode.url('NAMENODE_HTTP_PORT', 9870),
      // Of our image, the superuser that the start scripts format the file system as.
      user: nameNode.variable('HADOOP_USER_NAME') ?? 'medallion',
      fileSystem: `hdfs://${nameNode.variable('NAMENODE_HOST') ?? 'namenode'}:${nameNode.target('NAMENODE_PORT', 8020)}`,
      dataNodes: publishedNames(containers, parts.engineHost),
    },
    spark: {
      rest: master.url('SPARK_REST_PORT', 6066),
      ...(restKey === undefined ? {} : { restKey }),
      master: `spark://${master.variable('SPARK_MASTER_HOST') ?? 'spark-master'}:${master.target('SPARK_MASTER_PORT', 7077)}`,
      ui: master.url('SPARK_MASTER_UI_PORT', 8080),
      ...(runs('spark-history')
        ? { history: place('spark-history', 'history').url('SPARK_HISTORY_PORT', 18_080) }
        : {}),
      driverJavaOptions: java.driver,
      executorJavaOptions: java.executor,
    },
    ...(runs('postgres') ? { postgres: await postgresAddress(place('postgres', 'database'), secret) } : {}),
    ...(runs('jupyter') ? await sessionAddress(place('jupyter', 'session'), secret) : {}),
  };
}

/** Every name and port inside the stack's network -> where it is published. */
function publishedNames(containers: readonly ContainerView[], engineHost: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { names, ports } of containers) {
    for (const { target, published, hostIp } of ports) {
      for (const name of names)
        result[`${name.toLowerCase()}:${target}`] ??= hostPort(hostIp, published, engineHost);
    }
  }
  return result;
}

async function postgresAddress(place: Place, secret: ConnectionParts['secret']): Promise<PostgresAddress> {
  const { hostname, port } = place.url('POSTGRES_PORT', 5432);
  // The variables of PostgreSQL's official image, for a stack that uses it instead of ours.
  const official = place.variable('POSTGRES_PASSWORD');
  const user = place.variable('POSTGRES_USER') ?? (official === undefined ? 'retail_app' : 'postgres');
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    database: place.variable('POSTGRES_DB') ?? (official === undefined ? 'retail' : user),
    user,
    password: official ?? (await secret('postgres_app_password')) ?? '',
  };
}

async function sessionAddress(
  place: Place,
  secret: ConnectionParts['secret'],
): Promise<{ session?: SessionAddress }> {
  const token = (await secret('session_token')) ?? place.variable('JUPYTER_TOKEN');
  return token === undefined ? {} : { session: { url: place.url('JUPYTER_PORT', 8888), token } };
}

/** Start-up options fit only where driver and executor run: in the workers. */
function javaOptions(containers: readonly ContainerView[]): { driver: string; executor: string } {
  const worker = containers.find(({ service, labels }) => service === 'spark-worker' && labels[javaLabel]);
  const runtime = worker?.environment.MEDALLION_RUNTIME;
  if (!worker || !runtime) return { driver: '', executor: '' };
  return startupOptions(`${runtime}/cds/current`, worker.labels[javaLabel]!);
}

/** One container's published ports and variables. */
class Place {
  readonly #container: ContainerView;
  readonly #engineHost: string;

  constructor(container: ContainerView, engineHost: string) {
    this.#container = container;
    this.#engineHost = engineHost;
  }

  variable(name: string): string | undefined {
    const value = this.#container.environment[name];
    return value === '' ? undefined : value;
  }

  /** The port inside the network. */
  target(variable: string, usual: number): number {
    const set = this.variable(variable);
    return set !== undefined && /^\d+$/.test(set) ? Number(set) : usual;
  }

  url(variable: string, usual: number): URL {
    const target = this.target(variable, usual);
    const { service, ports } = this.#container;
    const found = ports.find((port) => port.target === target);
    if (found) return new URL(`http://${hostPort(found.hostIp, found.published, this.#engineHost)}`);
    throw new WorkbenchError(
      'invalid',
      `${service} does not publish its port ${target}, so it cannot be reached from here: ` +
        `add "127.0.0.1:${target}:${target}" to its \`ports\` in the Compose file, then run \`medallion up\`.`,
    );
  }
}

function hostPort(hostIp: string, published: number, engineHost: string): string {
  const host = ['', '0.0.0.0', '::'].includes(hostIp) ? engineHost : hostIp;
  return `${host.includes(':') ? `[${host}]` : host}:${published}`;
}
