import type { PythonFailure, PythonFrame } from './job.ts';

/** Where the user's own files are, as tracebacks name them. */
export interface UserFiles {
  /** The script, under the path that it was compiled with; undefined where it is none of the user's own. */
  script: string | undefined;
  /** `<bundle>.zip/<module>` as the driver and the executors have it -> the user's path. */
  sources: Readonly<Record<string, string>>;
}

const header = 'Traceback (most recent call last):';
const groupHeader = 'Exception Group Traceback (most recent call last):';
const causeLine = 'The above exception was the direct cause of the following exception:';
const contextLine = 'During handling of the above exception, another exception occurred:';
const frameLine = /^ {2}File "(.+)", line (\d+)(?:, in (.+))?$/;
/** `module.Type: message`, or the type alone. */
const typeLine = /^([\p{L}_][\p{L}\p{N}_.<>]*)(?::(?: (.*))?)?$/su;
/** Enough of a driver's output to hold any traceback that a person will read. */
const maxOutput = 512 * 1024;
const maxMessageLines = 200;

/**
 * The failure that the last traceback in a driver's output tells, with the user's own line: of the innermost frame in
 * the script or a module that travelled with it, of the Python worker's traceback for a function that failed there.
 * Undefined where the output holds none. Follows what `traceback.TracebackException.format` of Python 3.10 to 3.14
 * writes.
 */
export function parseFailure(output: string, files: UserFiles): PythonFailure | undefined {
  const text = output.length > maxOutput ? output.slice(-maxOutput) : output;
  const { lines, exitMessage } = withoutEvents(text);
  const start = lastReport(lines);
  if (start !== undefined) return parseReport(lines.slice(start), files);
  return exitMessage === undefined
    ? undefined
    : {
        type: 'SystemExit',
        message: exitMessage,
        ...(files.script === undefined ? {} : { file: files.script }),
        frames: [],
        causes: [],
      };
}

/** The output without the driver's event lines; what follows the end of the script is none of its own. */
function withoutEvents(text: string): { lines: string[]; exitMessage?: string } {
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('\u001e');
    if (at < 0) {
      lines.push(line);
      continue;
    }
    if (at > 0) lines.push(line.slice(0, at));
    if (line.includes('"event": "exit"')) {
      const message = /"message": ("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
      if (message === undefined) return { lines };
      return { lines, exitMessage: JSON.parse(message) as string };
    }
  }
  return { lines };
}

/** The first line of the last chain of tracebacks: a chain is one report. */
function lastReport(lines: readonly string[]): number | undefined {
  let last: number | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.trim() === header || line.includes(groupHeader)) {
      const chained = lines.slice(Math.max(0, at - 3), at).some((l) => l === causeLine || l === contextLine);
      // One that is indented or within a message belongs to the report that is open.
      if (last === undefined || (!chained && !isNested(lines, last, at))) last = at;
    } else if (isBareSyntaxError(lines, at) && (last === undefined || !isInReport(lines, last, at))) {
      last = at;
    }
  }
  return last;
}

/** A SyntaxError of the script itself has no header: two blanks, File, the line, the caret, then the type. */
function isBareSyntaxError(lines: readonly string[], at: number): boolean {
  const match = frameLine.exec(lines[at]!);
  if (!match || match[3] !== undefined) return false;
  return lines.slice(at + 1, at + 5).some((line) => /^(?:Syntax|Indentation|Tab)Error: /.test(line));
}

function isInReport(lines: readonly string[], start: number, at: number): boolean {
  for (let i = at - 1; i > start; i--) if (!lines[i]!.startsWith(' ')) return false;
  return true;
}

/** Whether the traceback at `at` is within the message of the report that began at `start`. */
function isNested(lines: readonly string[], start: number, at: number): boolean {
  if (/^\s/.test(lines[at]!)) return true;
  // PythonException quotes the worker's traceback after a line that says so, or right after its own type line.
  const before = lines[at - 1] ?? '';
  const before2 = lines[at - 2] ?? '';
  return (
    at > start + 1 &&
    (/PythonException: *$/.test(before) ||
      /(?:PythonException|SparkException|from the Python worker|see the stack trace)/.test(before) ||
      (before.trim() === '' && /(?:see the stack trace below|from the Python worker)/.test(before2)))
  );
}

