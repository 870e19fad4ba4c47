import {
  always,
  bytes,
  count,
  decimal,
  duration,
  eitherFlag,
  fileMode,
  flag,
  hosts,
  labels,
  listOf,
  longDuration,
  mapOf,
  struct,
  text,
  texts,
  variables,
  whole,
  type Shape,
} from './shape.ts';
import { splitCommand } from './shortForms.ts';
import { scalarText } from './scalars.ts';
import { faultAt, isMapping } from './tree.ts';

/** Always there: null where the image's own is meant, a list even if empty. */
const command: Shape = (value, place) => {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map((word) => scalarText(word));
  const words = splitCommand(scalarText(value));
  if ('problem' in words) throw faultAt(place, words.problem);
  return words.value;
};

const healthTest: Shape = (value) => {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? ['CMD-SHELL', value] : texts(value, undefined);
};

/** A number, or `{ soft, hard }`. */
const ulimits = mapOf((value, place) =>
  isMapping(value) ? struct({ soft: whole, hard: whole })(value, place) : (whole(value, place) ?? {}),
);

const deviceCount: Shape = (value, place) =>
  typeof value === 'string' && value.toLowerCase() === 'all' ? -1 : whole(value, place);

const deviceRequests = listOf(
  struct({ capabilities: texts, driver: text, count: deviceCount, device_ids: texts, options: labels }),
);

/** Options that may be given several times. */
const multiOptions = mapOf((value) =>
  (Array.isArray(value) ? value : [value ?? null]).map((option) => scalarText(option)),
);

const hook = { command, user: text, privileged: flag, working_dir: text, environment: variables };

const fileUses = listOf(struct({ source: text, target: text, uid: text, gid: text, mode: fileMode }));

const sshKeys: Shape = (value) => {
  if (!isMapping(value)) return undefined;
  return Object.entries(value).map(([id, path]) => (path === null ? id : `${id}=${scalarText(path)}`));
};

const build = struct({
  context: text,
  dockerfile: text,
  dockerfile_inline: text,
  entitlements: texts,
  args: variables,
  provenance: text,
  sbom: text,
  ssh: sshKeys,
  labels,
  cache_from: texts,
  cache_to: texts,
  no_cache: flag,
  additional_contexts: labels,
  pull: flag,
  extra_hosts: hosts,
  isolation: text,
  network: text,
  target: text,
  secrets: fileUses,
  shm_size: bytes,
  tags: texts,
  ulimits,
  platforms: texts,
  privileged: flag,
});

// The model has no names of its own for these two.
const weights = listOf((value, place) => {
  const device = struct({ path: text, weight: count })(value, place) as { path?: string; weight?: number };
  return { Path: device.path ?? '', Weight: device.weight ?? 0 };
});
const throttles = listOf((value, place) => {
  const device = struct({ path: text, rate: bytes })(value, place) as { path?: string; rate?: string };
  return { Path: device.path ?? '', Rate: device.rate ?? '0' };
});

const update = struct({
  parallelism: count,
  delay: longDuration,
  failure_action: text,
  monitor: longDuration,
  max_failure_ratio: decimal,
  order: text,
});

const resource = struct({
  cpus: decimal,
  memory: bytes,
  pids: whole,
  devices: deviceRequests,
  generic_resources: listOf(
    struct({
      discrete_resource_spec: struct({
        kind: (value) => value ?? '',
        value: (value, place) => count(value, place) ?? 0,
      }),
    }),
  ),
});

const deploy = struct({
  mode: text,
  replicas: count,
  labels,
  update_config: update,
  rollback_config: update,
  resources: always(struct({ limits: resource, reservations: resource })),
  restart_policy: struct({ condition: text, delay: duration, max_attempts: count, window: duration }),
  placement: always(
    struct({
      constraints: texts,
      preferences: listOf(struct({ spread: text })),
      max_replicas_per_node: whole,
    }),
  ),
  endpoint_mode: text,
});

const mount = struct({
  type: text,
  source: text,
  target: text,
  read_only: flag,
  consistency: text,
  bind: struct({ selinux: text, propagation: text, create_host_path: flag, recursive: text }),
  volume: struct({ labels, nocopy: flag, subpath: text }),
  tmpfs: struct({ size: bytes, mode: whole }),
  image: struct({ subpath: text }),
});

