import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import { WorkbenchError, describeError, systemErrorCode } from '../base/errors.ts';
import schema from './pipeline.schema.json' with { type: 'json' };
import { orderSteps } from './plan.ts';

export interface PipelineStep {
  name: string;
  description?: string;
  /** As the file says it: relative to the file's directory, POSIX. */
  script: string;
  args: string[];
  /** Tables below the pipeline's root, such as `bronze/orders`. */
  reads: string[];
  writes: string[];
  /** Names of steps. */
  after: string[];
}

export interface VerifyEntry {
  table: string;
  key: string;
  values: string[];
  /** As the file says it: relative to the file's directory. */
  sql: string;
}

export interface Pipeline {
  name: string;
  description?: string;
  /** The pipeline file as the user knows it; steps and SQL files are found beside it. */
  path: string;
  /** The lake directory of its tables. */
  root: string;
  properties: Record<string, string>;
  /** In the order of the file; `orderSteps` gives the order of a run. */
  steps: PipelineStep[];
  verify: VerifyEntry[];
}

/** What is wrong with a pipeline file, and where; line and column count from 1. */
export interface PipelineProblem {
  line: number;
  column: number;
  message: string;
}

interface RawPipeline {
  name: string;
  description?: string;
  root?: string;
  properties?: Record<string, string | number | boolean>;
  steps: {
    name: string;
    description?: string;
    script: string;
    args?: (string | number | boolean)[];
    reads?: string[];
    writes?: string[];
    after?: string[];
  }[];
  verify?: VerifyEntry[];
}

type Place = (string | number)[];

const validate = new Ajv({ allErrors: true, strict: false }).compile<RawPipeline>(schema);

/**
 * Reads a pipeline file and looks whether its scripts and SQL files are there. `text` is taken instead of what is on the
 * disk, as an editor has it. Throws `not-found` or `invalid`.
 */
export async function loadPipeline(path: string, text?: string): Promise<Pipeline> {
  const { pipeline, problems } = await checkFile(text ?? (await readText(path)), path);
  return settle(pipeline, problems, path);
}

/** Everything that is wrong with the text of the pipeline file at `path`: also files that are not beside it. */
export async function fileProblems(text: string, path: string): Promise<PipelineProblem[]> {
  return (await checkFile(text, path)).problems;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') {
      throw new WorkbenchError('not-found', `There is no pipeline file ${path}.`, { cause });
    }
    throw new WorkbenchError('invalid', `${path} cannot be read: ${describeError(cause)}.`, { cause });
  }
}

async function checkFile(text: string, path: string): Promise<Checked> {
  const checked = checkPipeline(text, path);
  const problems = [...checked.problems];
  if (checked.pipeline) {
    const { steps, verify } = checked.pipeline;
    const files: [string, Place][] = [
      ...steps.map((step, i): [string, Place] => [step.script, ['steps', i, 'script']]),
      ...verify.map((entry, i): [string, Place] => [entry.sql, ['verify', i, 'sql']]),
    ];
    for (const [file, place] of files) {
      if (!(await isFile(resolve(dirname(path), file)))) {
        problems.push(checked.at(place, `There is no file ${file} beside the pipeline file.`));
      }
    }
  }
  return { ...checked, problems };
}

/** Reads the text of a pipeline file; `path` is how the user knows it. Throws `invalid` with file, line and column. */
export function parsePipeline(text: string, path = 'pipeline.yaml'): Pipeline {
  const { pipeline, problems } = checkPipeline(text, path);
  return settle(pipeline, problems, path);
}

/** Everything that is wrong with the text of a pipeline file, by place; empty for a good one. */
export function pipelineProblems(text: string): PipelineProblem[] {
  return checkPipeline(text, '').problems;
}

interface Checked {
  pipeline: Pipeline | undefined;
  problems: PipelineProblem[];
  at(place: Place, message: string): PipelineProblem;
}

function checkPipeline(text: string, path: string): Checked {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const atOffset = (offset: number, message: string): PipelineProblem => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), message };
  };
  const at = (place: Place, message: string): PipelineProblem => atOffset(offsetOf(document, place), message);
  const refuse = (problems: PipelineProblem[]): Checked => ({ pipeline: undefined, problems, at });

  if (document.errors.length > 0) {
    return refuse(
      document.errors.map((fault) =>
        atOffset(fault.pos[0], `${(fault.message.split(' at line ')[0] ?? fault.message).trim()}.`),
      ),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    return refuse([atOffset(0, `${describeError(cause)}.`)]);
  }
  if (!validate(value)) {
    return refuse((validate.errors ?? []).map((error) => at(placeOf(error), sentenceOf(error))));
  }
  const pipeline: Pipeline = {
    name: value.name,
    ...(value.description === undefined ? {} : { description: value.description }),
    path,
    root: value.root ?? '/data',
    properties: Object.fromEntries(
      Object.entries(value.properties ?? {}).map(([key, setting]) => [key, String(setting)]),
    ),
    steps: value.steps.map((step) => ({
      name: step.name,
      ...(step.description === undefined ? {} : { description: step.description }),
      script: step.script,
      args: (step.args ?? []).map(String),
      reads: step.reads ?? [],
      writes: step.writes ?? [],
      after: step.after ?? [],
    })),
    verify: value.verify ?? [],
  };
  return { pipeline, problems: wiringProblems(pipeline).map((p) => at(p.place, p.message)), at };
}

