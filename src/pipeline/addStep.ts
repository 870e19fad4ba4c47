import { isMap, isNode, isPair, isScalar, isSeq, parseDocument, stringify, type YAMLSeq } from 'yaml';
import { WorkbenchError } from '../base/errors.ts';
import { pipelineProblems } from './pipelineFile.ts';
import { outlinePipeline } from './pipelineOutline.ts';
import type { WiredStep } from './plan.ts';

/** A step that is to be written into a pipeline file. */
export interface NewStep {
  name: string;
  /** Relative to the pipeline file, POSIX. */
  script: string;
  reads: readonly string[];
  writes: readonly string[];
}

/** An edit of the file's text: everything else stays as it was. */
export interface StepEdit {
  from: number;
  to: number;
  insert: string;
  /** The text after it. */
  text: string;
  /** Where the step begins in that, from 0. */
  line: number;
}

/** What a step may be called. */
export const stepNamePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,59}$/;

/** A name for a script's step that no other one has: `silver` for `steps/silver.py`. */
export function proposeStepName(script: string, taken: readonly string[]): string {
  const base = script.slice(script.lastIndexOf('/') + 1).replace(/\.py$/, '');
  const plain = base.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  const name = (plain === '' ? 'step' : plain).slice(0, 50);
  for (let count = 1; ; count++) {
    const proposed = count === 1 ? name : `${name}-${count}`;
    if (!taken.includes(proposed)) return proposed;
  }
}

/**
 * Where a step may stand among others: behind those that write what it reads, before those that read what it writes, as
 * far as both can be had. Indexes into the steps after it was put in; the likeliest first.
 */
export function placesOf(
  step: Pick<WiredStep, 'reads' | 'writes'>,
  steps: readonly Pick<WiredStep, 'reads' | 'writes'>[],
): number[] {
  const meet = (a: readonly string[], b: readonly string[]): boolean => a.some((table) => b.includes(table));
  const first = steps.findLastIndex(({ writes }) => meet(writes, step.reads)) + 1;
  const reader = steps.findIndex(({ reads }) => meet(reads, step.writes));
  const last = reader < 0 ? steps.length : Math.max(first, reader);
  return Array.from({ length: last - first + 1 }, (_, i) => last - i);
}

/**
 * Writes a step into the text of a pipeline file, as the `index`th of its steps; comments and layout stay. Throws `exists`
 * for a name that another step has, `invalid` for a file that is wrong, or would be.
 */
export function addStep(text: string, step: NewStep, index: number): StepEdit {
  const taken = outlinePipeline(text).steps.some(({ name }) => name === step.name);
  if (taken) throw new WorkbenchError('exists', `The pipeline has a step ${step.name} already.`);
  const { from, to, insert } = editFor(text, step, index);
  const result = text.slice(0, from) + insert + text.slice(to);
  const [problem] = pipelineProblems(result);
  if (problem) {
    const [before] = pipelineProblems(text);
    const { line, message } = before?.message === problem.message ? before : problem;
    throw new WorkbenchError('invalid', `The pipeline file would be wrong in line ${line}: ${message}`);
  }
  const line = outlinePipeline(result).steps.find(({ name }) => name === step.name)?.line ?? 0;
  return { from, to, insert, text: result, line };
}

type Edit = Pick<StepEdit, 'from' | 'to' | 'insert'>;

function editFor(text: string, step: NewStep, index: number): Edit {
  const { contents, errors } = parseDocument(text);
  const [fault] = errors;
  if (fault || !isMap(contents)) {
    const message = fault ? fault.message.split(' at line ')[0]! : 'it has no "name" and no "steps"';
    throw new WorkbenchError('invalid', `The pipeline file cannot be read: ${message.replace(/[.:]$/, '')}.`);
  }
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const pair = contents.items.find(({ key }) => isScalar(key) && key.value === 'steps');
  const value = pair?.value;
  if (isSeq(value) && value.items.length > 0) {
    return value.flow
      ? inFlow(value, step, index)
      : inBlock(text, value, keyEnd(pair?.key), step, index, eol);
  }
  const block = (indent: number): string => stepLines(step, indent, 2, eol);
  if (isNode(value)) {
    // `steps:` with nothing behind, or with an empty list.
    const [start, end] = value.range;
    const from = text.slice(0, start).trimEnd().length;
    if (!isSeq(value)) {
      const at = endOfLine(text, from);
      return { from: at, to: at, insert: eol + block(2) };
    }
    return { from, to: Math.max(from, end), insert: eol + block(2) };
  }
  const from = text.trimEnd().length;
  return { from, to: from, insert: `${eol}steps:${eol}${block(2)}` };
}

