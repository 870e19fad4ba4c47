import * as v from 'valibot';

/** The requests of the Debug Adapter Protocol that a run without breakpoints gets; others are answered with success. */
export const requestSchema = v.object({
  type: v.literal('request'),
  seq: v.number(),
  command: v.string(),
  arguments: v.optional(v.unknown()),
});
export type Request = v.InferOutput<typeof requestSchema>;

export const disconnectSchema = v.fallback(v.object({ terminateDebuggee: v.optional(v.boolean(), false) }), {
  terminateDebuggee: false,
});

export interface OutputPlace {
  /** A path for `file`, else a URI. */
  file: string;
  line: number;
}

const frameLine = /^\s*(?:[|+\s]*)File "(.+)", line (\d+)/;

/** The place that a line of a traceback names. */
export function placeIn(line: string): OutputPlace | undefined {
  const match = frameLine.exec(line);
  return match ? { file: match[1]!, line: Number(match[2]) } : undefined;
}

/**
 * Cuts text that arrives in any pieces into whole lines, so that each can be shown with its place. A line that does not
 * end is given as it is at `end`, and when it grows long.
 */
export class Lines {
  #held = '';

  feed(text: string): string[] {
    const parts = (this.#held + text).split('\n');
    this.#held = parts.pop()!;
    const lines = parts.map((line) => `${line}\n`);
    if (this.#held.length > 8_192) {
      lines.push(this.#held);
      this.#held = '';
    }
    return lines;
  }

  end(): string[] {
    const held = this.#held;
    this.#held = '';
    return held === '' ? [] : [held];
  }
}
