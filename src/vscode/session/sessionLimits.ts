import * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { readSetting } from '../connection/settings.ts';
import type { Parts } from '../parts.ts';
import { remedy } from '../ui/remedy.ts';
import type { ActiveSession } from './activeSession.ts';
import { IdleClock, idleWarningMs } from './idleClock.ts';
import { Crossing, memoryPercent } from './memoryUse.ts';

/** How often is looked whether somebody uses the session. */
const tickMs = 10_000;

/** Watches what the session takes: warns of its memory, and ends it, with a warning, once nobody uses it. */
export class SessionLimits implements vscode.Disposable {
  readonly #session: ActiveSession;
  readonly #parts: Pick<Parts, 'workbench' | 'errors'>;
  readonly #clock = new IdleClock(tickMs);
  readonly #memory = new Crossing();
  readonly #listening: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  #incarnation: string | undefined;

  constructor(session: ActiveSession, parts: Pick<Parts, 'workbench' | 'errors'>) {
    this.#session = session;
    this.#parts = parts;
    this.#listening = [
      session.onDidChangeState(() => this.#follow()),
      session.onRunEvent(() => this.#clock.touch()),
      session.onDidChangeFacts(() => this.#attempt(() => this.#checkMemory())),
    ];
    this.#follow();
  }

  dispose(): void {
    clearInterval(this.#timer);
    for (const one of this.#listening) one.dispose();
  }

  #follow(): void {
    if (!this.#session.current()) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else if (!this.#timer) {
      this.#clock.touch();
      this.#timer = setInterval(() => this.#attempt(() => this.#checkIdle()), tickMs);
    }
  }

  /** What is thrown here nobody has asked for: a setting that is wrong, a kernel that is gone. */
  #attempt(check: () => void | Promise<void>): void {
    void (async () => check())().catch((error: unknown) => this.#parts.errors.note(error, 'session limits'));
  }

  #checkMemory(): void {
    const { facts } = this.#session;
    if (facts?.incarnation !== this.#incarnation) this.#memory.reset();
    this.#incarnation = facts?.incarnation;
    const percent = facts?.memory && memoryPercent(facts.memory);
    if (!facts?.memory || percent === undefined) return;
    const limit = readSetting('session.memoryWarningPercent', this.#parts.workbench.folder);
    if (!this.#memory.rises(percent, limit)) return;
    void vscode.window
      .showWarningMessage(
        vscode.l10n.t(
          'The session uses {0}, {1} % of the memory that it can have. Drop variables or restart it before it is ended for that.',
          formatBytes(facts.memory.rssBytes),
          Math.round(percent),
        ),
        remedy(vscode.l10n.t('Show Variables'), 'medallion.session.focus'),
        remedy(vscode.l10n.t('Restart…'), 'medallion.session.restart'),
      )
      .then((chosen) => chosen?.run());
  }

  async #checkIdle(): Promise<void> {
    const limitMs = 60_000 * readSetting('session.idleTimeoutMinutes', this.#parts.workbench.folder);
    const due = this.#clock.tick(Date.now(), limitMs, this.#session.state.phase !== 'idle');
    if (due === 'stop') {
      await this.#session.stop();
      void vscode.window
        .showInformationMessage(
          vscode.l10n.t('The session was stopped, for nothing ran in it for {0} min.', limitMs / 60_000),
          remedy(vscode.l10n.t('Start Session'), 'medallion.session.start'),
        )
        .then((chosen) => chosen?.run());
    }
    if (due === 'warn') {
      void vscode.window
        .showWarningMessage(
          vscode.l10n.t(
            'Nothing has run in the session for long: it is stopped in {0} min, and its variables are gone then.',
            Math.min(idleWarningMs, limitMs) / 60_000,
          ),
          { title: vscode.l10n.t('Keep'), run: () => this.#clock.touch() },
        )
        .then((chosen) => chosen?.run());
    }
  }
}
