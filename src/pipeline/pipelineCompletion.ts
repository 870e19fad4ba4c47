import type { CursorPlace } from './pipelinePlace.ts';
import { schemaAt, type SchemaNode } from './pipelineSchema.ts';
import { sparkProperties } from './sparkProperties.ts';

/** What is known beside the text. */
export interface CompletionFacts {
  /** Scripts and SQL files in and below the pipeline file's folder, relative to it. */
  scripts: readonly string[];
  sqlFiles: readonly string[];
  /** Tables of the lake, below the pipeline's root. */
  tables: readonly string[];
  /** Of the table that a verify entry names. */
  columns: readonly string[];
}

export interface PipelineCompletion {
  kind: 'key' | 'step' | 'table' | 'file' | 'folder' | 'property' | 'column';
  label: string;
  /** What is put in; `$1` is where the cursor goes, and `\`, `$` and `}` of the text itself are escaped with `\`. */
  snippet: string;
  description?: string | undefined;
  /** Whether more is to be chosen at once. */
  goesOn: boolean;
}

/** What may be written at a place, the likeliest first. */
export function completionsAt(place: CursorPlace, facts: CompletionFacts): PipelineCompletion[] {
  return place.role === 'key' ? keysAt(place) : valuesAt(place, facts);
}

function keysAt(place: CursorPlace): PipelineCompletion[] {
  const node = schemaAt(place.path);
  const free = ([name]: [string, unknown]): boolean => !place.present.includes(name);
  if (place.path[0] === 'properties') {
    return Object.entries(sparkProperties)
      .filter(free)
      .map(([name, description]) => ({
        kind: 'property',
        label: name,
        snippet: place.hasColon ? name : `${name}: `,
        description,
        goesOn: false,
      }));
  }
  const needed = node?.required ?? [];
  return Object.entries(node?.properties ?? {})
    .filter(free)
    .sort(([a], [b]) => Number(needed.includes(b)) - Number(needed.includes(a)))
    .map(([name]) => {
      const value = schemaAt([...place.path, name]);
      return {
        kind: 'key',
        label: name,
        snippet: place.hasColon ? name : name + beginning(name, value, place.isLineStart),
        description: value?.description,
        goesOn: name !== 'steps' && name !== 'verify' && name !== 'description',
      };
    });
}

/** How the value of a new entry begins. */
function beginning(name: string, value: SchemaNode | undefined, isBlock: boolean): string {
  if (value?.type === 'array' && value.items?.type !== 'object') return ': [$1]';
  if (!isBlock) return ': ';
  if (name === 'steps') return ':\n  - name: $1\n    script: ';
  if (name === 'verify') return ':\n  - table: $1\n    key: \n    values: []\n    sql: ';
  if (value?.type === 'object') return ':\n  ';
  return ': ';
}

function valuesAt(place: CursorPlace, facts: CompletionFacts): PipelineCompletion[] {
  const { path } = place;
  const list = schemaAt(path)?.type === 'array';
  const [top, index] = path;
  const name = path.findLast((key) => typeof key === 'string');
  const item = (kind: PipelineCompletion['kind'], label: string): PipelineCompletion => {
    const text = escapeSnippet(label);
    return {
      kind,
      label,
      snippet: !list ? text : place.isLineStart ? `- ${text}` : `[${text}$1]`,
      goesOn: kind === 'folder',
    };
  };
  const items = (kind: PipelineCompletion['kind'], labels: readonly string[]): PipelineCompletion[] =>
    [...new Set(labels)].filter((label) => !place.present.includes(label)).map((label) => item(kind, label));

  if (top === 'steps' && typeof index === 'number') return ofStep(place, index, name, facts, items);
  if (top === 'verify' && typeof index === 'number') {
    if (name === 'table')
      return items(
        'table',
        place.outline.steps.flatMap(({ writes }) => writes),
      );
    if (name === 'sql') return items('file', facts.sqlFiles);
    if (name === 'key' || name === 'values') return items('column', facts.columns);
  }
  return list && (top === 'steps' || top === 'verify') && path.length === 1 ? newItem(place, top) : [];
}

function ofStep(
  place: CursorPlace,
  index: number,
  name: string | undefined,
  facts: CompletionFacts,
  items: (kind: PipelineCompletion['kind'], labels: readonly string[]) => PipelineCompletion[],
): PipelineCompletion[] {
  const { steps } = place.outline;
  const others = steps.filter((_, i) => i !== index);
  switch (name) {
    case 'script':
      return items('file', facts.scripts);
    case 'after':
      return items(
        'step',
        others.flatMap((step) => step.name ?? []),
      );
    case 'reads':
      return items('table', [
        ...others.flatMap(({ writes }) => writes),
        ...others.flatMap(({ reads }) => reads),
        ...facts.tables,
      ]);
    case 'writes': {
      const written = new Set(steps.flatMap(({ writes }) => writes));
      // What somebody reads and nobody writes is what this step is likely to be for.
      const wanted = steps.flatMap(({ reads }) => reads);
      const tables = [...wanted, ...facts.tables].filter((table) => !written.has(table));
      return [...items('table', tables), ...items('folder', ['bronze/', 'silver/', 'gold/'])];
    }
    default:
      return [];
  }
}

function newItem({ isLineStart }: CursorPlace, list: 'steps' | 'verify'): PipelineCompletion[] {
  if (!isLineStart) return [];
  const [label, keys] =
    list === 'steps'
      ? ['- name', 'name: $1\n  script: ']
      : ['- table', 'table: $1\n  key: \n  values: []\n  sql: '];
  return [
    { kind: 'key', label, snippet: `- ${keys}`, description: schemaAt([list])?.description, goesOn: false },
  ];
}

function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}
