import type { ComposeProject, ComposeService, ComposeServiceNetwork } from '../../compose/model.ts';
import { apiAtLeast, engine25 } from '../connect/apiVersion.ts';
import { containerName } from './containerLabels.ts';
import type { ContainersOf } from './containerReferences.ts';

/** How a container is on a network, as the engine takes it. */
export interface Endpoint {
  Aliases: string[];
  Links?: string[];
  IPAMConfig?: {
    IPv4Address?: string | undefined;
    IPv6Address?: string | undefined;
    LinkLocalIPs?: string[] | undefined;
  };
  MacAddress?: string | undefined;
  DriverOpts?: Record<string, string> | undefined;
  GwPriority?: number | undefined;
}

export interface ContainerNetworks {
  networkMode: string;
  /** Network -> endpoint, for `NetworkingConfig.EndpointsConfig`. */
  endpoints?: Record<string, Endpoint>;
  /** To be connected after creation and before the start, on engines before 25. */
  toConnect: { network: string; endpoint: Endpoint }[];
  /** For the container itself, on engines before 25. */
  macAddress?: string | undefined;
}

/** The networks of one container. `networkMode` is the service's, with a container's id in place of a service. */
export function containerNetworks(
  project: ComposeProject,
  serviceName: string,
  replica: number,
  networkMode: string | undefined,
  links: string[],
  apiVersion: string,
): ContainerNetworks {
  const service = project.services[serviceName]!;
  const together = apiAtLeast(apiVersion, engine25);
  if (networkMode) {
    return { networkMode, toConnect: [], ...(!together && { macAddress: service.mac_address }) };
  }
  const [primary = 'default', ...others] = networksByPriority(service);
  if (!project.networks?.[primary]) return { networkMode: 'none', toConnect: [] };

  const macOf = (key: string): string | undefined =>
    service.networks?.[key]?.mac_address ?? (key === primary ? service.mac_address : undefined);
  const aliases = [containerName(project, serviceName, replica), serviceName];
  const endpoints = [primary, ...others].map((key) => ({
    network: project.networks?.[key]?.name ?? key,
    endpoint: {
      ...endpointOf(service.networks?.[key] ?? {}, aliases, links),
      ...(together && { MacAddress: macOf(key) }),
    },
  }));
  const [first, ...rest] = endpoints;
  return {
    networkMode: first!.network,
    endpoints: Object.fromEntries(
      (together ? endpoints : [first!]).map(({ network, endpoint }) => [network, endpoint]),
    ),
    toConnect: together ? [] : rest,
    ...(!together && { macAddress: macOf(primary) }),
  };
}

/** Keys of the service's networks, the one with the highest priority first: it is the container's own. */
export function networksByPriority(service: ComposeService): string[] {
  const priority = (key: string): number => service.networks?.[key]?.priority ?? 0;
  return Object.keys(service.networks ?? {}).sort((a, b) => priority(b) - priority(a) || (a < b ? -1 : 1));
}

function endpointOf(network: ComposeServiceNetwork, aliases: string[], links: string[]): Endpoint {
  const { ipv4_address, ipv6_address, link_local_ips, driver_opts, interface_name, gw_priority } = network;
  const addresses = ipv4_address !== undefined || ipv6_address !== undefined || link_local_ips !== undefined;
  return {
    Aliases: [...aliases, ...(network.aliases ?? [])],
    ...(links.length > 0 && { Links: links }),
    ...(addresses && {
      IPAMConfig: {
        IPv4Address: ipv4_address,
        IPv6Address: ipv6_address,
        LinkLocalIPs: link_local_ips,
      },
    }),
    DriverOpts:
      interface_name === undefined
        ? driver_opts
        : { ...driver_opts, 'com.docker.network.endpoint.ifname': interface_name },
    GwPriority: gw_priority,
  };
}

/** The engine's form of `links` and `external_links`: "container:alias". The linked containers must be there. */
export function containerLinks(
  project: ComposeProject,
  service: ComposeService,
  replica: number,
  containers: ContainersOf,
): string[] {
  const links = (service.links ?? []).flatMap((link) => {
    const [linked = '', alias = linked] = link.split(':');
    const names = [alias, `${linked}-${replica}`, `${project.name}-${linked}-${replica}`];
    return (containers.get(linked) ?? []).flatMap(({ name }) => names.map((as) => `${name}:${as}`));
  });
  const external = (service.external_links ?? []).map((link) => {
    const [name = '', alias = name] = link.split(':');
    return `${name}:${alias}`;
  });
  return [...links, ...external];
}