function inFlow(list: YAMLSeq, step: NewStep, index: number): Edit {
  const entry = flow(entries(step));
  const before = list.items[Math.min(index, list.items.length) - 1];
  if (isNode(before) && before.range) {
    const [, at] = before.range;
    return { from: at, to: at, insert: `, ${entry}` };
  }
  const [first] = list.items;
  const at = isNode(first) && first.range ? first.range[0] : list.range![0] + 1;
  return { from: at, to: at, insert: `${entry}, ` };
}

function inBlock(text: string, list: YAMLSeq, key: number, step: NewStep, index: number, eol: string): Edit {
  const [start] = list.range!;
  const indent = start - lineStart(text, start);
  const ends = list.items.map((item) => itemEnd(text, item, indent));
  const [first] = list.items;
  const gap = isMap(first) && !first.flow && first.range ? first.range[0] - start : 2;
  const lines = stepLines(step, indent, gap > 1 && gap < 9 ? gap : 2, eol);
  // As those that are there are parted.
  const isSpaced = ends.length > 1 && /^\r?\n[ \t]*\r?\n/.test(text.slice(ends[0]));
  const space = isSpaced ? eol : '';
  const before = ends[Math.min(index, ends.length) - 1];
  if (before !== undefined) return { from: before, to: before, insert: eol + space + lines };
  const at = endOfLine(text, key);
  return { from: at, to: at, insert: eol + lines + space };
}

/** The end of the last line of an item, with the comments that are indented as its own. */
function itemEnd(text: string, item: unknown, indent: number): number {
  let end = endOfLine(text, text.slice(0, contentEnd(item)).trimEnd().length);
  for (let at = end; at < text.length;) {
    const start = text.indexOf('\n', at) + 1;
    if (start === 0) break;
    at = endOfLine(text, start);
    const line = text.slice(start, at);
    if (line.trim() === '') continue;
    const own = /^[ \t]*(?=#)/.exec(line)?.[0].length;
    if (own === undefined || own <= indent) break;
    end = at;
  }
  return end;
}

/** Where the last thing within a node ends: the range of a block takes what follows along. */
function contentEnd(node: unknown): number {
  if (isPair(node)) return Math.max(contentEnd(node.key), contentEnd(node.value));
  if ((isMap(node) || isSeq(node)) && !node.flow)
    return Math.max(0, ...node.items.map((item) => contentEnd(item)));
  return isNode(node) ? (node.range?.[1] ?? 0) : 0;
}

function keyEnd(key: unknown): number {
  return isNode(key) ? (key.range?.[1] ?? 0) : 0;
}

function entries({ name, script, reads, writes }: NewStep): Record<string, unknown> {
  return { name, script, ...(reads.length > 0 && { reads }), ...(writes.length > 0 && { writes }) };
}

/** Without the last line's end. `gap` is from the dash to the first name. */
function stepLines(step: NewStep, indent: number, gap: number, eol: string): string {
  return Object.entries(entries(step))
    .map(([key, value], i) => {
      const head = i === 0 ? `-${' '.repeat(gap - 1)}` : ' '.repeat(gap);
      return `${' '.repeat(indent)}${head}${key}: ${flow(value)}`;
    })
    .join(eol);
}

/** `[a, b]`, `{ name: a }`, and a plain value with quotes where it needs them. */
function flow(value: unknown): string {
  const flowCollectionPadding = !Array.isArray(value);
  return stringify(value, { collectionStyle: 'flow', flowCollectionPadding, lineWidth: 0 }).trimEnd();
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Before the line's end. */
function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return text[end - 1] === '\r' && end > offset ? end - 1 : end;
}
