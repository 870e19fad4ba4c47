import { createHash } from 'node:crypto';
import { singleDollars } from './dollars.ts';
import type { ComposeNetwork, ComposeService, ComposeVolume } from './model.ts';

/**
 * The digest of a service's configuration that the Compose CLI keeps in the label `com.docker.compose.config-hash`:
 * SHA-256, in hex, of the service as Go's encoding/json writes its struct. What does not change a container (build,
 * dependencies, profiles, number of replicas, pull policy) is left out.
 *
 * In place of references to other services' containers (`network_mode: service:x`) it must have the containers' ids.
 * Follows Compose CLI 2.40 and 5: its pkg/compose/hash.go, and the fields of compose-go's types.go.
 */
export function serviceHash(service: ComposeService & { label_file?: readonly string[] }): string {
  return hashOf(service, serviceShape);
}

/** The same for a network, whose label has the same name. */
export function networkHash(network: ComposeNetwork): string {
  return hashOf(network, networkShape);
}

/**
 * The same for a volume. The CLI offers to recreate a volume, losing its data, where the label is there and differs: it
 * is for comparing, and is better not set.
 */
export function volumeHash(volume: ComposeVolume): string {
  return hashOf({ ...volume, driver: volume.driver ?? 'local' }, volumeShape);
}

function hashOf(value: unknown, shape: Shape): string {
  return createHash('sha256')
    .update(goJson(singleDollars(value), shape))
    .digest('hex');
}

/**
 * How a value is written: a struct has its fields in a fixed order and no others, `each` is a map or a list of structs.
 * Anything without a shape is written as it is, maps sorted by key.
 */
type Shape = { fields: ReadonlyMap<string, Shape | undefined> } | { each: Shape };

function struct(...fields: (string | readonly [name: string, shape: Shape])[]): Shape {
  return {
    fields: new Map(fields.map((field) => (typeof field === 'string' ? [field, undefined] : field))),
  };
}

