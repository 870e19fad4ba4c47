import * as v from 'valibot';
import { isRunning, type ServiceState, type ServiceStatus } from '../../stack/engine.ts';

/** A service with all its replicas. */
export interface ServiceRow {
  kind: 'service';
  service: string;
  replicas: readonly ServiceStatus[];
}

/** One of several replicas. */
export interface ReplicaRow {
  kind: 'replica';
  status: ServiceStatus;
}

/** Services with a web page of their own, which a connection knows. */
const withUi = new Set(['namenode', 'spark-master', 'spark-worker', 'spark-history', 'jupyter']);

export function hasUi(service: string): boolean {
  return withUi.has(service);
}

/** One row for each service, in the order of the status. */
export function serviceRows(status: readonly ServiceStatus[]): ServiceRow[] {
  const rows = new Map<string, ServiceStatus[]>();
  for (const one of status) {
    const known = rows.get(one.service);
    if (known) known.push(one);
    else rows.set(one.service, [one]);
  }
  return [...rows].map(([service, replicas]) => ({ kind: 'service', service, replicas }));
}

/** What is to be seen first comes first. */
const byWeight: readonly ServiceState[] = [
  'unhealthy',
  'exited',
  'starting',
  'created',
  'stopped',
  'running',
  'healthy',
];

/** The replica whose state stands for all of them. */
export function worst(replicas: readonly ServiceStatus[]): ServiceStatus {
  return replicas.reduce((a, b) => (byWeight.indexOf(b.state) < byWeight.indexOf(a.state) ? b : a));
}

/** The words that the menus' `when` clauses look for. */
export function contextWords({ service, replicas }: ServiceRow): string {
  const runs = replicas.some(isRunning);
  return `;service;${runs ? 'running' : 'stopped'};${runs && hasUi(service) ? 'ui;' : ''}`;
}

const argumentSchema = v.union([
  v.pipe(
    v.string(),
    v.transform((service): Named => ({ service })),
  ),
  v.pipe(
    v.object({ kind: v.literal('service'), service: v.string() }),
    v.transform(({ service }): Named => ({ service })),
  ),
  v.pipe(
    v.object({
      kind: v.literal('replica'),
      status: v.object({ service: v.string(), replica: v.number() }),
    }),
    v.transform(({ status: { service, replica } }): Named => ({ service, replica })),
  ),
]);

interface Named {
  service: string;
  replica?: number | undefined;
}

/** The service that a menu, a link or another extension gives to a command. */
export function serviceOf(argument: unknown): Named | undefined {
  const parsed = v.safeParse(argumentSchema, argument);
  return parsed.success ? parsed.output : undefined;
}
