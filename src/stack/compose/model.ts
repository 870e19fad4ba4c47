/**
 * A Compose project in its canonical form: what `docker compose config --format json` prints, and what engines read.
 * Short forms are long, variables are replaced, paths are absolute, files are merged. Durations are Go's ("1m30s"),
 * sizes are bytes as text, published ports are texts. A dollar sign is doubled wherever it stands, as the command prints
 * it: see dollars.ts. Keys are Compose's own.
 * See https://github.com/compose-spec/compose-spec/blob/main/spec.md.
 */
export interface ComposeProject {
  name: string;
  services: Record<string, ComposeService>;
  networks?: Record<string, ComposeNetwork>;
  volumes?: Record<string, ComposeVolume>;
  secrets?: Record<string, ComposeFileObject>;
  configs?: Record<string, ComposeFileObject>;
  [extension: `x-${string}`]: unknown;
}

export type DependencyCondition = 'service_started' | 'service_healthy' | 'service_completed_successfully';

export interface ComposeDependency {
  condition: DependencyCondition;
  required: boolean;
  restart?: boolean;
}

export interface ComposePort {
  mode?: string;
  host_ip?: string;
  target: number;
  /** A port, a range "8000-8010", or absent for any free one. */
  published?: string;
  protocol?: string;
  app_protocol?: string;
  name?: string;
}

export interface ComposeMount {
  type: 'volume' | 'bind' | 'tmpfs' | 'npipe' | 'cluster' | 'image';
  source?: string;
  target: string;
  read_only?: boolean;
  consistency?: string;
  bind?: { propagation?: string; create_host_path?: boolean; selinux?: string; recursive?: string };
  volume?: { nocopy?: boolean; subpath?: string; labels?: Record<string, string> };
  tmpfs?: { size?: string; mode?: number };
  image?: { subpath?: string };
}

export interface ComposeHealthcheck {
  /** `["CMD", program, ...]`, `["CMD-SHELL", text]` or `["NONE"]`. */
  test?: string[];
  interval?: string;
  timeout?: string;
  retries?: number;
  start_period?: string;
  start_interval?: string;
  disable?: boolean;
}

/** How a service uses a secret or a config. */
export interface ComposeFileUse {
  source: string;
  target?: string;
  uid?: string;
  gid?: string;
  mode?: string;
}

/** A secret or a config at the top of the file. */
export interface ComposeFileObject {
  name?: string;
  file?: string;
  environment?: string;
  content?: string;
  external?: boolean;
  labels?: Record<string, string>;
  driver?: string;
  driver_opts?: Record<string, string>;
  template_driver?: string;
}

export interface ComposeServiceNetwork {
  aliases?: string[];
  ipv4_address?: string;
  ipv6_address?: string;
  link_local_ips?: string[];
  mac_address?: string;
  driver_opts?: Record<string, string>;
  interface_name?: string;
  priority?: number;
  gw_priority?: number;
}

export interface ComposeResources {
  limits?: { cpus?: number; memory?: string; pids?: number };
  reservations?: {
    cpus?: number;
    memory?: string;
    devices?: ComposeDeviceRequest[];
    generic_resources?: unknown[];
  };
}

/** A device that the engine picks, such as a GPU. */
export interface ComposeDeviceRequest {
  capabilities?: string[];
  driver?: string;
  /** -1 for all. */
  count?: number;
  device_ids?: string[];
  options?: Record<string, string>;
}

export interface ComposeDevice {
  source: string;
  target?: string;
  permissions?: string;
}

/** The keys of the devices are spelt as `docker compose config` prints them. */
export interface ComposeBlockIo {
  weight?: number;
  weight_device?: { Path: string; Weight: number }[];
  device_read_bps?: { Path: string; Rate: string }[];
  device_read_iops?: { Path: string; Rate: string }[];
  device_write_bps?: { Path: string; Rate: string }[];
  device_write_iops?: { Path: string; Rate: string }[];
}

export interface ComposeDeploy {
  mode?: string;
  replicas?: number;
  labels?: Record<string, string>;
  resources?: ComposeResources;
  restart_policy?: { condition?: string; delay?: string; max_attempts?: number; window?: string };
  placement?: Record<string, unknown>;
  update_config?: Record<string, unknown>;
  rollback_config?: Record<string, unknown>;
  endpoint_mode?: string;
}

