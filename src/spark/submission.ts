/** What is submitted: a Python main file that the cluster can read, and how Spark is to run it. */
export interface Submission {
  name: string;
  /** The cluster's master, as drivers see it. */
  master: string;
  /** URI of the main Python file. */
  mainFile: string;
  /** URIs of zips and modules for the Python path of driver and executors. */
  pyFiles: string[];
  args: string[];
  properties: Record<string, string>;
  environment: Record<string, string>;
}

/** The version whose REST protocol is spoken; the server does not compare it. */
const clientSparkVersion = '4.2.0';

/** Properties that SparkSubmit takes from its command line only, never from system properties. */
const asOptions: Record<string, string> = {
  'spark.jars.packages': '--packages',
  'spark.jars.repositories': '--repositories',
  'spark.jars.excludePackages': '--exclude-packages',
};

/**
 * The body of `POST /v1/submissions/create`. A standalone master has no Python support of its own, so the driver is
 * SparkSubmit itself, in client mode on a worker: what SparkSubmit is to know goes into `appArgs`, what the master and
 * the executors are to know into `sparkProperties` (which become system properties of the driver).
 * Protocol: core/.../deploy/rest/SubmitRestProtocolRequest.scala.
 */
export function submissionBody(submission: Submission): Record<string, unknown> {
  const properties: Record<string, string> = {
    ...submission.properties,
    'spark.master': submission.master,
    'spark.app.name': submission.name,
    'spark.submit.deployMode': 'client',
  };
  const pyFiles = [...submission.pyFiles, ...words(properties['spark.submit.pyFiles'])];
  delete properties['spark.submit.pyFiles'];
  const options = ['--master', submission.master, '--deploy-mode', 'client', '--name', submission.name];
  if (pyFiles.length > 0) options.push('--py-files', pyFiles.join(','));
  for (const [property, option] of Object.entries(asOptions)) {
    const value = properties[property];
    if (value) options.push(option, value);
  }
  return {
    action: 'CreateSubmissionRequest',
    clientSparkVersion,
    appResource: '',
    mainClass: 'org.apache.spark.deploy.SparkSubmit',
    appArgs: [...options, submission.mainFile, ...submission.args],
    sparkProperties: properties,
    environmentVariables: { ...submission.environment, MASTER: submission.master },
  };
}

function words(list: string | undefined): string[] {
  return (list ?? '').split(',').filter((word) => word !== '');
}

/**
 * What each job gets unless the request says otherwise. Sized for a stack on one machine: a driver of 1 core and 1 GB,
 * and one executor of 2 cores and 1 GB, since each further JVM costs more than it brings.
 */
export function defaultProperties(o: {
  fileSystem: string;
  driverJavaOptions: string;
  executorJavaOptions: string;
}): Record<string, string> {
  return {
    'spark.driver.cores': '1',
    'spark.driver.memory': '1g',
    'spark.driver.supervise': 'false',
    'spark.driver.extraJavaOptions': o.driverJavaOptions,
    'spark.cores.max': '2',
    'spark.executor.cores': '2',
    'spark.executor.memory': '1g',
    'spark.executor.extraJavaOptions': o.executorJavaOptions,
    // On one machine no data is far: a task never waits for a nearer place.
    'spark.locality.wait': '0s',
    'spark.sql.shuffle.partitions': '4',
    // Delta replays each table's log in as many tasks; its own 50 are for logs of millions of files.
    'spark.databricks.delta.snapshotPartitions': '1',
    // The sources' timestamps are without a zone; a fixed zone gives the same result on every machine.
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.extensions': 'io.delta.sql.DeltaSparkSessionExtension',
    'spark.sql.catalog.spark_catalog': 'org.apache.spark.sql.delta.catalog.DeltaCatalog',
    'spark.eventLog.enabled': 'true',
    'spark.eventLog.dir': `${o.fileSystem}/spark-events`,
    'spark.ui.reverseProxy': 'true',
    'spark.ui.showConsoleProgress': 'false',
    'spark.hadoop.fs.defaultFS': o.fileSystem,
    // One DataNode: HDFS must not wait for a second one, nor replace the only one that there is.
    'spark.hadoop.dfs.replication': '1',
    'spark.hadoop.dfs.client.use.datanode.hostname': 'true',
    'spark.hadoop.dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
  };
}

/** Joins defaults and the request's properties; extra Java options of both are kept, the request's last. */
export function mergeProperties(
  defaults: Record<string, string>,
  own: Record<string, string> = {},
): Record<string, string> {
  const joined = ['spark.driver.extraJavaOptions', 'spark.executor.extraJavaOptions'].map((key) => [
    key,
    [defaults[key], own[key]].filter((options) => options).join(' '),
  ]);
  const merged = { ...defaults, ...own, ...(Object.fromEntries(joined) as Record<string, string>) };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}
