import type { Connection } from './connection.ts';

/** What runs the services of `stack/compose.yaml`. All calls may be made from any process of the same user. */
export interface Engine {
  readonly name: 'local' | 'docker';
  /**
   * Starts what is not running, restarts what changed, and waits until all of it is healthy. If it is cancelled, what
   * this call started is stopped again. Throws `failed` with `details.logTail` where a service dies, `timeout`,
   * `conflict` for a taken port, `cancelled`.
   */
  up(options?: UpOptions): Promise<void>;
  /** Stops the services, dependents first. Data stays, unless `volumes` is set. */
  down(options?: DownOptions): Promise<void>;
  /** The volumes that `down({ volumes: true })` would remove, as the engine names them; none before the first `up`. */
  volumes(options?: { signal?: AbortSignal | undefined }): Promise<string[]>;
  /** Stops and starts all replicas of one service, as they were, and waits until they are healthy. */
  restart(service: string, options?: OperationOptions): Promise<void>;
  /** `down`, then removes data and logs. Secrets, chosen ports and the download cache stay. */
  reset(options?: OperationOptions): Promise<void>;
  /** One row per replica, in the file's order; a service that is not running has one row. Checks run now, in parallel. */
  status(options?: StatusOptions): Promise<ServiceStatus[]>;
  /** What `up` with the same options would do, without doing it; steps that leave things alone are listed too. */
  plan(options?: UpOptions): Promise<PlannedStep[]>;
  /**
   * The status now, and again after each change, until the signal is aborted, which ends it without an error. A lost
   * engine throws `unreachable` once it cannot be reached again.
   */
  watch(options?: StatusOptions): AsyncIterable<ServiceStatus[]>;
  /** What each running replica uses, about once a second while it is iterated, until the signal is aborted. */
  stats(options?: StatusOptions): AsyncIterable<ServiceStats>;
  /** Log lines; with `follow` until the signal is aborted, which ends the iteration without an error. */
  logs(options?: LogsOptions): AsyncIterable<LogLine>;
  /**
   * What a shell beside the programs of a replica needs. Throws `not-found` where it does not run, `unsupported` where
   * it has no shell.
   */
  shell(service: string, replica: number, options: ShellOptions): Promise<ServiceShell>;
  /** Where the parts of the running stack are. Throws `not-found` where it was never started. */
  connection(): Promise<Connection>;
}

export interface OperationOptions {
  signal?: AbortSignal | undefined;
  /** Called for each step of each service. */
  onEvent?: ((event: StackEvent) => void) | undefined;
}

export interface UpOptions extends OperationOptions {
  /** Only these and what they depend on. Default: all that no profile excludes. */
  services?: readonly string[] | undefined;
  profiles?: readonly string[] | undefined;
  /** Service -> number of replicas, instead of the file's. */
  scale?: Readonly<Record<string, number>> | undefined;
  /** Builds images even where they are there. Docker only. */
  build?: boolean | undefined;
  /** Removes containers of services that the files no longer have. Docker only. */
  removeOrphans?: boolean | undefined;
}

/** One step of a plan, in the order in which a person would read it. */
export interface PlannedStep {
  action: 'build' | 'pull' | 'create' | 'recreate' | 'start' | 'leave' | 'stop' | 'remove';
  /** `runtime`: the programs that the local engine runs; they are pulled once for all workspaces. */
  kind: 'image' | 'network' | 'volume' | 'container' | 'process' | 'runtime';
  /** As its engine names it: "medallion-spark-worker-2", "medallion_default", "spark-worker-2". */
  name: string;
  service?: string;
  /** "its configuration changed", "its image is newer", "spark-master is recreated". */
  reason?: string;
}

/** One sample of one replica. */
export interface ServiceStats {
  service: string;
  replica: number;
  /** 1 is one core fully used. */
  cpuCores: number;
  memoryBytes: number;
  /** Absent where there is none. */
  memoryLimitBytes?: number;
  /** Since the start; absent where the engine cannot tell them apart. */
  networkReceivedBytes?: number;
  networkSentBytes?: number;
}

export interface DownOptions extends OperationOptions {
  /** Only these. Default: all that run. */
  services?: readonly string[] | undefined;
  /** Removes the data too: all of it, or only the volumes that are named here as in the file. */
  volumes?: boolean | readonly string[] | undefined;
  /** Also containers of services that the files no longer have. Docker only. */
  removeOrphans?: boolean | undefined;
}

export interface StatusOptions {
  services?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

export interface LogsOptions {
  services?: readonly string[] | undefined;
  /** Only the last so many lines of each replica. Default: all. */
  tail?: number | undefined;
  follow?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface ShellOptions {
  columns: number;
  rows: number;
  signal?: AbortSignal | undefined;
}

export type ServiceShell = LocalShell | ContainerShell;

/** The service's variables and directory, for a shell of this machine. */
export interface LocalShell {
  kind: 'local';
  environment: Readonly<Record<string, string>>;
  folder: string;
}

/** A shell that runs in the container. */
export interface ContainerShell {
  kind: 'container';
  /** What it prints, with a terminal's control sequences; ends with the shell, throws if the engine is lost. */
  output: AsyncIterable<Buffer>;
  write(text: string): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Of a shell that has ended. */
  exitCode(): Promise<number | undefined>;
  /** Hangs up. */
  close(): void;
}

export interface LogLine {
  service: string;
  replica: number;
  line: string;
  /** When it was written, where the engine knows it. */
  time?: Date;
}

/** `running`: it runs and has no health check. `exited`: it ended by itself. `stopped`: it was stopped, or never started. */
export type ServiceState =
  'created' | 'starting' | 'running' | 'healthy' | 'unhealthy' | 'exited' | 'stopped';

export interface ServiceStatus {
  service: string;
  /** From 1. */
  replica: number;
  state: ServiceState;
  pid?: number;
  /** The container's id, with Docker. */
  container?: string;
  /** Published ports on this machine. */
  ports: number[];
  /** Start of the process. */
  since?: Date;
  exitCode?: number;
  /** What the last health check said, if it failed. */
  message?: string;
  /** The service starts only with one of these. */
  profiles: string[];
}

/** Whether a process or container is there, well or not. */
export function isRunning({ state }: ServiceStatus): boolean {
  return !['stopped', 'exited', 'created'].includes(state);
}

/** One step, for a line of progress per service. */
export interface StackEvent {
  /** Absent for what concerns the whole stack. */
  service?: string;
  /** From 1; absent where all replicas are meant. */
  replica?: number;
  step: 'waiting' | 'starting' | 'healthy' | 'unchanged' | 'stopping' | 'stopped' | 'failed' | 'note';
  /** "for namenode to be healthy", "SPARK_WORKER_MEMORY changed", "port 9871, since 9870 is taken". */
  detail?: string;
}

/** "spark-worker-2", or "namenode" where there is but one. */
export function replicaName(service: string, replica: number, replicas = 2): string {
  return replicas > 1 ? `${service}-${replica}` : service;
}
