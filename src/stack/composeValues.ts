export interface ComposePort {
  /** Address on this machine; Compose's default is all. */
  hostIp?: string;
  /** Port on this machine; absent: any. */
  published?: number;
  /** Port in the container. */
  target: number;
  protocol: 'tcp' | 'udp';
}

export interface ComposeVolume {
  type: 'volume' | 'bind' | 'tmpfs';
  /** The volume's name or the host's path; absent for an anonymous volume. */
  source?: string;
  target: string;
  readOnly: boolean;
}

const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 0.001 };

/** `1m30s`, `1.5s`, `250ms` -> milliseconds; undefined for what is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(h|ms|us|m|s))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|m|s)/g)) {
    totalMs += Number(number) * unitMs[unit!]!;
  }
  return totalMs;
}

/** `[[IP:]PUBLISHED:]TARGET[/PROTOCOL]` or the long form; a sentence for what is wrong. */
export function parsePort(
  raw:
    | string
    | {
        target: string;
        published?: string | undefined;
        host_ip?: string | undefined;
        protocol?: string | undefined;
      },
): ComposePort | string {
  const {
    target,
    published,
    host_ip: hostIp,
    protocol = 'tcp',
  } = typeof raw === 'string' ? portParts(raw) : raw;
  if (protocol !== 'tcp' && protocol !== 'udp') return `A port is tcp or udp, not ${protocol}.`;
  const numbers = [target, ...(published ? [published] : [])];
  if (numbers.some((part) => /^\d+-\d+$/.test(part))) return 'Ranges of ports are not supported.';
  if (!numbers.every((part) => /^\d+$/.test(part) && Number(part) > 0 && Number(part) < 65_536)) {
    return `"${numbers.join(', ')}" is not a port from 1 to 65535.`;
  }
  return {
    ...(hostIp ? { hostIp } : {}),
    ...(published ? { published: Number(published) } : {}),
    target: Number(target),
    protocol,
  };
}

function portParts(text: string): {
  target: string;
  published?: string;
  host_ip?: string;
  protocol?: string;
} {
  const [address = '', protocol] = text.split('/', 2);
  const match = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(?:([^:]*):)?([^:]*)$/.exec(address);
  if (!match) return { target: address };
  const [, ipv6, first, second, target = ''] = match;
  // With two parts only, the first is the published port.
  const hostIp = ipv6 ?? (second === undefined ? undefined : first);
  const published = second ?? (ipv6 === undefined ? first : undefined);
  return {
    target,
    ...(published ? { published } : {}),
    ...(hostIp ? { host_ip: hostIp } : {}),
    ...(protocol === undefined ? {} : { protocol }),
  };
}

/** `[SOURCE:]TARGET[:MODE]` or the long form; a sentence for what is wrong. */
export function parseVolume(
  raw:
    | string
    | {
        type: ComposeVolume['type'];
        source?: string | undefined;
        target: string;
        read_only?: boolean | undefined;
      },
): ComposeVolume | string {
  if (typeof raw !== 'string') {
    const { type, source, target, read_only: readOnly = false } = raw;
    return { type, ...(source === undefined ? {} : { source }), target, readOnly };
  }
  const parts = raw.split(':');
  if (parts.length > 3 || parts.some((part) => part === ''))
    return `"${raw}" is not a volume: write SOURCE:TARGET.`;
  if (parts.length === 1) return { type: 'volume', target: raw, readOnly: false };
  const [source = '', target = '', mode = 'rw'] = parts;
  const options = mode.split(',');
  const unknown = options.find((option) => !['ro', 'rw', 'z', 'Z'].includes(option));
  if (unknown !== undefined) return `The volume option "${unknown}" is not supported.`;
  const type = /^[./~]/.test(source) ? 'bind' : 'volume';
  return { type, source, target, readOnly: options.includes('ro') };
}

/** Splits a command as a shell does: spaces, quotes, backslashes, nothing else. Undefined where a quote is open. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'") {
      at += 1;
      const next = text[at] ?? '';
      // Between double quotes a backslash stands for itself, unless what follows means something there.
      word = (word ?? '') + (quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
