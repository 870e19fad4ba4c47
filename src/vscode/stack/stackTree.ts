import * as vscode from 'vscode';
import { isRunning } from '../../stack/engine.ts';
import type { ActiveWorkbench } from '../connection/activeWorkbench.ts';
import { faultItem } from '../ui/faultItem.ts';
import { endpointsOf, type EndpointRow } from './endpoints.ts';
import { replicaItem, serviceItem, tooltipOf } from './serviceItems.ts';
import { serviceRows, type ReplicaRow, type ServiceRow } from './serviceRows.ts';
import { ServiceUsage } from './serviceUsage.ts';
import type { StackWatch } from './stackWatch.ts';

interface FaultRow {
  kind: 'fault';
  error: unknown;
}

export type StackRow = ServiceRow | ReplicaRow | EndpointRow | FaultRow;

/** The Stack view: a row for each service, with what it uses while the view is visible. */
export class StackTree implements vscode.TreeDataProvider<StackRow>, vscode.Disposable {
  readonly #workbench: ActiveWorkbench;
  readonly #stack: StackWatch;
  readonly #usage: ServiceUsage;
  readonly #view: vscode.TreeView<StackRow>;
  readonly #changed = new vscode.EventEmitter<StackRow | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #listening: { dispose(): unknown }[];
  #held: vscode.Disposable | undefined;
  /** The same row for the same service, so that the tree can be told of its change. */
  #rows: StackRow[] = [];
  /** What the rows last showed, so that only those are drawn anew that differ. */
  readonly #shown = new Map<string, string>();

  constructor(workbench: ActiveWorkbench, stack: StackWatch) {
    this.#workbench = workbench;
    this.#stack = stack;
    this.#usage = new ServiceUsage(
      (signal) => stack.stats(signal),
      () => this.#drawUsage(),
    );
    this.#view = vscode.window.createTreeView('medallion.stack', { treeDataProvider: this });
    this.#listening = [
      this.#view,
      this.#changed,
      this.#view.onDidChangeVisibility(() => this.#follow()),
      stack.onDidChange(() => this.#update()),
      workbench.onDidChange(() => this.#usage.stop()),
    ];
    this.#follow();
  }

  /** Beside the view's title. */
  set description(text: string) {
    this.#view.description = text;
  }

  getTreeItem(row: StackRow): vscode.TreeItem {
    const item = this.#item(row);
    if (item.id !== undefined) this.#shown.set(item.id, textOf(item));
    return item;
  }

  async getChildren(row?: StackRow): Promise<StackRow[]> {
    if (row?.kind === 'service') {
      return row.replicas.map((status) => ({ kind: 'replica', status }));
    }
    if (row) return [];
    // Until it is known, an empty view would say that there is no stack.
    if (this.#stack.status === undefined && this.#stack.error === undefined) await this.#stack.refresh();
    const { error, status } = this.#stack;
    if (this.#workbench.isRemote) this.#rows = await this.#endpoints();
    else if (error !== undefined) this.#rows = [{ kind: 'fault', error }];
    else this.#rows = serviceRows(status ?? []);
    return this.#rows;
  }

  /** Tooltips are made when they are asked for: "for 3 min" is right then. */
  resolveTreeItem(item: vscode.TreeItem, row: StackRow): vscode.TreeItem {
    if (row.kind === 'service') item.tooltip = tooltipOf(row.replicas, new Date());
    if (row.kind === 'replica') item.tooltip = tooltipOf([row.status], new Date());
    return item;
  }

  dispose(): void {
    this.#held?.dispose();
    this.#usage.stop();
    for (const one of this.#listening) one.dispose();
  }

  #item(row: StackRow): vscode.TreeItem {
    switch (row.kind) {
      case 'service':
        return serviceItem(row, this.#stack.steps.get(row.service), this.#usage.samples);
      case 'replica':
        return replicaItem(row, this.#usage.samples);
      case 'endpoint': {
        const item = new vscode.TreeItem(row.label);
        item.id = row.label;
        item.description = row.address;
        item.iconPath = new vscode.ThemeIcon(row.ui ? 'globe' : 'plug');
        item.contextValue = row.ui ? ';endpoint;ui;' : ';endpoint;';
        return item;
      }
      case 'fault':
        return faultItem(row.error, 'medallion.refreshStack');
    }
  }

  async #endpoints(): Promise<StackRow[]> {
    if (!this.#workbench.isUsable) return [];
    try {
      return endpointsOf(await this.#workbench.connection());
    } catch (error) {
      return [{ kind: 'fault', error }];
    }
  }

  #follow(): void {
    if (this.#view.visible) {
      this.#held ??= this.#stack.hold();
      this.#followUsage();
    } else {
      this.#held?.dispose();
      this.#held = undefined;
      this.#usage.stop();
    }
  }

  #followUsage(): void {
    const runs = !this.#workbench.isRemote && (this.#stack.status ?? []).some(isRunning);
    if (!runs) this.#usage.stop();
    else if (this.#view.visible) this.#usage.start();
  }

  /** Reading the tree anew would leave the editor for a moment without the row that a click on it means. */
  #update(): void {
    this.#followUsage();
    const { error, status = [] } = this.#stack;
    const now = this.#workbench.isRemote || error !== undefined ? [] : serviceRows(status);
    const shown = this.#rows.filter((row) => row.kind === 'service');
    const isSame = now.length > 0 && shown.length === this.#rows.length && namesOf(now) === namesOf(shown);
    if (!isSame) return this.#changed.fire(undefined);
    for (const [index, row] of shown.entries()) {
      row.replicas = now[index]!.replicas;
      this.#changed.fire(row);
    }
  }

  /** Only the rows that show something else now: an open tooltip or a menu of another one stays. */
  #drawUsage(): void {
    for (const row of this.#rows) {
      if (row.kind !== 'service') continue;
      const item = this.#item(row);
      if (this.#shown.get(row.service) !== textOf(item)) this.#changed.fire(row);
    }
  }
}

function namesOf(rows: readonly ServiceRow[]): string {
  return rows.map(({ service }) => service).join();
}

function textOf({ description }: vscode.TreeItem): string {
  return typeof description === 'string' ? description : '';
}
