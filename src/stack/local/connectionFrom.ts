import { WorkbenchError } from '../../base/errors.ts';
import type { WholeConnection } from '../connection.ts';
import { readSecret } from '../secrets.ts';
import type { Variables } from '../userVariables.ts';

/** Options for JVMs that start drivers and executors. */
export interface JavaOptions {
  driver: string;
  executor: string;
}

/** The connection to a stack, from the variables that it runs with. */
export async function connectionFrom(
  variables: Variables,
  secrets: string,
  java: JavaOptions,
): Promise<WholeConnection> {
  const get = (name: string): string => {
    const value = variables[name];
    if (value) return value;
    throw new WorkbenchError(
      'invalid',
      `stack/compose.yaml has no variable ${name}, which a connection needs.`,
    );
  };
  const url = (host: string, port: string): URL => new URL(`http://${get(host)}:${get(port)}`);
  const [restKey, password, token] = await Promise.all(
    ['spark_rest_key', 'postgres_app_password', 'session_token'].map((name) => readSecret(secrets, name)),
  );
  return {
    name: 'local',
    lake: {
      url: url('NAMENODE_HOST', 'NAMENODE_HTTP_PORT'),
      // The superuser that the start scripts format the file system as.
      user: 'medallion',
      fileSystem: `hdfs://${get('NAMENODE_HOST')}:${get('NAMENODE_PORT')}`,
    },
    spark: {
      rest: url('SPARK_MASTER_HOST', 'SPARK_REST_PORT'),
      restKey: restKey!,
      master: `spark://${get('SPARK_MASTER_HOST')}:${get('SPARK_MASTER_PORT')}`,
      ui: url('SPARK_MASTER_HOST', 'SPARK_MASTER_UI_PORT'),
      history: new URL(`http://127.0.0.1:${get('SPARK_HISTORY_PORT')}`),
      driverJavaOptions: java.driver,
      executorJavaOptions: java.executor,
    },
    postgres: {
      host: get('POSTGRES_HOST'),
      port: Number(get('POSTGRES_PORT')),
      database: 'retail',
      user: 'retail_app',
      password: password!,
    },
    session: { url: new URL(`http://127.0.0.1:${get('JUPYTER_PORT')}`), token: token! },
  };
}
