import { tableMime, type MimeBundle } from '../../../session/sessionTypes.ts';

/** One representation of an output, as a notebook keeps it. */
export interface CellPart {
  mime: string;
  data: Uint8Array;
}

/** What Jupyter sends in base64. */
const binary = /^(?:image\/(?!svg\+xml)|audio\/|video\/|application\/(?:pdf|octet-stream)$)/;

/** The representations of a bundle. Our own table is left out: no notebook shows it, and its HTML is there too. */
export function partsOf(bundle: MimeBundle): CellPart[] {
  return Object.entries(bundle)
    .filter(([mime]) => mime !== tableMime)
    .map(([mime, value]) => ({ mime, data: bytesOf(mime, value) }));
}

function bytesOf(mime: string, value: unknown): Uint8Array {
  const text = textOf(value);
  if (text === undefined || isJson(mime)) return utf8(JSON.stringify(value));
  return binary.test(mime) ? new Uint8Array(Buffer.from(text, 'base64')) : utf8(text);
}

/** Multi-line texts may come as their lines. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const isLines = Array.isArray(value) && value.every((line) => typeof line === 'string');
  return isLines ? value.join('') : undefined;
}

function isJson(mime: string): boolean {
  return mime === 'application/json' || mime.endsWith('+json');
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
