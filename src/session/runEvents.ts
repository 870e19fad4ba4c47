import * as v from 'valibot';
import { parseFailure } from '../spark/traceback.ts';
import type { KernelMessage } from './kernelMessage.ts';
import type { RunEvent, RunUpdate } from './sessionTypes.ts';

/** What a message tells of the run that it belongs to. */
export type RunNews = RunEvent | { kind: 'busy' } | { kind: 'idle' };

const bundleSchema = v.record(v.string(), v.unknown());
const displaySchema = v.object({
  data: bundleSchema,
  transient: v.optional(v.object({ display_id: v.optional(v.string()) })),
});

const schemas = {
  status: v.object({ execution_state: v.string() }),
  execute_input: v.object({ code: v.string(), execution_count: v.number() }),
  stream: v.object({ name: v.picklist(['stdout', 'stderr']), text: v.string() }),
  display_data: displaySchema,
  execute_result: displaySchema,
  update_display_data: displaySchema,
  clear_output: v.object({ wait: v.optional(v.boolean(), false) }),
  error: v.object({ ename: v.string(), evalue: v.string(), traceback: v.array(v.string()) }),
};

const tracebackSchema = v.object({ medallion: v.object({ traceback: v.string() }) });

/** How tracebacks name the code of a run. */
export function cellFile(runId: string): string {
  return `cell://${runId}`;
}

/**
 * Reads one message; undefined for one that says nothing of a run, or that is not as Jupyter's protocol has it.
 * `sources`: see `RunRequest`.
 */
export function readNews(
  message: KernelMessage,
  sources: Readonly<Record<string, string>> = {},
): RunNews | undefined {
  const { type, content } = message;
  switch (type) {
    case 'status': {
      const status = read(schemas.status, content)?.execution_state;
      return status === 'busy' || status === 'idle' ? { kind: status } : undefined;
    }
    case 'execute_input': {
      const input = read(schemas.execute_input, content);
      return input && { kind: 'begin', count: input.execution_count, code: input.code };
    }
    case 'stream': {
      const stream = read(schemas.stream, content);
      return stream && { kind: 'stream', name: stream.name, text: stream.text };
    }
    case 'display_data':
    case 'execute_result': {
      const display = read(schemas[type], content);
      if (!display) return undefined;
      const displayId = display.transient?.display_id;
      return {
        kind: 'data',
        bundle: display.data,
        isResult: type === 'execute_result',
        ...(displayId === undefined ? {} : { displayId }),
      };
    }
    case 'update_display_data': {
      const display = read(schemas.update_display_data, content);
      const displayId = display?.transient?.display_id;
      return display && displayId !== undefined
        ? { kind: 'update', displayId, bundle: display.data }
        : undefined;
    }
    case 'clear_output': {
      const clear = read(schemas.clear_output, content);
      return clear && { kind: 'clear', wait: clear.wait };
    }
    case 'error': {
      const error = read(schemas.error, content);
      if (!error) return undefined;
      const failure = failureOf(message, sources);
      return {
        kind: 'error',
        name: error.ename,
        message: error.evalue,
        traceback: error.traceback,
        ...(failure ? { failure } : {}),
      };
    }
    default:
      return undefined;
  }
}

function read<T extends v.GenericSchema>(schema: T, content: unknown): v.InferOutput<T> | undefined {
  const parsed = v.safeParse(schema, content);
  return parsed.success ? parsed.output : undefined;
}

/** The failure as the plain traceback tells it; the person's own code is that of all cells. */
function failureOf(
  { parent, metadata }: KernelMessage,
  sources: Readonly<Record<string, string>>,
): ReturnType<typeof parseFailure> {
  const traceback = read(tracebackSchema, metadata)?.medallion.traceback;
  if (traceback === undefined) return undefined;
  const cells = new Set(Array.from(traceback.matchAll(/ {2}File "(cell:\/\/[^"]+)"/g), ([, file]) => file!));
  return parseFailure(traceback, {
    script: cellFile(parent),
    sources: { ...sources, ...Object.fromEntries(Array.from(cells, (file) => [file, file])) },
  });
}

/** The same updates in the same order, with texts of one stream that follow each other put together. */
export function mergeStreams(updates: readonly RunUpdate[]): RunUpdate[] {
  const merged: RunUpdate[] = [];
  let texts: string[] = [];
  const close = (): void => {
    const last = merged.at(-1);
    if (texts.length > 1 && last?.event.kind === 'stream') last.event.text = texts.join('');
    texts = [];
  };
  for (const { runId, event } of updates) {
    const last = merged.at(-1);
    const continues =
      event.kind === 'stream' &&
      last?.event.kind === 'stream' &&
      last.runId === runId &&
      last.event.name === event.name;
    if (continues) {
      texts.push(event.text);
      continue;
    }
    close();
    merged.push({ runId, event: event.kind === 'stream' ? { ...event } : event });
    if (event.kind === 'stream') texts = [event.text];
  }
  close();
  return merged;
}
