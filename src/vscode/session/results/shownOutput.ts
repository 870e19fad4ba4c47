import * as v from 'valibot';
import { tableMime } from '../../../session/sessionTypes.ts';
import type { PythonFailure, PythonFrame } from '../../../spark/job.ts';
import { allCauses, failureText } from '../../jobs/failureText.ts';
import { bundleText, plainTextOf } from './outputText.ts';
import {
  pictureTypes,
  shownLines,
  tableSchema,
  type ShownFrame,
  type ShownOutput,
  type ShownRun,
} from './resultsProtocol.ts';
import type { Output } from './runOutputs.ts';
import type { StoredRun } from './runStore.ts';

const maxPlainChars = 50_000;
const maxPictureChars = 24 * 1024 * 1024;

/** What people call the place of a frame, and whether it is in code of their own. */
export type NameFrame = (frame: PythonFrame) => { label: string; isOwn: boolean };

export function shownRun(run: StoredRun, isOpen: boolean, now: number): ShownRun {
  const { id, title, language, state, count, startedAt, begunAt, endedAt, place } = run;
  // One whose window went has no end of its own.
  const end = state === 'running' ? now : endedAt;
  return {
    ...{ id, title, language, state, startedAt, canGoTo: place !== undefined, isOpen },
    ...(count !== undefined && { count }),
    ...(begunAt !== undefined && end !== undefined && { tookMs: Math.max(0, end - begunAt) }),
  };
}

/** What the page shows of an output: never markup, which stays where it is. */
export function shownOutput(output: Output, nameFrame: NameFrame): ShownOutput {
  const { id } = output;
  switch (output.kind) {
    case 'text':
      return { kind: 'text', id, stream: output.stream, ...shownText(output) };
    case 'gap':
      return { kind: 'gap', id, messages: output.messages };
    case 'error': {
      const { name, message, traceback, failure } = output;
      const parts = failure ? [failure, ...allCauses(failure)] : [];
      return {
        ...{ kind: 'error', id, name, message, traceback: traceback.join('\n') },
        parts: parts.map((part) => ({
          text: failureText(part),
          frames: ordered(part, nameFrame).map((frame) => shownFrame(frame, nameFrame)),
        })),
      };
    }
    case 'data':
      return shownData(id, output.bundle);
  }
}

/** A text's last lines, from `fromLine` on at the earliest. */
export function shownText(
  { text }: Extract<Output, { kind: 'text' }>,
  fromLine = 0,
): { first: number; from: number; lines: string[] } {
  const from = Math.max(fromLine, text.first, text.end - shownLines);
  return { first: text.first, from, lines: text.slice(from) };
}

/** The frame that the page means by its numbers. */
export function frameOf(
  failure: PythonFailure | undefined,
  part: number,
  frame: number,
  nameFrame: NameFrame,
): PythonFrame | undefined {
  const found = failure && [failure, ...allCauses(failure)][part];
  return found && ordered(found, nameFrame)[frame];
}

/** The person's own frames first, the innermost of them on top. */
function ordered({ frames }: PythonFailure, nameFrame: NameFrame): PythonFrame[] {
  const inside = [...frames].reverse();
  const isOwn = (frame: PythonFrame): boolean => nameFrame(frame).isOwn;
  return [...inside.filter(isOwn), ...inside.filter((frame) => !isOwn(frame))];
}

function shownFrame(frame: PythonFrame, nameFrame: NameFrame): ShownFrame {
  return { ...nameFrame(frame), function: frame.function, code: frame.code ?? '' };
}

function shownData(id: number, bundle: Readonly<Record<string, unknown>>): ShownOutput {
  const table = v.safeParse(tableSchema, bundle[tableMime]);
  if (table.success) return { kind: 'table', id, table: table.output };
  for (const type of pictureTypes) {
    const data = bundleText(bundle, type);
    if (data === undefined || data.length > maxPictureChars) continue;
    const alt = bundleText(bundle, 'text/plain') ?? '';
    return { kind: 'picture', id, type, data, alt };
  }
  const text = plainTextOf(bundle);
  const isCut = text.length > maxPlainChars;
  return { kind: 'plain', id, text: isCut ? text.slice(0, maxPlainChars) : text, isCut };
}
