import * as vscode from 'vscode';
import { hasNewerVersion } from '../../lake/newerVersion.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';

const pauseMs = 5_000;
const longestPauseMs = 60_000;

/**
 * Tells once when one of some Delta tables has a newer version than the one that is shown. Looks only while something is
 * watched and the window has the focus; where HDFS is away, more and more seldom.
 */
export class TableWatch implements vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #changed: () => void;
  readonly #listening: vscode.Disposable;
  #shown: ReadonlyMap<string, number> = new Map();
  #looking: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;

  constructor(workbench: ActiveWorkbench, changed: () => void) {
    this.#workbench = workbench;
    this.#changed = changed;
    this.#listening = vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused && this.#shown.size > 0) void this.#look();
    });
  }

  /** From now on these: the versions that are shown, by the paths of their tables. None ends the looking. */
  watch(shown: ReadonlyMap<string, number>): void {
    this.#stop();
    this.#shown = shown;
    this.#failures = 0;
    if (shown.size > 0) this.#schedule();
  }

  dispose(): void {
    this.#stop();
    this.#listening.dispose();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#looking?.abort();
    this.#looking = undefined;
  }

  #schedule(): void {
    const waitMs = Math.min(longestPauseMs, pauseMs * 2 ** this.#failures);
    this.#timer = setTimeout(() => void this.#look(), waitMs);
  }

  async #look(): Promise<void> {
    this.#stop();
    const looking = new AbortController();
    this.#looking = looking;
    const { signal } = looking;
    try {
      if (vscode.window.state.focused && (await this.#isOutdated(signal))) {
        if (signal.aborted) return;
        // Whoever is told reads, and then says what is shown.
        this.#shown = new Map();
        this.#changed();
        return;
      }
      this.#failures = 0;
    } catch {
      // Whoever reads is told why; this only looks.
      this.#failures = Math.min(this.#failures + 1, 4);
    }
    if (!signal.aborted) this.#schedule();
  }

  async #isOutdated(signal: AbortSignal): Promise<boolean> {
    const lake = (await this.#workbench.lake()).retryingFor(0);
    for (const [table, version] of this.#shown) {
      if (await hasNewerVersion(lake, table, version, { signal })) return true;
    }
    return false;
  }
}
