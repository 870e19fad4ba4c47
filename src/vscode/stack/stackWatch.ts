import * as vscode from 'vscode';
import type { ServiceStatus } from '../../stack/engine.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import type { Errors } from '../ui/errors.ts';

/**
 * `unknown`: not asked yet, or nothing to ask. `stopped`: nothing runs. `starting`, `stopping`: under way, by this window
 * or another. `partly`: some of it runs. `up`: all that was started is well. `unhealthy`: something of it is not.
 */
export type StackPhase = 'unknown' | 'stopped' | 'starting' | 'stopping' | 'partly' | 'up' | 'unhealthy';

/**
 * What is known of the stack, for all views of the window: one watch of the engine's events, which runs only while
 * somebody holds it.
 */
export class StackWatch implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  /** As the engine last told it; undefined before it was asked. */
  status: readonly ServiceStatus[] | undefined;
  phase: StackPhase = 'unknown';
  /** Why the engine could not be asked. */
  error: unknown;

  constructor(workbench: ActiveWorkbench, errors: Errors) {
    workbench;
    errors;
  }

  /** Keeps the watch running until it is disposed: for a view that is visible, or a task under way. */
  hold(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  /** Asks once, now. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
