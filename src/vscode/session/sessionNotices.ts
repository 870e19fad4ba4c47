import * as vscode from 'vscode';
import { remedy } from '../ui/remedy.ts';
import type { ActiveSession } from './activeSession.ts';

/** One notification for each end of the kernel or of Spark inside, with what mends it. */
export class SessionNotices implements vscode.Disposable {
  readonly #session: ActiveSession;
  readonly #listening: vscode.Disposable[];
  /** What was told of this process of the kernel. */
  #told: string | undefined;
  /** The run that the kernel was at last. */
  #lastRun: string | undefined;

  constructor(session: ActiveSession) {
    this.#session = session;
    this.#listening = [
      session.onDidDie((reason) => this.#tellDeath(reason)),
      session.onDidChangeState((state) => {
        if (state.phase === 'busy') this.#lastRun = state.runId;
        // What this does not mend is told once more.
        if (state.phase === 'starting') this.#told = undefined;
        this.#lookAtSpark();
      }),
      session.onDidChangeFacts(() => this.#lookAtSpark()),
    ];
  }

  dispose(): void {
    for (const one of this.#listening) one.dispose();
  }

  #tellDeath(reason: string): void {
    const run = this.#lastRun;
    const hasPlace = run !== undefined && this.#session.placeOf(run) !== undefined;
    // Nothing is left to be asked about.
    const remedies = [remedy(vscode.l10n.t('Restart'), 'medallion.session.start')];
    if (hasPlace)
      remedies.push(
        remedy(vscode.l10n.t('Restart and Run Above'), 'medallion.session.restartAndRunAbove', run),
      );
    void vscode.window
      .showErrorMessage(
        vscode.l10n.t('The session has ended, and its variables are gone. {0}', reason),
        ...remedies,
      )
      .then((chosen) => chosen?.run());
  }

  /** The kernel lives on without Spark, and so do its variables, unless it is restarted. */
  #lookAtSpark(): void {
    const { facts } = this.#session;
    if (facts?.sparkError === undefined || !this.#session.current()) return;
    const told = `${facts.incarnation} ${facts.sparkError}`;
    if (told === this.#told) return;
    this.#told = told;
    void vscode.window
      .showErrorMessage(
        vscode.l10n.t('The session has no Spark: {0}', facts.sparkError),
        remedy(vscode.l10n.t('Start Spark Again'), 'medallion.session.start'),
        remedy(vscode.l10n.t('Restart…'), 'medallion.session.restart'),
      )
      .then((chosen) => chosen?.run());
  }
}
