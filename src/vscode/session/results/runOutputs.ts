import type { PythonFailure } from '../../../spark/job.ts';
import type { MimeBundle, RunEvent } from '../../../session/sessionTypes.ts';
import { TextLines } from './textLines.ts';

/** What a run has given. `id` is its number within the run. */
export type Output = { id: number } & (
  | { kind: 'text'; stream: 'stdout' | 'stderr'; text: TextLines }
  | { kind: 'data'; bundle: MimeBundle; isResult: boolean; displayId: string | undefined }
  | {
      kind: 'error';
      name: string;
      message: string;
      traceback: readonly string[];
      failure: PythonFailure | undefined;
    }
  /** Output that is not to be had any more. */
  | { kind: 'gap'; messages: number }
);

/** What an event changed: one output, from a line on where it is text, or all. */
export type OutputChange = { output: number; fromLine?: number } | 'all' | undefined;

export interface OutputLimits {
  /** Lines of a run's text that are kept, the newest. */
  lines: number;
  /** Characters of them. */
  chars: number;
  /** Outputs of a run that are kept, the newest. */
  outputs: number;
  /** Characters of its pictures, tables and other data. */
  dataChars: number;
}

export const defaultLimits: OutputLimits = {
  lines: 20_000,
  chars: 4 * 1024 * 1024,
  outputs: 1_000,
  dataChars: 32 * 1024 * 1024,
};

/** The outputs of one run, as its events leave them. The oldest are dropped beyond the limits. */
export class RunOutputs {
  readonly #limits: OutputLimits;
  #outputs: Output[] = [];
  #lastId = 0;
  /** Jupyter's `clear_output(wait=True)`: the next output takes the place of all. */
  #clearsNext = false;
  #lines = 0;
  #textChars = 0;
  #dataChars = 0;
  /** How many outputs were dropped for want of room. */
  dropped = 0;

  constructor(limits: OutputLimits = defaultLimits) {
    this.#limits = limits;
  }

  get all(): readonly Output[] {
    return this.#outputs;
  }

  /** Lines of text that were dropped for want of room. */
  get droppedLines(): number {
    return this.#outputs.reduce((sum, one) => sum + (one.kind === 'text' ? one.text.first : 0), 0);
  }

  get chars(): number {
    return this.#textChars + this.#dataChars;
  }

  get(id: number): Output | undefined {
    return this.#outputs.find((one) => one.id === id);
  }

  /** Begins and ends are none of outputs: they change nothing. */
  apply(event: RunEvent): OutputChange {
    switch (event.kind) {
      case 'stream':
        return this.#addText(event.name, event.text);
      case 'data': {
        const { bundle, isResult, displayId } = event;
        return this.#push({ kind: 'data', bundle, isResult, displayId });
      }
      case 'error': {
        const { name, message, traceback, failure } = event;
        return this.#push({ kind: 'error', name, message, traceback, failure });
      }
      case 'gap':
        return this.#push({ kind: 'gap', messages: event.messages });
      case 'update':
        return this.update(event.displayId, event.bundle);
      case 'clear':
        if (event.wait) {
          this.#clearsNext = true;
          return undefined;
        }
        return this.clear();
      default:
        return undefined;
    }
  }

  /** Another value for what was displayed under this id; undefined where it was not. */
  update(displayId: string, bundle: MimeBundle): OutputChange {
    let change: OutputChange;
    for (const output of this.#outputs) {
      if (output.kind !== 'data' || output.displayId !== displayId) continue;
      this.#dataChars += charsOf(bundle) - charsOf(output.bundle);
      output.bundle = bundle;
      change = change === undefined ? { output: output.id } : 'all';
    }
    return change;
  }

  clear(): OutputChange {
    this.#outputs = [];
    this.#lines = 0;
    this.#textChars = 0;
    this.#dataChars = 0;
    this.#clearsNext = false;
    return 'all';
  }

  #addText(stream: 'stdout' | 'stderr', text: string): OutputChange {
    const last = this.#outputs.at(-1);
    if (this.#clearsNext || last?.kind !== 'text' || last.stream !== stream) {
      const lines = new TextLines();
      lines.add(text);
      return this.#push({ kind: 'text', stream, text: lines });
    }
    this.#count(last, -1);
    const fromLine = last.text.add(text);
    this.#count(last, 1);
    return this.#trim() ? 'all' : { output: last.id, fromLine };
  }

  #push(output: Output extends infer T ? (T extends Output ? Omit<T, 'id'> : never) : never): OutputChange {
    const cleared = this.#clearsNext;
    if (cleared) this.clear();
    const id = (this.#lastId += 1);
    const pushed = { ...output, id };
    this.#outputs.push(pushed);
    this.#count(pushed, 1);
    return this.#trim() || cleared ? 'all' : { output: id };
  }

  /** The sums are kept, not made: events come by the thousand. `sign` is -1 for what goes. */
  #count(output: Output, sign: 1 | -1): void {
    if (output.kind === 'text') {
      this.#lines += sign * output.text.count;
      this.#textChars += sign * output.text.chars;
    } else if (output.kind === 'data') this.#dataChars += sign * charsOf(output.bundle);
  }

  /** Whether whole outputs were dropped; of a text the first line that is kept says it. */
  #trim(): boolean {
    this.#trimText();
    const { outputs, dataChars } = this.#limits;
    if (this.#outputs.length <= outputs && this.#dataChars <= dataChars) return false;
    // Somewhat more than has to go: all that is left is told anew each time.
    const room = (limit: number): number => limit - Math.floor(limit / 10);
    let gone = 0;
    while (
      gone < this.#outputs.length - 1 &&
      (this.#outputs.length - gone > room(outputs) || this.#dataChars > room(dataChars))
    )
      this.#count(this.#outputs[gone++]!, -1);
    this.#outputs.splice(0, gone);
    this.dropped += gone;
    return gone > 0;
  }

  #trimText(): void {
    const { lines, chars } = this.#limits;
    if (this.#lines <= lines && this.#textChars <= chars) return;
    for (const output of this.#outputs) {
      if (output.kind !== 'text') continue;
      const { text } = output;
      this.#count(output, -1);
      const others = { lines: this.#lines, chars: this.#textChars };
      while (text.count > 1) {
        const over = others.lines + text.count - lines;
        if (over <= 0 && others.chars + text.chars <= chars) break;
        text.drop(over > 0 ? over : Math.ceil(text.count / 10));
      }
      this.#count(output, 1);
      if (this.#lines <= lines && this.#textChars <= chars) return;
    }
  }
}

const sizes = new WeakMap<MimeBundle, number>();

/** About how much a bundle holds. */
function charsOf(bundle: MimeBundle): number {
  let size = sizes.get(bundle);
  if (size === undefined) {
    size = Object.values(bundle).reduce<number>(
      (sum, value) => sum + (typeof value === 'string' ? value.length : JSON.stringify(value).length),
      0,
    );
    sizes.set(bundle, size);
  }
  return size;
}
