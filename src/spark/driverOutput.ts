import type { DriverEvent } from './job.ts';

const mark = '\u001e';
/** A marked line that is longer than this is the user's own binary output, not an event. */
const maxEventLength = 1024 * 1024;

/**
 * Takes the driver's output apart: text for people, and events, which travel as JSON text sequences (RFC 7464:
 * U+001E, a JSON object with `event`, LF) that may follow an unfinished line of the user's. What looks like an event
 * and is none stays text. Feed it whole characters; `end()` gives what was held back.
 */
export class DriverOutput {
  #held = '';

  feed(text: string): { text: string; events: DriverEvent[] } {
    const events: DriverEvent[] = [];
    let out = '';
    let rest = this.#held + text;
    this.#held = '';
    for (;;) {
      const start = rest.indexOf(mark);
      if (start < 0) return { text: out + rest, events };
      out += rest.slice(0, start);
      const end = rest.indexOf('\n', start);
      if (end < 0) {
        if (rest.length - start > maxEventLength) return { text: out + rest.slice(start), events };
        this.#held = rest.slice(start);
        return { text: out, events };
      }
      const line = rest.slice(start, end + 1);
      // A second mark within the line: the first one was cut off by it (a JSON text never holds a raw U+001E).
      const last = line.lastIndexOf(mark);
      if (last > 0) out += line.slice(0, last);
      const event = parseEvent(line.slice(last + 1));
      if (event) events.push(event);
      else out += line.slice(last);
      rest = rest.slice(end + 1);
    }
  }

  /** The text that was held back because it began like an event. */
  end(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }
}

function parseEvent(json: string): DriverEvent | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string') {
      return value as DriverEvent;
    }
  } catch {
    // Not ours: a script may print U+001E itself.
  }
  return undefined;
}
