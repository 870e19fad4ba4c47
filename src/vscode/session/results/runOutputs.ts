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
    const text = this.#outputs.reduce((sum, one) => sum + (one.kind === 'text' ? one.text.chars : 0), 0);
    return text + this.#dataChars;
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
    const fromLine = last.text.add(text);
    return this.#trim() ? 'all' : { output: last.id, fromLine };
  }

  #push(output: Output extends infer T ? (T extends Output ? Omit<T, 'id'> : never) : never): OutputChange {
    const cleared = this.#clearsNext;
    if (cleared) this.clear();
    const id = (this.#lastId += 1);
    this.#outputs.push({ ...output, id });
    if (output.kind === 'data') this.#dataChars += charsOf(output.bundle);
    return this.#trim() || cleared ? 'all' : { output: id };
  }

  /** Whether whole outputs were dropped; of a text the first line that is kept says it. */
  #trim(): boolean {
    this.#trimText();
    const { outputs, dataChars } = this.#limits;
    let gone = 0;
    while (
      this.#outputs.length - gone > outputs ||
      (this.#dataChars > dataChars && gone < this.#outputs.length - 1)
    ) {
      const output = this.#outputs[gone++]!;
      if (output.kind === 'data') this.#dataChars -= charsOf(output.bundle);
    }
    this.#outputs.splice(0, gone);
    this.dropped += gone;
    return gone > 0;
  }

  #trimText(): void {
    const texts = this.#outputs.flatMap((one) => (one.kind === 'text' ? [one.text] : []));
    const sum = (of: (text: TextLines) => number): number => texts.reduce((all, text) => all + of(text), 0);
    for (const text of texts) {
      for (;;) {
        const lines = sum(({ count }) => count) - this.#limits.lines;
        const isOver = lines > 0 || sum(({ chars }) => chars) > this.#limits.chars;
        if (!isOver || text.count <= 1) break;
        text.drop(lines > 0 ? lines : Math.ceil(text.count / 10));
      }
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
