/**
 * As much of a Dockerfile as is needed to know what a target is made of and which builder it needs. The engine is who
 * really reads it; see https://docs.docker.com/reference/dockerfile/.
 */
export interface Dockerfile {
  stages: Stage[];
  /** Defaults of the ARGs before the first FROM. */
  args: Record<string, string>;
  /** Why the classic builder cannot build it, such as "RUN --mount"; absent where it can. */
  buildKitFor?: string;
}

export interface Stage {
  name?: string;
  /** An image, or an earlier stage; variables are not replaced. */
  from: string;
  /** Its instructions, each on one line, FROM first. */
  instructions: string[];
  /** What COPY and ADD take from the context, as written. */
  sources: string[];
  /** Other stages or images that it copies from, as written. */
  copiesFrom: string[];
}

export interface TargetInputs {
  /** All instructions that matter, in order. */
  instructions: string[];
  /** Patterns of the context's files that matter; undefined: any may. */
  sources: string[] | undefined;
  /** Images that are taken from a registry or the engine's store. */
  images: string[];
}

const classicFlags: Readonly<Record<string, readonly string[]>> = {
  FROM: ['platform'],
  COPY: ['from', 'chown'],
  ADD: ['chown'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries', 'start-interval'],
};
/** Variables that only BuildKit sets by itself. */
const buildKitVariable = /\$\{?(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)\b/;

export function parseDockerfile(text: string): Dockerfile {
  const { instructions, syntax } = splitInstructions(text);
  const file: Dockerfile = { stages: [], args: {} };
  const needs = (reason: string): void => {
    file.buildKitFor ??= reason;
  };
  if (syntax !== undefined) needs(`# syntax=${syntax}`);
  for (const line of instructions) {
    const [, keyword = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(line) ?? [];
    const name = keyword.toUpperCase();
    const { flags, words } = splitFlags(rest);
    for (const { key } of flags) {
      if (!classicFlags[name]?.includes(key)) needs(`${name} --${key}`);
    }
    if (buildKitVariable.test(rest)) needs('the variables of the target platform');
    const stage = file.stages.at(-1);
    if (name === 'FROM') {
      const [from = '', as, alias] = words;
      const named = as?.toLowerCase() === 'as' && alias !== undefined ? { name: alias } : {};
      file.stages.push({ ...named, from, instructions: [line], sources: [], copiesFrom: [] });
      continue;
    }
    if (!stage) {
      for (const word of name === 'ARG' ? words : []) {
        const [key, value] = splitOnce(word, '=');
        if (value !== undefined) file.args[key] = unquote(value);
      }
      continue;
    }
    stage.instructions.push(line);
    if (['RUN', 'COPY', 'ADD'].includes(name) && heredocs(rest).length > 0) needs('here-documents');
    if (name === 'COPY' || name === 'ADD') {
      const from = flags.find(({ key }) => key === 'from')?.value;
      if (from !== undefined) stage.copiesFrom.push(from);
      else stage.sources.push(...copySources(rest, words));
    } else if (name === 'RUN') {
      for (const { key, value } of flags) {
        if (key !== 'mount') continue;
        const from = /(?:^|,)from=([^,]+)/.exec(value)?.[1];
        if (from !== undefined) stage.copiesFrom.push(from);
        else if (!/type=(cache|tmpfs|secret|ssh)/.test(value)) stage.sources.push('.');
      }
    } else if (name === 'ONBUILD') stage.sources.push('.');
  }
  return file;
}

/**
 * What a target is made of; without `target` the last stage. Undefined where there is no such stage, which the engine
 * says best.
 */
export function targetInputs(
  file: Dockerfile,
  target: string | undefined,
  args: Readonly<Record<string, string | null>> = {},
): TargetInputs | undefined {
  const values: Record<string, string> = { ...file.args };
  for (const [key, value] of Object.entries(args)) if (value !== null) values[key] = value;
  const find = (name: string, before: number): number => {
    const index = file.stages.findIndex(
      (stage, at) => at < before && stage.name?.toLowerCase() === name.toLowerCase(),
    );
    if (index >= 0) return index;
    return /^\d+$/.test(name) && Number(name) < before ? Number(name) : -1;
  };
  const last =
    target === undefined || target === '' ? file.stages.length - 1 : find(target, file.stages.length);
  if (last < 0) return undefined;
  const used = new Set<number>();
  const images = new Set<string>();
  const visit = (index: number): void => {
    if (used.has(index)) return;
    used.add(index);
    const stage = file.stages[index]!;
    for (const written of [stage.from, ...stage.copiesFrom]) {
      const name = substitute(written, values);
      const other = find(name, index);
      if (other >= 0) visit(other);
      else if (name !== 'scratch') images.add(name);
    }
  };
  visit(last);
  const stages = [...used].sort((a, b) => a - b).map((index) => file.stages[index]!);
  const sources = stages.flatMap((stage) => stage.sources).map((source) => substitute(source, values));
  return {
    instructions: stages.flatMap((stage) => stage.instructions),
    // A variable set by ARG or ENV inside the stage may stand for anything.
    sources: sources.some((source) => source.includes('$')) ? undefined : sources,
    images: [...images],
  };
}

function splitInstructions(text: string): { instructions: string[]; syntax?: string } {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  let escape = '\\';
  let syntax: string | undefined;
  let at = 0;
  // Directives stand before anything else, even before other comments.
  for (; at < lines.length; at += 1) {
    const directive = /^#\s*([a-z]+)\s*=\s*(.+?)\s*$/i.exec(lines[at]!);
    if (!directive) break;
    const [, key = '', value = ''] = directive;
    if (key.toLowerCase() === 'escape') escape = value;
    if (key.toLowerCase() === 'syntax') syntax = value;
  }
  const instructions: string[] = [];
  let open: string | undefined;
  for (; at < lines.length; at += 1) {
    const line = lines[at]!;
    if (/^\s*#/.test(line) || (open !== undefined && line.trim() === '')) continue;
    const continued = line.trimEnd().endsWith(escape);
    const part = continued ? line.trimEnd().slice(0, -escape.length) : line;
    open = open === undefined ? part.trimStart() : `${open} ${part.trim()}`;
    if (continued) continue;
    if (/^(RUN|COPY|ADD)\b/i.test(open)) {
      for (const end of heredocs(open)) {
        while (at + 1 < lines.length) {
          at += 1;
          open += `\n${lines[at]!}`;
          if (lines[at]!.trim() === end) break;
        }
      }
    }
    if (open.trim() !== '') instructions.push(open.trim());
    open = undefined;
  }
  if (open !== undefined && open.trim() !== '') instructions.push(open.trim());
  return { instructions, ...(syntax === undefined ? {} : { syntax }) };
}

/** The end words of here-documents: `RUN <<EOF`, `COPY <<-'A' <<B /x/`. Not `<<<`. */
function heredocs(text: string): string[] {
  const first = text.split('\n', 1)[0]!;
  return [...first.matchAll(/(?<![<\w])<<-?(["']?)([A-Za-z_][\w.]*)\1/g)].map((match) => match[2]!);
}

interface Flag {
  key: string;
  value: string;
}

function splitFlags(rest: string): { flags: Flag[]; words: string[] } {
  const flags: Flag[] = [];
  const words = rest.split(/\s+/).filter(Boolean);
  while (words[0]?.startsWith('--') && words[0].length > 2) {
    const [key, value = ''] = splitOnce(words.shift()!.slice(2), '=');
    flags.push({ key: key.toLowerCase(), value: unquote(value) });
  }
  return { flags, words };
}

function copySources(rest: string, words: readonly string[]): string[] {
  const json = /\[[\s\S]*\]\s*$/.exec(rest)?.[0];
  let all: readonly string[] = words.map(unquote);
  if (json !== undefined) {
    try {
      const parsed: unknown = JSON.parse(json);
      if (Array.isArray(parsed)) all = parsed.map(String);
    } catch {
      // Then it is no list, but a name with brackets.
    }
  }
  return all
    .slice(0, -1)
    .filter((source) => !/^(https?:\/\/|git@|git:\/\/|ssh:\/\/)/.test(source) && !source.startsWith('<<'));
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}`; what is not known stays as it is. */
function substitute(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (whole, plain?: string, braced?: string, how?: string, word: string | undefined = ''): string => {
      const value = values[plain ?? braced ?? ''] ?? '';
      if (how === '-') return value === '' ? word : value;
      if (how === '+') return value === '' ? '' : word;
      return value === '' ? whole : value;
    },
  );
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function unquote(text: string): string {
  return /^(["']).*\1$/s.test(text) && text.length > 1 ? text.slice(1, -1) : text;
}