/** What no schema can say: names that mean nothing or two things, and steps that wait for each other. */
function wiringProblems(pipeline: Pipeline): { place: Place; message: string }[] {
  const problems: { place: Place; message: string }[] = [];
  const names = pipeline.steps.map((step) => step.name);
  const written = new Set(pipeline.steps.flatMap((step) => step.writes));
  pipeline.steps.forEach((step, i) => {
    if (names.indexOf(step.name) !== i) {
      problems.push({ place: ['steps', i, 'name'], message: `Another step is called ${step.name} too.` });
    }
    if (escapes(step.script)) {
      problems.push({ place: ['steps', i, 'script'], message: 'A script is in or below the file’s folder.' });
    }
    step.after.forEach((name, k) => {
      if (!names.includes(name)) {
        problems.push({
          place: ['steps', i, 'after', k],
          message: `There is no step ${name}. The steps are: ${names.join(', ')}.`,
        });
      }
    });
  });
  pipeline.verify.forEach((entry, i) => {
    if (!written.has(entry.table)) {
      problems.push({ place: ['verify', i, 'table'], message: `No step writes ${entry.table}.` });
    }
    if (escapes(entry.sql)) {
      problems.push({
        place: ['verify', i, 'sql'],
        message: 'An SQL file is in or below the file’s folder.',
      });
    }
  });
  if (problems.length === 0) {
    const { cycle } = orderSteps(pipeline.steps);
    if (cycle) {
      problems.push({
        place: ['steps', names.indexOf(cycle[0]!)],
        message: `The steps wait for each other: ${cycle.join(' -> ')}.`,
      });
    }
  }
  return problems;
}

function escapes(path: string): boolean {
  return path.split('/').includes('..');
}

function settle(pipeline: Pipeline | undefined, problems: PipelineProblem[], path: string): Pipeline {
  if (pipeline && problems.length === 0) return pipeline;
  const sentences = problems
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`);
  throw new WorkbenchError('invalid', sentences.join('\n'));
}

function placeOf(error: ErrorObject): Place {
  const place: Place = error.instancePath
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  if (error.keyword === 'additionalProperties') place.push(String(error.params.additionalProperty));
  if (error.keyword === 'propertyNames') place.push(String(error.params.propertyName));
  return place;
}

function sentenceOf(error: ErrorObject): string {
  const place = placeOf(error);
  const name = place.length === 0 ? 'The pipeline' : `"${place.join('.')}"`;
  switch (error.keyword) {
    case 'additionalProperties':
      return `${name} means nothing here.`;
    case 'propertyNames':
      return `${name} is not a Spark property: its name begins with "spark.".`;
    case 'required':
      return `${name} needs "${String(error.params.missingProperty)}".`;
    case 'pattern':
      return place.at(-1) === 'script' || place.at(-1) === 'sql'
        ? `${name} must be a relative path with "/" to a .${place.at(-1) === 'sql' ? 'sql' : 'py'} file.`
        : `${name} must match ${String(error.params.pattern)}.`;
    default:
      return `${name} ${error.message ?? 'is wrong'}.`;
  }
}

/** Where a value stands; for one that is not there, where its nearest owner stands. */
function offsetOf(document: Document.Parsed, place: Place): number {
  let offset = 0;
  let node: unknown = document.contents;
  for (const [depth, key] of [undefined, ...place].entries()) {
    let shown = node;
    if (depth > 0) {
      const pair = isMap(node)
        ? node.items.find((item) => (isScalar(item.key) ? item.key.value : item.key) === key)
        : undefined;
      const item: unknown = isSeq(node) && typeof key === 'number' ? node.items[key] : undefined;
      const value = pair ? pair.value : item;
      // A wrong value stands where it is; a wrong entry, where its name is.
      shown = depth === place.length && isScalar(value) ? value : (pair?.key ?? value);
      node = value;
    }
    if (!isNode(shown) || !shown.range) break;
    offset = shown.range[0];
  }
  return offset;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
