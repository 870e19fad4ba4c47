import { isIP } from 'node:net';
import { posix } from 'node:path';
import { emptyMapping, type Mapping } from './tree.ts';

/** What a parser returns: the long form, or a sentence that says what is wrong. */
export type Parsed<Long> = { value: Long } | { problem: string };

function portRange(text: string): [number, number] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first <= last && last < 65_536 ? [first, last] : undefined;
}

/**
 * `[[IP:][PUBLISHED]:]TARGET[/PROTOCOL]`, where ports may be ranges, as one long form per target, in the order of
 * their texts ("10" before "9"), as Compose has them. An address of IPv6 stands in brackets.
 */
export function parsePorts(text: string): Parsed<Mapping[]> {
  const parts = text.split(':');
  const rawTarget = parts.pop()!;
  const published = parts.pop() ?? '';
  let hostIp = parts.join(':');
  const inBrackets = hostIp.startsWith('[') && hostIp.endsWith(']');
  if (inBrackets) hostIp = hostIp.slice(1, -1);
  // Without brackets, the end of an address of IPv6 would look like a port.
  if (hostIp !== '' && (isIP(hostIp) === 0 || (hostIp.includes(':') && !inBrackets))) {
    return { problem: `"${hostIp}" is not an IP address, in the port "${text}": IPv6 needs brackets.` };
  }
  const [target = '', rawProtocol = ''] = rawTarget.split('/');
  const protocol = rawProtocol.toLowerCase() || 'tcp';
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) {
    return { problem: `A port is tcp, udp or sctp, not "${rawProtocol}".` };
  }
  const targets = portRange(target);
  if (!targets) return { problem: `"${target}" is not a port or a range of ports, in "${text}".` };
  const publishedRange = published === '' ? undefined : portRange(published);
  if (published !== '' && !publishedRange) {
    return { problem: `"${published}" is not a port or a range of ports, in "${text}".` };
  }
  const count = targets[1] - targets[0];
  const publishedCount = publishedRange ? publishedRange[1] - publishedRange[0] : count;
  if (count !== publishedCount && count !== 0) {
    return { problem: `The ranges ${published} and ${target} differ in length.` };
  }
  const ports: Mapping[] = [];
  for (let offset = 0; offset <= count; offset += 1) {
    const port = emptyMapping();
    port.mode = 'ingress';
    if (hostIp !== '') port.host_ip = hostIp;
    port.target = targets[0] + offset;
    if (publishedRange) {
      port.published =
        count === publishedCount
          ? String(publishedRange[0] + offset)
          : `${publishedRange[0]}-${publishedRange[1]}`;
    }
    port.protocol = protocol;
    ports.push(port);
  }
  const key = (port: Mapping) => `${port.target as number}/${protocol}`;
  return { value: ports.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

/** `[SOURCE:]TARGET[:OPTIONS]` in its long form. What begins like a path is bound; anything else is a volume. */
export function parseVolume(text: string): Parsed<Mapping> {
  if (text === '') return { problem: 'A volume cannot be empty.' };
  const parts: string[] = [];
  for (const part of text.length < 3 ? [text] : text.split(':')) {
    // A single letter before a colon is a drive of Windows.
    const before = parts.at(-1);
    if (before !== undefined && /^\p{L}$/u.test(before)) parts[parts.length - 1] = `${before}:${part}`;
    else parts.push(part);
  }
  if (parts.includes('')) return { problem: `There is nothing between the colons of "${text}".` };
  if (parts.length > 3) return { problem: `There are too many colons in "${text}".` };
  const [first = '', second, options] = parts;
  const source = second === undefined ? '' : first;
  const volume = emptyMapping();
  const bind = emptyMapping();
  const named = emptyMapping();
  for (const option of options?.split(',') ?? []) {
    if (option === 'ro') volume.read_only = true;
    else if (option === 'rw') delete volume.read_only;
    else if (option === 'nocopy') named.nocopy = true;
    else if (/^r?(private|shared|slave)$/.test(option)) bind.propagation = option;
    else if (/^z$/i.test(option)) bind.selinux = option;
  }
  const isPath = /^([./~]|\\\\|\p{L}:)/u.test(source);
  volume.type = isPath ? 'bind' : 'volume';
  if (source !== '') volume.source = source;
  volume.target = posix.normalize(second ?? first).replace(/(?<=.)\/$/, '');
  if (isPath) bind.create_host_path = true;
  if (isPath || Object.keys(bind).length > 0) volume.bind = bind;
  if (!isPath || named.nocopy === true) volume.volume = named;
  return { value: volume };
}

/** `SOURCE[:TARGET[:PERMISSIONS]]` */
export function parseDevice(text: string): Parsed<Mapping> {
  const [source = '', target, permissions = 'rwm', ...more] = text.split(':');
  if (more.length > 0) return { problem: `There are too many colons in "${text}": use the long form.` };
  return { value: Object.assign(emptyMapping(), { source, target: target ?? source, permissions }) };
}

/**
 * Splits a command into words: spaces, quotes and backslashes as in a shell. As Compose does, it ends at the first
 * of `; & | < >` that is not quoted, since no shell is there to understand it.
 */
export function splitCommand(text: string): Parsed<string[]> {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  let parentheses = false;
  const add = (char: string) => {
    word = (word ?? '') + char;
  };
  const unbalanced = { problem: `A quote or a parenthesis is not closed in the command "${text}".` };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'") {
      at += 1;
      if (at >= text.length) return unbalanced;
      add(text[at]!);
    } else if (/[ \t\r\n]/.test(char)) {
      if (quote !== '' || parentheses) add(char);
      else if (word !== undefined) {
        words.push(word);
        word = undefined;
      }
    } else if ((char === '"' || char === "'") && !parentheses && (quote === '' || quote === char)) {
      quote = quote === '' ? char : '';
      word ??= '';
    } else if (char === '`' && !parentheses && (quote === '' || quote === '`')) {
      quote = quote === '' ? '`' : '';
      add(char);
    } else if (char === '(' && quote === '') {
      if (parentheses || !word?.endsWith('$')) return unbalanced;
      parentheses = true;
      add(char);
    } else if (char === ')' && quote === '') {
      parentheses = !parentheses;
      add(char);
    } else if (';&|<>'.includes(char) && quote === '' && !parentheses) {
      // The number of a descriptor, as in 2>, belongs to what is left out.
      if (char === '>' && /^\d/.test(word ?? '')) word = undefined;
      break;
    } else {
      add(char);
    }
  }
  if (quote !== '' || parentheses) return unbalanced;
  if (word !== undefined) words.push(word);
  return { value: words };
}
