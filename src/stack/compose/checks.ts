import { isIP } from 'node:net';
import { entriesOf } from './normalize.ts';
import { faultAt, isMapping, placeOf, type Mapping, type Place, type Value } from './tree.ts';

/** Checks, in a tree of long forms, what the schema cannot say. Throws `invalid` with the position. */
export function checkTree(root: Mapping): void {
  for (const [name, volume, place] of entriesOf(root, 'volumes')) checkExternal(name, volume, place);
  checkFileObjects(root, 'configs', ['file', 'environment', 'content']);
  checkFileObjects(root, 'secrets', ['file', 'environment']);
  for (const [, service] of entriesOf(root, 'services')) {
    each(service.ports, (port, place) => {
      const address = port.host_ip;
      if (typeof address === 'string' && address !== '' && isIP(address) === 0) {
        throw faultAt(placeOf(port, 'host_ip') ?? place, `"${address}" is not an IP address.`);
      }
    });
    each(service.gpus, checkDevice);
    each(at(service, 'deploy', 'resources', 'reservations', 'devices'), checkDevice);
    each(at(service, 'develop', 'watch'), (watch, place) => {
      if (watch.path === '')
        throw faultAt(placeOf(watch, 'path') ?? place, 'A path to watch cannot be empty.');
    });
  }
}

function at(value: Value, ...keys: string[]): Value | undefined {
  let found: Value | undefined = value;
  for (const key of keys) found = found !== undefined && isMapping(found) ? found[key] : undefined;
  return found;
}

function each(list: Value | undefined, check: (item: Mapping, place: Place | undefined) => void): void {
  if (!Array.isArray(list)) return;
  for (const [index, item] of list.entries()) if (isMapping(item)) check(item, placeOf(list, index));
}

function checkDevice(device: Mapping, place: Place | undefined): void {
  if (device.count === undefined || device.device_ids === undefined) return;
  throw faultAt(place, 'A device has either a `count` or `device_ids`.');
}

function checkExternal(name: string, volume: Mapping, place: Place | undefined): void {
  if (volume.external !== true) return;
  const other = Object.keys(volume).find((key) => !/^(name|external|x-.*)$/.test(key));
  if (other === undefined) return;
  const message = `The volume ${name} is external, so that "${other}" has no meaning here.`;
  throw faultAt(placeOf(volume, other) ?? place, message, true);
}

function checkFileObjects(root: Mapping, part: string, sources: string[]): void {
  for (const [name, object, place] of entriesOf(root, part)) {
    const given = sources.filter((source) => source in object);
    if (given.length > 1)
      throw faultAt(place, `${part}.${name} can have only one of ${given.join(' and ')}.`);
    if (given.length === 0 && !('driver' in object) && !('external' in object)) {
      throw faultAt(place, `${part}.${name} needs one of ${sources.join(', ')}, or external.`, true);
    }
  }
}