/** Parses one chain: the last part of it is the failure, the parts before it its causes, nearest first. */
function parseReport(lines: readonly string[], files: UserFiles): PythonFailure {
  if (lines[0]?.includes(groupHeader)) return parseGroup(lines, files);
  const parts: string[][] = [[]];
  for (const line of lines) {
    if (line === causeLine || line === contextLine) parts.push([]);
    else parts.at(-1)!.push(line);
  }
  const failures = parts
    .map((part) => parsePart(trimBlank(part), files))
    .filter((failure) => failure !== undefined);
  const last = failures.at(-1) ?? unknownFailure(lines);
  // Each has its own place, before it has the one before it as its cause: the chain is told from its root to its end.
  let nearest: PythonFailure | undefined;
  for (const failure of [...failures.slice(0, -1), last]) {
    locate(failure, files);
    if (nearest) failure.causes.unshift(nearest);
    nearest = failure;
  }
  return locateByCause(last);
}

function parsePart(lines: readonly string[], files: UserFiles): PythonFailure | undefined {
  const first = lines[0];
  if (first === undefined) return undefined;
  if (first.includes(groupHeader)) return parseGroup(lines, files);
  const { frames, next } = parseFrames(lines, first.trim() === header ? 1 : 0);
  const typeAt = next;
  const head = lines[typeAt];
  if (head === undefined && frames.length === 0) return undefined;
  const match = typeLine.exec(head ?? '');
  const type = match?.[1] ?? 'Exception';
  const rest = trimBlank(lines.slice(typeAt + 1, typeAt + 1 + maxMessageLines));
  const full = [match ? (match[2] ?? '') : (head ?? ''), ...rest].join('\n').trim();
  return explain({ type, message: full, frames, causes: [] }, files);
}

function parseFrames(lines: readonly string[], from: number): { frames: PythonFrame[]; next: number } {
  const frames: PythonFrame[] = [];
  let at = from;
  while (at < lines.length) {
    const line = lines[at]!;
    const match = frameLine.exec(line);
    if (match) {
      const frame: PythonFrame = {
        file: match[1]!,
        line: Number(match[2]),
        function: match[3] ?? '<module>',
      };
      const code = lines[at + 1];
      if (code?.startsWith('    ') === true && !isCaret(code)) frame.code = code.trim();
      frames.push(frame);
    } else if (!line.startsWith('  ') || frames.length === 0) {
      break;
    }
    at++;
  }
  return { frames, next: at };
}

function isCaret(line: string): boolean {
  return /^\s+[~^ ]+$/.test(line);
}

/**
 * Exception groups are drawn as a tree with `|` and `+` at the left. Each member is between two `+----` lines of its
 * depth; what follows the group's frames and message are its members.
 */
function parseGroup(lines: readonly string[], files: UserFiles): PythonFailure {
  const bare = lines.map((line) =>
    line.replace(/^ *[|+] ?/, '').replace(/^ ?Exception Group/, 'Exception Group'),
  );
  const own: string[] = [header];
  const members: string[][] = [];
  let depth: number | undefined;
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at]!;
    const divider = /^( *)\+[-+]*(?:-+ (\d+|\.\.\.) )?-+$/.exec(line.replace('+-+', '  +'));
    if (divider && (depth === undefined || divider[1]!.length === depth)) {
      depth ??= divider[1]!.length;
      if (divider[2] === undefined) break;
      members.push([]);
    } else if (depth === undefined) {
      own.push(bare[at]!.replace(/^ (?= {2}File)/, '').replace(/^ {3}(?=File)/, '  '));
    } else {
      members.at(-1)!.push(line.slice(depth).replace(/^[|+] ?/, ''));
    }
  }
  const group = parsePart(normalized(own), files) ?? unknownFailure(lines);
  group.causes.push(
    ...members.map((member) => parseReport(trimBlank(member), files)).filter((member) => member.type !== ''),
  );
  return locate(group, files);
}