function goJson(value: unknown, shape?: Shape): string {
  if (typeof value === 'string') return goString(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = shape && 'each' in shape ? shape.each : undefined;
  if (Array.isArray(value)) return `[${value.map((item) => goJson(item, inner)).join(',')}]`;
  const given = new Map<string, unknown>(Object.entries(value).filter(([, item]) => item !== undefined));
  if (shape && 'fields' in shape) {
    const fields = [...shape.fields].filter(([name]) => given.has(name));
    return `{${fields.map(([name, its]) => `"${name}":${goJson(given.get(name), its)}`).join(',')}}`;
  }
  const sorted = [...given].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${sorted.map(([key, item]) => `${goString(key)}:${goJson(item, inner)}`).join(',')}}`;
}

function goString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// The structs, in the order of compose-go 2.9's fields. Fields that are never printed are left out.

const fileUse = { each: struct('source', 'target', 'uid', 'gid', 'mode') };
const deviceRequests = { each: struct('capabilities', 'driver', 'count', 'device_ids', 'options') };
const blockDevices = { each: struct('Path', 'Weight', 'Rate') };
const hooks = { each: struct('command', 'user', 'privileged', 'working_dir', 'environment') };
const update = struct('parallelism', 'delay', 'failure_action', 'monitor', 'max_failure_ratio', 'order');

const deploy = struct(
  'mode',
  'labels',
  ['update_config', update],
  ['rollback_config', update],
  [
    'resources',
    struct(
      ['limits', struct('cpus', 'memory', 'pids')],
      [
        'reservations',
        struct(
          'cpus',
          'memory',
          'pids',
          ['devices', deviceRequests],
          ['generic_resources', { each: struct(['discrete_resource_spec', struct('kind', 'value')]) }],
        ),
      ],
    ),
  ],
  ['restart_policy', struct('condition', 'delay', 'max_attempts', 'window')],
  ['placement', struct('constraints', ['preferences', { each: struct('spread') }], 'max_replicas_per_node')],
  'endpoint_mode',
);

const develop = struct([
  'watch',
  {
    each: struct(
      'path',
      'action',
      'target',
      ['exec', struct('command', 'user', 'privileged', 'working_dir', 'environment')],
      'include',
      'ignore',
      'initial_sync',
    ),
  },
]);

const volumes = {
  each: struct(
    'type',
    'source',
    'target',
    'read_only',
    'consistency',
    ['bind', struct('selinux', 'propagation', 'create_host_path', 'recursive')],
    ['volume', struct('labels', 'nocopy', 'subpath')],
    ['tmpfs', struct('size', 'mode')],
    ['image', struct('subpath')],
  ),
};

const serviceNetworks = {
  each: struct(
    'aliases',
    'driver_opts',
    'gw_priority',
    'interface_name',
    'ipv4_address',
    'ipv6_address',
    'link_local_ips',
    'mac_address',
    'priority',
  ),
};

const serviceShape = struct(
  'annotations',
  'attach',
  ['develop', develop],
  [
    'blkio_config',
    struct(
      'weight',
      ['weight_device', blockDevices],
      ['device_read_bps', blockDevices],
      ['device_read_iops', blockDevices],
      ['device_write_bps', blockDevices],
      ['device_write_iops', blockDevices],
    ),
  ],
  'cap_add',
  'cap_drop',
  'cgroup_parent',
  'cgroup',
  'cpu_count',
  'cpu_percent',
  'cpu_period',
  'cpu_quota',
  'cpu_rt_period',
  'cpu_rt_runtime',
  'cpus',
  'cpuset',
  'cpu_shares',
  'command',
  ['configs', fileUse],
  'container_name',
  ['credential_spec', struct('config', 'file', 'registry')],
  ['deploy', deploy],
  'device_cgroup_rules',
  ['devices', { each: struct('source', 'target', 'permissions') }],
  'dns',
  'dns_opt',
  'dns_search',
  'domainname',
  'entrypoint',
  ['provider', struct('type', 'options')],
  'environment',
  ['env_file', { each: struct('path', 'required', 'format') }],
  'expose',
  ['extends', struct('file', 'service')],
  'external_links',
  'extra_hosts',
  'group_add',
  ['gpus', deviceRequests],
  'hostname',
  [
    'healthcheck',
    struct('test', 'timeout', 'interval', 'retries', 'start_period', 'start_interval', 'disable'),
  ],
  'image',
  'init',
  'ipc',
  'isolation',
  'labels',
  'label_file',
  'links',
  ['logging', struct('driver', 'options')],
  'mem_limit',
  'mem_reservation',
  'memswap_limit',
  'mem_swappiness',
  'mac_address',
  ['models', { each: struct('endpoint_var', 'model_var') }],
  'network_mode',
  ['networks', serviceNetworks],
  'oom_kill_disable',
  'oom_score_adj',
  'pid',
  'pids_limit',
  'platform',
  ['ports', { each: struct('name', 'mode', 'host_ip', 'target', 'published', 'protocol', 'app_protocol') }],
  'privileged',
  'read_only',
  'restart',
  'runtime',
  ['secrets', fileUse],
  'security_opt',
  'shm_size',
  'stdin_open',
  'stop_grace_period',
  'stop_signal',
  'storage_opt',
  'sysctls',
  'tmpfs',
  'tty',
  ['ulimits', { each: struct('single', 'soft', 'hard') }],
  'use_api_socket',
  'user',
  'userns_mode',
  'uts',
  ['volumes', volumes],
  'volumes_from',
  'working_dir',
  ['post_start', hooks],
  ['pre_stop', hooks],
);

const networkShape = struct(
  'name',
  'driver',
  'driver_opts',
  ['ipam', struct('driver', ['config', { each: struct('subnet', 'gateway', 'ip_range', 'aux_addresses') }])],
  'external',
  'internal',
  'attachable',
  'labels',
  'enable_ipv4',
  'enable_ipv6',
);

const volumeShape = struct('name', 'driver', 'driver_opts', 'external', 'labels');
