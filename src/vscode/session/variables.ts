import * as v from 'valibot';
import { formatBytes, plainText } from '../../base/format.ts';
import { readAnswer } from '../../session/readAnswer.ts';

const columnSchema = v.object({ name: v.string(), type: v.string() });
const variableSchema = v.object({
  name: v.string(),
  /** As Python names it: `DataFrame`. */
  type: v.string(),
  kind: v.picklist(['frame', 'pandas', 'value', 'function', 'module']),
  /** `(100, 4)`, `12 columns`. */
  shape: v.nullable(v.string()),
  preview: v.string(),
  bytes: v.nullable(v.number()),
  columns: v.nullable(v.array(columnSchema)),
});
const answerSchema = v.object({
  variables: v.array(variableSchema),
  /** How many more there are. */
  more: v.number(),
});

/** A variable of the session. */
export type Variable = v.InferOutput<typeof variableSchema>;
export type Variables = v.InferOutput<typeof answerSchema>;

/** What the kernel says of its variables. Throws `protocol`. */
export function readVariables(answer: unknown): Variables {
  return readAnswer(answerSchema, answer, "The session's variables");
}

/** Whether it has rows that can be looked at: a frame of Spark's or of pandas. */
export function isFrame({ kind }: Variable): boolean {
  return kind === 'frame' || kind === 'pandas';
}

/** The columns of a frame. `id` is another one for each, also where two have one name. */
export function columnsOf(variable: Variable): { id: string; name: string; type: string }[] {
  const columns = isFrame(variable) ? (variable.columns ?? []) : [];
  return columns.map((column, at) => ({ ...column, id: `${variable.name}\n${at}` }));
}

/** "DataFrame · 12 columns · 3.4 MB"; a plain value is told itself: "list · 3 · [1, 2, 3]". */
export function describeVariable({ type, kind, shape, preview, bytes }: Variable): string {
  const value = kind === 'value' ? firstLine(preview) : undefined;
  const size = bytes === null || kind === 'function' || kind === 'module' ? undefined : formatBytes(bytes);
  return [plainText(type), shape === null ? undefined : plainText(shape), value, size]
    .filter((part) => part !== undefined && part !== '')
    .join(' · ');
}

/** What menus look for. */
export function contextOf(variable: Variable): string {
  return [
    '',
    'variable',
    ...(isFrame(variable) ? ['frame'] : []),
    ...(variable.kind === 'frame' ? ['spark'] : []),
    '',
  ].join(';');
}

/** Frames first, as they are what a session is for; modules last; each kind by name. */
export function inOrder(variables: readonly Variable[]): Variable[] {
  const rank = { frame: 0, pandas: 0, value: 1, function: 2, module: 3 };
  return [...variables].sort((a, b) => rank[a.kind] - rank[b.kind] || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstLine(text: string): string {
  const line = plainText(text.split('\n', 1)[0]!);
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
