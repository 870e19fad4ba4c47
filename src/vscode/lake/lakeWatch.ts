import * as vscode from 'vscode';
import { isWithin } from '../../lake/hdfsPath.ts';
import type { FileStatus, WebHdfs } from '../../lake/webHdfs.ts';
import { ChangePoller, type Change } from './changePoller.ts';

const shortestPauseMs = 5_000;
const longestPauseMs = 60_000;
/** So many folders that the Explorer has listed are looked at; the ones listed longest ago are dropped. */
const maxFolders = 24;

/**
 * Looks for changes by others in what the editor shows of the lake: open files, and folders that were listed. Only while
 * the window has the focus and something is watched; the more there is to look at, the more seldom.
 */
export class LakeWatch implements vscode.Disposable {
  readonly #poller = new ChangePoller();
  readonly #lake: () => Promise<WebHdfs>;
  readonly #authority: () => string;
  readonly #tell: (changes: Change[]) => void;
  readonly #watched = new Set<{ uri: vscode.Uri; recursive: boolean }>();
  /** Listed folders, the latest last. */
  readonly #folders = new Set<string>();
  readonly #listening: vscode.Disposable;
  #timer: NodeJS.Timeout | undefined;
  #polling = false;
  #failures = 0;
  #disposed = false;

  constructor(lake: () => Promise<WebHdfs>, authority: () => string, tell: (changes: Change[]) => void) {
    this.#lake = lake;
    this.#authority = authority;
    this.#tell = tell;
    this.#listening = vscode.window.onDidChangeWindowState(({ focused }) => {
      // Back from elsewhere, where something may have been changed.
      if (focused) void this.#poll();
      else this.#stop();
    });
  }

  add(uri: vscode.Uri, recursive: boolean): vscode.Disposable {
    const one = { uri, recursive };
    this.#watched.add(one);
    this.#schedule();
    return new vscode.Disposable(() => {
      this.#watched.delete(one);
      if (this.#watched.size === 0) this.#stop();
    });
  }

  /** A folder was listed: somebody may be looking at it. */
  listed(path: string, entries: readonly FileStatus[]): void {
    if (this.#watched.size === 0) return;
    this.#poller.listed(path, entries);
    this.#folders.delete(path);
    this.#folders.add(path);
    if (this.#folders.size > maxFolders) this.#folders.delete(this.#folders.values().next().value!);
    this.#schedule();
  }

  /** Another lake: what was seen tells nothing any more. */
  reset(): void {
    this.#poller.forget();
    this.#folders.clear();
    this.#failures = 0;
  }

  dispose(): void {
    this.#disposed = true;
    this.#listening.dispose();
    this.#stop();
  }

  /** What there is to look at now. */
  #paths(): Set<string> {
    const here = [...this.#watched].filter(({ uri }) => uri.authority === this.#authority());
    const paths = new Set(here.filter(({ recursive }) => !recursive).map(({ uri }) => uri.path));
    const roots = here.filter(({ recursive }) => recursive).map(({ uri }) => uri.path);
    if (roots.length === 0) return paths;
    for (const path of [...this.#folders, ...this.#openFiles()]) {
      if (roots.some((root) => isWithin(path, root))) paths.add(path);
    }
    return paths;
  }

  #openFiles(): string[] {
    const uris = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.flatMap(urisOf));
    return uris
      .filter(({ scheme, authority }) => scheme === 'hdfs' && authority === this.#authority())
      .map(({ path }) => path);
  }

  #schedule(): void {
    if (this.#timer || this.#polling || this.#disposed || this.#watched.size === 0) return;
    if (!vscode.window.state.focused) return;
    const pauseMs = Math.max(shortestPauseMs, this.#paths().size * 500) * 2 ** this.#failures;
    this.#timer = setTimeout(() => void this.#poll(), Math.min(pauseMs, longestPauseMs));
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #poll(): Promise<void> {
    this.#stop();
    if (this.#polling) return;
    const paths = this.#paths();
    this.#polling = true;
    try {
      if (paths.size > 0) {
        const changes = await this.#poller.poll(await this.#lake(), paths);
        if (changes.length > 0 && !this.#disposed) this.#tell(changes);
      }
      this.#failures = 0;
    } catch {
      // HDFS is away: whoever opens something is told why; this looks again, more and more seldom.
      this.#failures = Math.min(this.#failures + 1, 4);
    } finally {
      this.#polling = false;
      this.#schedule();
    }
  }
}

function urisOf({ input }: vscode.Tab): vscode.Uri[] {
  if (input instanceof vscode.TabInputTextDiff) return [input.original, input.modified];
  if (
    input instanceof vscode.TabInputText ||
    input instanceof vscode.TabInputCustom ||
    input instanceof vscode.TabInputNotebook
  ) {
    return [input.uri];
  }
  return [];
}
