import * as vscode from 'vscode';
import { fileOfPath } from '../../jobs/scriptPath.ts';
import { isOfNotebook } from './isOfNotebook.ts';
import type { RunStore, StoredRun } from './runStore.ts';
import type { NameFrame } from './shownOutput.ts';

const cellScheme = 'cell://';

/** The run whose code a traceback means by a file; undefined for a file on a disk. */
export function runIdOfFile(file: string): string | undefined {
  return file.startsWith(cellScheme) ? file.slice(cellScheme.length) : undefined;
}

/** The line of a run's code, from 1, that a traceback means by a line: before SQL the kernel has got a line of ours. */
export function lineOfCode({ language }: Pick<StoredRun, 'language'>, line: number): number {
  return language === 'sql' ? Math.max(1, line - 1) : line;
}

/** The person's own file that a path in a traceback means; undefined where it is none of those. */
export function sourceOf(file: string, { place }: Pick<StoredRun, 'place'>): vscode.Uri | undefined {
  // What travels in a zip is beside the script, but for Spark's own.
  if (/[/\\](?:pyspark|py4j[^/\\]*)\.zip[/\\]/.test(file)) return undefined;
  const script = place && vscode.Uri.parse(place.uri);
  const uri = fileOfPath(file, script);
  if (!uri) return undefined;
  const isOwn = uri.toString() === script?.toString() || vscode.workspace.getWorkspaceFolder(uri);
  return isOwn ? uri : undefined;
}

/** Names frames of a run as its person knows them: `silver.py:12`. */
export function frameNames(store: RunStore, run: StoredRun): NameFrame {
  return ({ file, line }) => {
    const id = runIdOfFile(file);
    if (id === undefined) {
      const own = sourceOf(file, run);
      return { label: `${own ? baseName(own.path) : file}:${line}`, isOwn: own !== undefined };
    }
    const cell = store.get(id);
    if (!cell) return { label: `<cell>:${line}`, isOwn: true };
    const { place, count } = cell;
    const own = lineOfCode(cell, line);
    if (place && !isOfNotebook({ place }))
      return { label: `${baseName(vscode.Uri.parse(place.uri).path)}:${place.line + own}`, isOwn: true };
    return { label: `${count === undefined ? '<cell>' : `[${count}]`}:${own}`, isOwn: true };
  };
}

function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}
