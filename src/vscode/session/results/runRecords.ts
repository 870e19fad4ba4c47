import * as v from 'valibot';
import type { RunEvent, SessionMemory } from '../../../session/sessionTypes.ts';
import type { PythonFailure } from '../../../spark/job.ts';

/** What is kept of runs on the disk, a JSON text in each line. */

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const failure: v.GenericSchema<PythonFailure> = v.object({
  type: v.string(),
  message: v.string(),
  file: v.exactOptional(v.string()),
  line: v.exactOptional(v.number()),
  frames: v.array(
    v.object({
      file: v.string(),
      line: v.number(),
      function: v.string(),
      code: v.exactOptional(v.string()),
    }),
  ),
  causes: v.lazy(() => v.array(failure)),
});

const bundle = v.record(v.string(), v.unknown());
const event: v.GenericSchema<RunEvent> = v.variant('kind', [
  v.object({ kind: v.literal('begin'), count, code: v.string() }),
  v.object({ kind: v.literal('stream'), name: v.picklist(['stdout', 'stderr']), text: v.string() }),
  v.object({
    kind: v.literal('data'),
    bundle,
    isResult: v.boolean(),
    displayId: v.exactOptional(v.string()),
  }),
  v.object({ kind: v.literal('update'), displayId: v.string(), bundle }),
  v.object({ kind: v.literal('clear'), wait: v.boolean() }),
  v.object({
    kind: v.literal('error'),
    name: v.string(),
    message: v.string(),
    traceback: v.array(v.string()),
    failure: v.exactOptional(failure),
  }),
  v.object({ kind: v.literal('gap'), messages: count }),
  v.object({ kind: v.literal('end'), end: v.picklist(['ok', 'error', 'interrupted', 'aborted', 'lost']) }),
]);

const head = v.object({
  id: v.string(),
  title: v.string(),
  language: v.picklist(['python', 'sql']),
  /** What was asked to be run. */
  code: v.string(),
  place: v.exactOptional(v.object({ uri: v.string(), line: count })),
  into: v.exactOptional(v.string()),
  /** Milliseconds since 1970. */
  startedAt: v.number(),
});
/** What was asked for, when a run was queued. */
export type RunHead = v.InferOutput<typeof head>;

const recordSchema = v.union([
  v.object({ run: head }),
  /** `at` in milliseconds since 1970. */
  v.object({ at: v.number(), event }),
]);
export type RunRecord = v.InferOutput<typeof recordSchema>;

const memorySchema: v.GenericSchema<SessionMemory> = v.object({
  format: v.literal(1),
  kernelId: v.string(),
  incarnation: v.string(),
  lastSeq: count,
  openRuns: v.array(v.string()),
  running: v.exactOptional(v.string()),
});

const indexSchema = v.object({
  format: v.literal(1),
  /** Of the kernel of each connection, by its authority. */
  memories: v.record(v.string(), memorySchema),
  /** In their order. `bytes` of a run's file are what the memories know of: what comes after them comes again. */
  runs: v.array(v.object({ id: v.string(), bytes: count })),
});
export type RunIndex = v.InferOutput<typeof indexSchema>;

export function readIndex(text: string): RunIndex | undefined {
  return parse(indexSchema, text);
}

/** Undefined for a line that is none of ours, such as one that was not written to its end. */
export function readRecord(line: string): RunRecord | undefined {
  return parse(recordSchema, line);
}

function parse<T>(schema: v.GenericSchema<unknown, T>, text: string): T | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? parsed.output : undefined;
}
