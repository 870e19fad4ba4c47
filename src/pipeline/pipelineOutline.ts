import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import { nodeAt, words, type PathKey } from './yamlNodes.ts';

export interface OutlineStep {
  name: string | undefined;
  /** Lines count from 0. `line`: where the step begins. */
  line: number;
  endLine: number;
  script: string | undefined;
  reads: string[];
  writes: string[];
}

/** What can be read of a pipeline file, right or wrong. Lines count from 0. */
export interface PipelineOutline {
  name: string | undefined;
  nameLine: number | undefined;
  root: string;
  steps: OutlineStep[];
  verify: { line: number; table: string | undefined }[];
  verifyLine: number | undefined;
  /** Names of scripts and SQL files, and where they stand. */
  files: { path: string; from: number; to: number }[];
}

/** Reads what can be read. */
export function outlinePipeline(text: string): PipelineOutline {
  const lines = new LineCounter();
  return outlineOf(parseDocument(text, { lineCounter: lines }), lines);
}

/** The same, of a text that was read. `skip` is a word that does not count. */
export function outlineOf(document: Document.Parsed, lines: LineCounter, skip?: string): PipelineOutline {
  const lineOf = (offset: number): number => Math.max(0, lines.linePos(offset).line - 1);
  const keyLine = (name: string): number | undefined => {
    const { contents } = document;
    if (!isMap(contents)) return undefined;
    const key = contents.items
      .map((pair): unknown => pair.key)
      .find((one) => isScalar(one) && one.value === name);
    return isScalar(key) && key.range ? lineOf(key.range[0]) : undefined;
  };
  const textAt = (...path: PathKey[]): string | undefined => {
    const node = nodeAt(document, path);
    return isScalar(node) && typeof node.value === 'string' && node.value !== skip ? node.value : undefined;
  };
  const each = <T>(list: string, read: (line: number, endLine: number, i: number) => T): T[] => {
    const node = nodeAt(document, [list]);
    if (!isSeq(node)) return [];
    return node.items.flatMap((item, i) => {
      if (!isMap(item) || !item.range) return [];
      return [read(lineOf(item.range[0]), lineOf(Math.max(item.range[0], item.range[1] - 1)), i)];
    });
  };
  const tables = (...path: PathKey[]): string[] =>
    words(nodeAt(document, path)).filter((word) => word !== skip);
  const files: PipelineOutline['files'] = [];
  const file = (...path: PathKey[]): string | undefined => {
    const node = nodeAt(document, path);
    const text = textAt(...path);
    if (text !== undefined && isNode(node) && node.range) {
      files.push({ path: text, from: node.range[0], to: node.range[1] });
    }
    return text;
  };
  return {
    name: textAt('name'),
    nameLine: keyLine('name'),
    root: textAt('root') ?? '/data',
    steps: each('steps', (line, endLine, i) => ({
      line,
      endLine,
      name: textAt('steps', i, 'name'),
      script: file('steps', i, 'script'),
      reads: tables('steps', i, 'reads'),
      writes: tables('steps', i, 'writes'),
    })),
    verify: each('verify', (line, _, i) => {
      file('verify', i, 'sql');
      return { line, table: textAt('verify', i, 'table') };
    }),
    verifyLine: keyLine('verify'),
    files,
  };
}
