import type { Connection } from '../../stack/connection.ts';

/** Where a part of a remote cluster is. */
export interface EndpointRow {
  kind: 'endpoint';
  label: string;
  address: string;
  /** Its web page. */
  ui?: URL | undefined;
}

/** The parts of a cluster that runs elsewhere, as its connection names them. */
export function endpointsOf({ lake, spark, postgres, session }: Connection): EndpointRow[] {
  return [
    { kind: 'endpoint', label: 'HDFS', address: lake.url.host, ui: lake.url },
    { kind: 'endpoint', label: 'Spark', address: spark.ui.host, ui: spark.ui },
    { kind: 'endpoint', label: 'Spark REST', address: spark.rest.host },
    ...(spark.history
      ? [
          {
            kind: 'endpoint' as const,
            label: 'Spark History',
            address: spark.history.host,
            ui: spark.history,
          },
        ]
      : []),
    ...(postgres
      ? [
          {
            kind: 'endpoint' as const,
            label: 'PostgreSQL',
            address: `${postgres.host}:${postgres.port}/${postgres.database}`,
          },
        ]
      : []),
    ...(session
      ? [{ kind: 'endpoint' as const, label: 'Jupyter', address: session.url.host, ui: session.url }]
      : []),
  ];
}
