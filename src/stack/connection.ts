import { WorkbenchError } from '../base/errors.ts';

/** Everything that the parts above `src/stack` know of a running stack. URLs only: they cannot tell the engine. */
export interface Connection {
  /** "local", "docker", or the name of a remote profile. */
  name: string;
  lake: LakeAddress;
  spark: SparkAddress;
  /** Absent in a stack without the shop's database. */
  postgres?: PostgresAddress;
  /** Absent in a stack without a session server. */
  session?: SessionAddress;
}

/** A connection to a stack with all services of `stack/compose.yaml`. */
export type WholeConnection = Connection & {
  spark: { history: URL };
  postgres: PostgresAddress;
  session: SessionAddress;
};

/** The database, or `not-found` with what to do. */
export function requirePostgres({ name, postgres }: Connection): PostgresAddress {
  if (postgres) return postgres;
  throw new WorkbenchError(
    'not-found',
    `The ${name} stack runs no service "postgres", which holds the orders: add it to the Compose file, or start it.`,
  );
}

export interface LakeAddress {
  /** The NameNode's HTTP address, `http://127.0.0.1:9870`. */
  url: URL;
  /** The user that WebHDFS calls are made as. */
  user: string;
  /** How Spark names the same file system, `hdfs://127.0.0.1:8020`. */
  fileSystem: string;
  /** DataNode host as the NameNode names it (`host:port`) -> `host:port` that is reachable from here. */
  dataNodes?: Readonly<Record<string, string>>;
}

export interface SparkAddress {
  /** `http://127.0.0.1:6066` */
  rest: URL;
  /** The key of the REST server's JWSFilter, base64url; absent where the server asks for none. */
  restKey?: string;
  /** As the drivers see it: `spark://127.0.0.1:7077`. */
  master: string;
  /** The master's web UI, which also serves the workers' and drivers' UIs under `/proxy/`. */
  ui: URL;
  /** Absent in a stack without a history server. */
  history?: URL;
  /** The Java options that make cold JVMs start faster; see design "start-up". Empty where none are known. */
  driverJavaOptions: string;
  executorJavaOptions: string;
}

export interface PostgresAddress {
  host: string;
  port: number;
  database: string;
  /** The app's role, which may insert, update and select. */
  user: string;
  password: string;
}

export interface SessionAddress {
  url: URL;
  token: string;
}