function normalized(lines: readonly string[]): string[] {
  return lines.map((line) => (/^ {2,}File "/.test(line) ? line.replace(/^ +/, '  ') : line));
}

/** Shortens what Spark adds to a message, and finds the Python worker's own traceback in it. */
function explain(failure: PythonFailure, files: UserFiles): PythonFailure {
  const { message } = failure;
  const lines = message.split('\n');
  const nestedAt = lines.findIndex((line) => line.trim() === header);
  if (nestedAt >= 0 && failure.frames.length > 0) {
    const quoted = lines.slice(nestedAt).map((line) => line.replace(/^\t/, ''));
    const indent = /^ */.exec(quoted[0]!)![0].length;
    const nested = parseReport(endOfWorker(quoted.map((line) => line.slice(indent))), files);
    failure.causes.push(nested);
    failure.message = `${nested.type}: ${nested.message}`.trim();
    const said = lines.slice(0, nestedAt).join('\n').trim();
    if (said !== '' && failure.type.endsWith('Exception') && !failure.type.includes('Py4JJavaError')) {
      failure.message = `${firstSentence(said)}\n${failure.message}`;
    }
    return failure;
  }
  failure.message = withoutJavaStack(lines).join('\n').trim();
  return failure;
}

function firstSentence(text: string): string {
  return text.split('\n')[0]!.trim();
}

/** The worker's traceback ends where Java's stack begins. */
function endOfWorker(lines: readonly string[]): string[] {
  const end = lines.findIndex((line) => /^\s*(?:at [\w.$]+\(|JVM stacktrace:|Driver stacktrace:)/.test(line));
  return trimBlank(end < 0 ? lines : lines.slice(0, end));
}

/** What Spark's analysis says ends so, and where it was in SQL; the plan follows. */
const beforePlan = /(?<said>.* SQLSTATE: \w{5}(?:; line \d+ pos \d+)?);$/;

/** Keeps what an error of Spark says and what caused it, without Java's frames and Spark's plan. */
function withoutJavaStack(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    const said = beforePlan.exec(line)?.groups?.said;
    if (said !== undefined) return [...kept, said];
    if (/^\s+at .+\(.*\)$/.test(line) || /^\s*\.\.\. \d+ more$/.test(line)) continue;
    if (/^(?:JVM|Driver) stacktrace:$/.test(line)) break;
    if (line.trim() === '' && kept.at(-1)?.trim() === '') continue;
    kept.push(line);
  }
  return kept;
}

/** Names the user's files as the user does, and finds the innermost frame in them, in the causes where there is none. */
function locate(failure: PythonFailure, files: UserFiles): PythonFailure {
  failure.frames = failure.frames.map((frame) => ({
    ...frame,
    file: userPath(frame.file, files) ?? frame.file,
  }));
  const own = failure.frames.findLast((frame) => isUserPath(frame.file, files));
  // A function that failed on a worker: its own line says more than the action that ran it.
  const worker = /PythonException|Py4JJavaError|SparkException/.test(failure.type)
    ? failure.causes.find((cause) => cause.file !== undefined)
    : undefined;
  const place = worker?.file !== undefined ? worker : own;
  if (place?.file !== undefined) failure.file = place.file;
  if (place?.line !== undefined) failure.line = place.line;
  return locateByCause(failure);
}

/** A failure without a place of its own has that of its nearest cause. */
function locateByCause(failure: PythonFailure): PythonFailure {
  if (failure.file !== undefined) return failure;
  const cause = failure.causes.find(({ file }) => file !== undefined);
  if (cause?.file !== undefined) failure.file = cause.file;
  if (cause?.line !== undefined) failure.line = cause.line;
  return failure;
}

function userPath(file: string, files: UserFiles): string | undefined {
  const inZip = /([^/]+\.zip\/.+)$/.exec(file)?.[1];
  return inZip === undefined ? undefined : files.sources[inZip];
}

function isUserPath(file: string, files: UserFiles): boolean {
  return file === files.script || Object.values(files.sources).includes(file);
}

function trimBlank(lines: readonly string[]): string[] {
  let start = 0;
  let end = lines.length;
  while (start < end && lines[start]!.trim() === '') start++;
  while (end > start && lines[end - 1]!.trim() === '') end--;
  return lines.slice(start, end);
}

function unknownFailure(lines: readonly string[]): PythonFailure {
  return { type: 'Exception', message: trimBlank(lines).at(-1) ?? '', frames: [], causes: [] };
}