export interface ComposeBuild {
  context?: string;
  dockerfile?: string;
  dockerfile_inline?: string;
  args?: Record<string, string | null>;
  target?: string;
  labels?: Record<string, string>;
  network?: string;
  extra_hosts?: string[];
  pull?: boolean;
  no_cache?: boolean;
  platforms?: string[];
  tags?: string[];
  shm_size?: string;
  cache_from?: string[];
  [other: string]: unknown;
}

export interface ComposeUlimit {
  soft?: number;
  hard?: number;
}

export interface ComposeService {
  annotations?: Record<string, string>;
  attach?: boolean;
  blkio_config?: ComposeBlockIo;
  build?: ComposeBuild;
  cap_add?: string[];
  cap_drop?: string[];
  cgroup?: string;
  cgroup_parent?: string;
  /** Null where the image's own is meant: always present, as in `docker compose config`. */
  command: string[] | null;
  configs?: ComposeFileUse[];
  container_name?: string;
  cpu_count?: number;
  cpu_percent?: number;
  cpu_period?: number;
  cpu_quota?: number;
  cpu_rt_period?: number;
  cpu_rt_runtime?: number;
  cpu_shares?: number;
  cpus?: number;
  cpuset?: string;
  credential_spec?: unknown;
  depends_on?: Record<string, ComposeDependency>;
  deploy?: ComposeDeploy;
  develop?: unknown;
  device_cgroup_rules?: string[];
  devices?: ComposeDevice[];
  dns?: string[];
  dns_opt?: string[];
  dns_search?: string[];
  domainname?: string;
  entrypoint: string[] | null;
  environment?: Record<string, string | null>;
  expose?: string[];
  external_links?: string[];
  /** `host=address`. */
  extra_hosts?: string[];
  gpus?: ComposeDeviceRequest[];
  group_add?: string[];
  healthcheck?: ComposeHealthcheck;
  hostname?: string;
  image?: string;
  init?: boolean;
  ipc?: string;
  isolation?: string;
  labels?: Record<string, string>;
  links?: string[];
  logging?: { driver?: string; options?: Record<string, string | null> };
  mac_address?: string;
  mem_limit?: string;
  mem_reservation?: string;
  mem_swappiness?: string;
  memswap_limit?: string;
  models?: unknown;
  network_mode?: string;
  /** Null for a network that is joined without settings. */
  networks?: Record<string, ComposeServiceNetwork | null>;
  oom_kill_disable?: boolean;
  oom_score_adj?: number;
  pid?: string;
  pids_limit?: number;
  platform?: string;
  ports?: ComposePort[];
  post_start?: unknown[];
  pre_stop?: unknown[];
  privileged?: boolean;
  profiles?: string[];
  provider?: unknown;
  pull_policy?: string;
  read_only?: boolean;
  restart?: string;
  runtime?: string;
  scale?: number;
  secrets?: ComposeFileUse[];
  security_opt?: string[];
  shm_size?: string;
  stdin_open?: boolean;
  stop_grace_period?: string;
  stop_signal?: string;
  storage_opt?: Record<string, string>;
  sysctls?: Record<string, string>;
  tmpfs?: string[];
  tty?: boolean;
  ulimits?: Record<string, number | ComposeUlimit>;
  use_api_socket?: boolean;
  user?: string;
  userns_mode?: string;
  uts?: string;
  volumes?: ComposeMount[];
  volumes_from?: string[];
  working_dir?: string;
  [extension: `x-${string}`]: unknown;
}

export interface ComposeNetwork {
  /** As the engine knows it: `<project>_<key>`, unless the file says otherwise. */
  name: string;
  driver?: string;
  driver_opts?: Record<string, string>;
  ipam?: {
    driver?: string;
    config?: {
      subnet?: string;
      gateway?: string;
      ip_range?: string;
      aux_addresses?: Record<string, string>;
    }[];
    options?: Record<string, string>;
  };
  external?: boolean;
  internal?: boolean;
  attachable?: boolean;
  enable_ipv4?: boolean;
  enable_ipv6?: boolean;
  labels?: Record<string, string>;
}

export interface ComposeVolume {
  name: string;
  driver?: string;
  driver_opts?: Record<string, string>;
  external?: boolean;
  labels?: Record<string, string>;
}
