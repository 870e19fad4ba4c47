import type { HostConfig } from 'dockerode';
import type { ComposeDeviceRequest, ComposeService } from '../../compose/model.ts';

type BlockDevices = { Path: string; Rate: number }[];

/** What bounds a container, and what devices it has. Sizes are in bytes; `deploy.resources` go before older keys. */
export function containerLimits(service: ComposeService): HostConfig {
  const limits = service.deploy?.resources?.limits;
  const reservations = service.deploy?.resources?.reservations;
  const blockIo = service.blkio_config;
  return {
    CgroupParent: service.cgroup_parent,
    Memory: bytes(limits?.memory ?? service.mem_limit),
    MemorySwap: bytes(service.memswap_limit),
    MemorySwappiness: unlessZero(bytes(service.mem_swappiness)),
    MemoryReservation: bytes(reservations?.memory ?? service.mem_reservation),
    OomKillDisable: service.oom_kill_disable ?? false,
    PidsLimit: unlessZero(limits?.pids ?? service.pids_limit),
    CpuCount: service.cpu_count,
    CpuPercent: service.cpu_percent,
    CpuPeriod: service.cpu_period,
    CpuQuota: service.cpu_quota,
    CpuRealtimePeriod: service.cpu_rt_period,
    CpuRealtimeRuntime: service.cpu_rt_runtime,
    CpuShares: service.cpu_shares,
    NanoCpus: nanoCpus(limits?.cpus ?? service.cpus),
    CpusetCpus: service.cpuset,
    BlkioWeight: blockIo?.weight,
    BlkioWeightDevice: blockIo?.weight_device,
    BlkioDeviceReadBps: rates(blockIo?.device_read_bps),
    BlkioDeviceReadIOps: rates(blockIo?.device_read_iops),
    BlkioDeviceWriteBps: rates(blockIo?.device_write_bps),
    BlkioDeviceWriteIOps: rates(blockIo?.device_write_iops),
    DeviceCgroupRules: service.device_cgroup_rules,
    ...devices(service, reservations?.devices ?? []),
    Ulimits: Object.entries(service.ulimits ?? {}).map(([Name, limit]) =>
      typeof limit === 'number'
        ? { Name, Soft: limit, Hard: limit }
        : { Name, Soft: limit.soft ?? 0, Hard: limit.hard ?? 0 },
    ),
  };
}

/** Text of bytes, as the model has it, as a number. */
export function bytes(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function unlessZero(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

/** The Compose CLI counts in 32-bit floats. */
function nanoCpus(cpus: number | undefined): number | undefined {
  return cpus === undefined ? undefined : Math.trunc(Math.fround(Math.fround(cpus) * 1e9));
}

function rates(given: { Path: string; Rate: string }[] | undefined): BlockDevices | undefined {
  return given?.map(({ Path, Rate }) => ({ Path, Rate: Number(Rate) }));
}

// "vendor.com/class=name": a device by the Container Device Interface.
const cdiName = /^[A-Za-z][\w.-]*\/[A-Za-z][\w-]*=[\w.:-]+$/;

function devices(
  service: ComposeService,
  reserved: readonly ComposeDeviceRequest[],
): Pick<HostConfig, 'Devices' | 'DeviceRequests'> {
  const given = service.devices ?? [];
  const isCdi = ({ source, target }: { source: string; target?: string }): boolean =>
    source === target && cdiName.test(source);
  const cdi = given.filter(isCdi).map(({ source }) => source);
  const requests = [
    ...reserved.map((request) => deviceRequest(request, [])),
    ...(cdi.length > 0 ? [{ Driver: 'cdi', DeviceIDs: cdi }] : []),
    ...(service.gpus ?? []).map((request) => deviceRequest(request, ['gpu'])),
  ];
  const mapped = given
    .filter((device) => !isCdi(device))
    .map(({ source, target, permissions }) => ({
      PathOnHost: source,
      PathInContainer: target ?? source,
      CgroupPermissions: permissions ?? 'rwm',
    }));
  return {
    ...(mapped.length > 0 && { Devices: mapped }),
    ...(requests.length > 0 && { DeviceRequests: requests }),
  };
}

function deviceRequest(request: ComposeDeviceRequest, extra: readonly string[]): object {
  const { capabilities = [], driver, count, device_ids, options } = request;
  return {
    Driver: driver,
    Count: count,
    DeviceIDs: device_ids,
    Capabilities: [[...capabilities, ...extra]],
    Options: options,
  };
}
