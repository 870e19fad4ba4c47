import { randomInt } from 'node:crypto';
import * as vscode from 'vscode';
import { formatCount, formatDuration } from '../../base/format.ts';
import { WorkbenchError, isWorkbenchError } from '../../base/errors.ts';
import { requirePostgres, type PostgresAddress } from '../../stack/connection.ts';
import { readSetting } from '../connection/settings.ts';
import type { Parts } from '../parts.ts';
import { withProgress } from '../ui/progress.ts';
import { remedy } from '../ui/remedy.ts';
import { wholeNumberIn } from './wholeNumberIn.ts';

const simulatedKey = 'simulated';
const most = 10_000_000;
const tellEveryMs = 1_000;

/** The shop: takes and delivers orders in PostgreSQL while it runs in this window, or writes a batch of them. */
export class Simulator implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #changed = new vscode.EventEmitter<void>();
  /** It has begun, ended, or written more. */
  readonly onDidChange = this.#changed.event;
  readonly #listening: { dispose(): unknown }[];
  #running: AbortController | undefined;
  /** The database that it writes to. */
  #postgres: PostgresAddress | undefined;
  /** What the running one has written so far. */
  events = 0;
  /** Events a second. */
  rate = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { context, stack, workbench } = parts;
    this.#listening = [
      this.#changed,
      workbench.onDidChange(() => void this.#check()),
      stack.onDidChange(() => {
        if (stack.phase === 'stopped' || stack.phase === 'stopping') this.stop();
      }),
    ];
    setContext('simulating', false);
    setContext('simulated', context.workspaceState.get(simulatedKey) === true);
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  async start(): Promise<void> {
    if (this.#running) return;
    const { workbench, log, errors } = this.#parts;
    const postgres = requirePostgres(await workbench.connection());
    const { simulateLive } = await import('../../../stack/retail/simulate.ts');
    const controller = new AbortController();
    this.#running = controller;
    this.#postgres = postgres;
    this.events = 0;
    this.rate = readSetting('simulator.eventsPerSecond', workbench.folder);
    setContext('simulating', true);
    this.#changed.fire();
    let toldAtMs = 0;
    simulateLive(postgres, {
      rate: this.rate,
      seed: randomInt(2 ** 31),
      signal: controller.signal,
      log,
      onProgress: ({ done }) => {
        if (done === undefined || this.#running !== controller) return;
        if (this.events === 0) this.#noteSimulated();
        this.events = done;
        if (Date.now() - toldAtMs < tellEveryMs) return;
        toldAtMs = Date.now();
        this.#changed.fire();
      },
    })
      .catch((error: unknown) => {
        if (!isWorkbenchError(error, 'cancelled')) errors.show(error, 'medallion.startSimulator');
      })
      .finally(() => {
        if (this.#running === controller) this.stop();
      });
  }

  stop(): void {
    if (!this.#running) return;
    this.#running.abort();
    this.#running = undefined;
    setContext('simulating', false);
    this.#changed.fire();
  }

  /** Asks how many orders, and writes them. */
  async simulateOrders(argument: unknown): Promise<void> {
    const { workbench } = this.#parts;
    const orders = typeof argument === 'number' ? argument : await askOrders();
    if (orders === undefined) return;
    if (!Number.isInteger(orders) || orders < 1 || orders > most) {
      throw new WorkbenchError(
        'invalid',
        vscode.l10n.t('The number of orders must be a whole number from 1 to {0}.', formatCount(most)),
      );
    }
    const postgres = requirePostgres(await workbench.connection());
    const { simulateBatch } = await import('../../../stack/retail/simulate.ts');
    const written = await withProgress(vscode.l10n.t('Simulating orders'), (onProgress, signal) =>
      simulateBatch(postgres, { orders, days: 7, seed: randomInt(2 ** 31), signal, onProgress }),
    );
    this.#noteSimulated();
    const { events, durationMs } = written;
    const text = vscode.l10n.t(
      '{0} orders with {1} events were written in {2}.',
      formatCount(written.orders),
      formatCount(events),
      formatDuration(durationMs),
    );
    void vscode.window
      .showInformationMessage(text, remedy(vscode.l10n.t('Run Pipeline'), 'medallion.runPipeline'))
      .then((chosen) => chosen?.run());
  }

  dispose(): void {
    this.stop();
    for (const one of this.#listening) one.dispose();
  }

  /** With another connection, or a stack that was started anew, its orders have another place. */
  async #check(): Promise<void> {
    const controller = this.#running;
    if (!controller) return;
    const connection = await this.#parts.workbench.connection().catch(() => undefined);
    const isSame = JSON.stringify(connection?.postgres) === JSON.stringify(this.#postgres);
    if (!isSame && this.#running === controller) this.stop();
  }

  #noteSimulated(): void {
    setContext('simulated', true);
    void this.#parts.context.workspaceState.update(simulatedKey, true);
  }
}

async function askOrders(): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Simulate Orders'),
    prompt: vscode.l10n.t('How many orders are written to PostgreSQL, spread over seven days?'),
    value: '1000',
    validateInput: (value) =>
      wholeNumberIn(value, 1, most) === undefined
        ? vscode.l10n.t('Enter a whole number from 1 to {0}.', formatCount(most))
        : undefined,
  });
  return text === undefined ? undefined : wholeNumberIn(text, 1, most);
}

function setContext(key: string, value: boolean): void {
  void vscode.commands.executeCommand('setContext', `medallion.${key}`, value);
}
