import { describeError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { ClusterState } from '../spark/clusterState.ts';
import type { SparkCluster } from '../spark/sparkCluster.ts';
import { defaultProperties, mergeProperties } from '../spark/submission.ts';
import type { Connection } from '../stack/connection.ts';
import type { KernelSettings } from './kernelBundle.ts';

/** What a job needs beside the session: a driver of one core, an executor of two (see `defaultProperties`). */
const jobCores = 3;
/** What is taken for a cluster that does not say. */
const usualCores: ClusterCores = { total: 4, largest: 4 };
const clusterTimeoutMs = 5_000;

/** Cores of the workers that are alive: all together, and of the largest. */
export interface ClusterCores {
  total: number;
  largest: number;
}

/** How the session's kernel is set up for a connection; asks the master how large the cluster is. */
export async function kernelSettings(
  connection: Connection,
  options: {
    cluster: SparkCluster;
    lakeRoot: string;
    /** A person's own; they win. */
    properties?: Readonly<Record<string, string>>;
    log: Log;
    signal?: AbortSignal | undefined;
  },
): Promise<KernelSettings> {
  const { cluster, lakeRoot, log, signal } = options;
  const { spark, lake } = connection;
  const timeout = AbortSignal.timeout(clusterTimeoutMs);
  const cores = await cluster
    .state({ signal: signal ? AbortSignal.any([signal, timeout]) : timeout })
    .then(coresOf, (error: unknown) => {
      log.debug(`session: the cluster does not tell its cores: ${describeError(error)}`);
      return usualCores;
    });
  return {
    format: 1,
    appName: 'Medallion session',
    master: spark.master,
    properties: mergeProperties(sessionProperties(connection, cores), options.properties),
    lakeRoot,
    fileSystem: lake.fileSystem,
    environment: { HADOOP_USER_NAME: lake.user, PYTHONIOENCODING: 'utf-8' },
  };
}

export function coresOf({ workers }: ClusterState): ClusterCores {
  const alive = workers.filter(({ state }) => state === 'ALIVE').map(({ cores }) => cores);
  if (alive.length === 0) return usualCores;
  return { total: alive.reduce((sum, cores) => sum + cores, 0), largest: Math.max(...alive) };
}

/**
 * Spark's properties for a session: those of a job, with half of the cluster's cores at most, and so many less that a
 * job runs beside it.
 */
export function sessionProperties({ spark, lake }: Connection, cores: ClusterCores): Record<string, string> {
  const most = Math.max(1, Math.min(Math.floor(cores.total / 2), cores.total - jobCores));
  const ofExecutor = Math.max(1, Math.min(most, cores.largest));
  const loopback = loopbackOf(spark.master);
  const properties: Record<string, string> = {
    ...defaultProperties({ ...spark, fileSystem: lake.fileSystem }),
    'spark.cores.max': String(most),
    'spark.executor.cores': String(ofExecutor),
    // 1 GB for two tasks at a time, as jobs have it.
    'spark.executor.memory': ofExecutor > 2 ? '2g' : '1g',
    // The driver is the kernel, which people see as their notebook: a result that is too large is refused, not fatal.
    'spark.driver.maxResultSize': '256m',
    ...(loopback === undefined
      ? {}
      : { 'spark.driver.host': loopback, 'spark.driver.bindAddress': loopback }),
  };
  // Of drivers that a worker starts.
  delete properties['spark.driver.cores'];
  delete properties['spark.driver.supervise'];
  return properties;
}

/** A cluster on this machine's loopback interface: then the driver listens nowhere else either. */
function loopbackOf(master: string): string | undefined {
  return /^spark:\/\/(127\.\d+\.\d+\.\d+|localhost):/.exec(master)?.[1];
}