const service = struct({
  profiles: texts,
  annotations: labels,
  attach: eitherFlag,
  build,
  develop: struct({
    watch: listOf(
      struct({
        path: (value) => value ?? '',
        action: (value) => value ?? '',
        target: text,
        exec: always(struct(hook)),
        include: texts,
        ignore: texts,
        initial_sync: flag,
      }),
    ),
  }),
  blkio_config: struct({
    weight: whole,
    weight_device: weights,
    device_read_bps: throttles,
    device_read_iops: throttles,
    device_write_bps: throttles,
    device_write_iops: throttles,
  }),
  cap_add: texts,
  cap_drop: texts,
  cgroup_parent: text,
  cgroup: text,
  cpu_count: whole,
  cpu_percent: decimal,
  cpu_period: whole,
  cpu_quota: whole,
  cpu_rt_period: whole,
  cpu_rt_runtime: whole,
  cpus: decimal,
  cpuset: text,
  cpu_shares: whole,
  command,
  configs: fileUses,
  container_name: text,
  credential_spec: struct({ config: text, file: text, registry: text }),
  depends_on: mapOf(
    struct({
      condition: text,
      restart: flag,
      required: (value, place) => eitherFlag(value, place) ?? false,
    }),
  ),
  deploy,
  device_cgroup_rules: texts,
  devices: listOf(struct({ source: text, target: text, permissions: text })),
  dns: texts,
  dns_opt: texts,
  dns_search: texts,
  dockerfile: text,
  domainname: text,
  entrypoint: command,
  provider: struct({ type: text, options: multiOptions }),
  environment: variables,
  env_file: listOf(struct({ path: text, required: (value) => value === true, format: text })),
  expose: texts,
  extends: struct({ file: text, service: text }),
  external_links: texts,
  extra_hosts: hosts,
  group_add: texts,
  gpus: deviceRequests,
  hostname: text,
  healthcheck: struct({
    test: healthTest,
    timeout: duration,
    interval: duration,
    retries: count,
    start_period: duration,
    start_interval: duration,
    disable: flag,
  }),
  image: text,
  init: eitherFlag,
  ipc: text,
  isolation: text,
  labels,
  label_file: texts,
  links: texts,
  logging: struct({ driver: text, options: labels }),
  mem_limit: bytes,
  mem_reservation: bytes,
  memswap_limit: bytes,
  mem_swappiness: bytes,
  mac_address: text,
  models: mapOf(struct({ endpoint_var: text, model_var: text })),
  network_mode: text,
  networks: mapOf(
    struct({
      aliases: texts,
      driver_opts: labels,
      gw_priority: whole,
      interface_name: text,
      ipv4_address: text,
      ipv6_address: text,
      link_local_ips: texts,
      mac_address: text,
      priority: whole,
    }),
  ),
  oom_kill_disable: flag,
  oom_score_adj: whole,
  pid: text,
  pids_limit: whole,
  platform: text,
  ports: listOf(
    struct({
      name: text,
      mode: text,
      host_ip: text,
      target: whole,
      published: text,
      protocol: text,
      app_protocol: text,
    }),
  ),
  privileged: flag,
  pull_policy: text,
  read_only: flag,
  restart: text,
  runtime: text,
  scale: count,
  secrets: fileUses,
  security_opt: texts,
  shm_size: bytes,
  stdin_open: flag,
  stop_grace_period: duration,
  stop_signal: text,
  storage_opt: labels,
  sysctls: labels,
  tmpfs: texts,
  tty: flag,
  ulimits,
  use_api_socket: flag,
  user: text,
  userns_mode: text,
  uts: text,
  volumes: listOf(mount),
  volumes_from: texts,
  working_dir: text,
  post_start: listOf(struct(hook)),
  pre_stop: listOf(struct(hook)),
});

const fileObject = struct({
  name: text,
  file: text,
  environment: text,
  content: text,
  external: flag,
  labels,
  driver: text,
  driver_opts: labels,
  template_driver: text,
});

/** The value of a variable is not shown: whoever needs it takes it from the variables. */
const fileObjects = mapOf((value, place) => {
  const object = fileObject(value, place) as { environment?: string; content?: string } | undefined;
  if (object?.environment !== undefined) delete object.content;
  return object;
}, {});

/** The shapes of the parts of a project, without what `x-` keys hold. */
export const projectShape = {
  services: mapOf(service, {}),
  networks: mapOf(
    struct({
      name: text,
      driver: text,
      driver_opts: labels,
      ipam: always(
        struct({
          driver: text,
          config: listOf(struct({ subnet: text, gateway: text, ip_range: text, aux_addresses: labels })),
        }),
      ),
      external: flag,
      internal: flag,
      attachable: flag,
      labels,
      enable_ipv4: eitherFlag,
      enable_ipv6: eitherFlag,
    }),
    {},
  ),
  volumes: mapOf(struct({ name: text, driver: text, driver_opts: labels, external: flag, labels }), {}),
  secrets: fileObjects,
  configs: fileObjects,
};
