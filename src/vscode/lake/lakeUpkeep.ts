import * as vscode from 'vscode';
import { onSettingChange } from '../connection/settings.ts';
import type { Parts } from '../parts.ts';
import type { LakeRow } from './lakeRows.ts';
import type { LakeTree } from './lakeTree.ts';

/** After this time, what is shown again is read again: others change the lake, too. */
const oldMs = 60_000;
const tickMs = 60_000;
/** While something could not be read and the view is looked at. */
const healMs = 15_000;

/** Keeps what the view shows true: reads anew when something has happened, and nothing while it is hidden. */
export class LakeUpkeep implements vscode.Disposable {
  readonly #view: vscode.TreeView<LakeRow>;
  readonly #tree: LakeTree;
  readonly #stack: Parts['stack'];
  readonly #listening: vscode.Disposable;
  #whileVisible: vscode.Disposable | undefined;
  #isSpoilt = false;
  #state = '';

  constructor({ workbench, stack }: Parts, view: vscode.TreeView<LakeRow>, tree: LakeTree) {
    this.#view = view;
    this.#tree = tree;
    this.#stack = stack;
    const describe = (): void => {
      view.description = workbench.isRemote ? workbench.name : '';
    };
    describe();
    this.#listening = vscode.Disposable.from(
      view.onDidChangeVisibility(() => this.#shown()),
      view.onDidCollapseElement(({ element }) => tree.collapsed(element)),
      view.onDidExpandElement(({ element }) => tree.expanded(element)),
      workbench.onDidChange(() => {
        describe();
        // Another stack may be as well as the one before was: its first word counts nevertheless.
        this.#state = '';
        tree.reset();
      }),
      stack.onDidChange(() => this.#stackChanged()),
      onSettingChange(() => tree.reset(), 'lake.pageSize'),
      onSettingChange(() => tree.tick(), 'lake.freshForMinutes'),
    );
    this.#shown();
  }

  /** What is shown may be of yesterday: it is read anew, or when the view is looked at next. */
  spoil(): void {
    if (this.#view.visible) this.#tree.refresh();
    else this.#isSpoilt = true;
  }

  dispose(): void {
    this.#listening.dispose();
    this.#whileVisible?.dispose();
  }

  #shown(): void {
    this.#whileVisible?.dispose();
    this.#whileVisible = undefined;
    if (!this.#view.visible) return;
    const ticking = setInterval(() => this.#tree.tick(), tickMs);
    const healing = setInterval(() => this.#tree.heal(), healMs);
    this.#whileVisible = vscode.Disposable.from(
      this.#stack.hold(),
      new vscode.Disposable(() => {
        clearInterval(ticking);
        clearInterval(healing);
      }),
    );
    if (!this.#isSpoilt && Date.now() - this.#tree.readAt < oldMs) return;
    this.#isSpoilt = false;
    this.#tree.refresh();
  }

  #stackChanged(): void {
    const { phase, error } = this.#stack;
    const state = `${phase} ${this.#tree.isReadable} ${error === undefined}`;
    if (state === this.#state) return;
    this.#state = state;
    this.spoil();
  }
}
