/** A piece of a remedy as the editor shows it: what the command line would be told is a link to the command here. */
export type FixPart =
  { kind: 'text' | 'code'; text: string } | { kind: 'start' } | { kind: 'logs'; service: string };

export function fixParts(fix: string): FixPart[] {
  return fix
    .split(/`([^`]+)`/)
    .map((text, index): FixPart => {
      if (index % 2 === 0) return { kind: 'text', text };
      if (text === 'medallion up') return { kind: 'start' };
      const service = /^medallion logs ([\w.-]+)$/.exec(text)?.[1];
      return service === undefined ? { kind: 'code', text } : { kind: 'logs', service };
    })
    .filter((part) => part.kind !== 'text' || part.text !== '');
}
