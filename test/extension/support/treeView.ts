import type { Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** A row as a person sees it. */
export interface TreeRow {
  label: string;
  description: string;
  level: number;
  /** undefined: it has no children. */
  expanded: boolean | undefined;
  /** What a screen reader says. */
  aria: string;
  icon: string;
  /** Of the element that shows this row now. */
  id: string;
}

/** One view of the side bar. Rows are named by their label, or by the labels on the way to them: ['bronze', 'orders']. */
export class TreeView {
  readonly title: string;
  readonly pane: Locator;
  readonly #page: Page;

  constructor(page: Page, title: string) {
    this.#page = page;
    this.title = title;
    // A description beside the title is a part of the label.
    this.pane = page.locator(`.pane:has(> .pane-header[aria-label^="${title}"][aria-label$="Section"])`);
  }

  /** The rows on the screen, from the top. */
  async rows(): Promise<TreeRow[]> {
    return this.pane.locator('.monaco-list-row').evaluateAll((elements) =>
      elements
        .sort(
          (a, b) =>
            Number.parseFloat((a as HTMLElement).style.top) - Number.parseFloat((b as HTMLElement).style.top),
        )
        .map((row) => ({
          label: row.querySelector('.label-name')?.textContent ?? '',
          description: row.querySelector('.label-description')?.textContent ?? '',
          level: Number(row.getAttribute('aria-level')),
          expanded: row.hasAttribute('aria-expanded')
            ? row.getAttribute('aria-expanded') === 'true'
            : undefined,
          aria: row.getAttribute('aria-label') ?? '',
          icon: row.querySelector('.custom-view-tree-node-item-icon')?.className ?? '',
          id: row.id,
        })),
    );
  }

  /** Waits until a row is there (and is as wished). */
  async row(
    path: RowPath,
    wish: (row: TreeRow) => boolean = () => true,
    timeoutMs?: number,
  ): Promise<TreeRow> {
    let last: TreeRow[] = [];
    try {
      return await until(
        `"${this.title}" has the row ${pathText(path)} as wished`,
        async () => {
          last = await this.rows();
          const row = last[indexOf(last, path)];
          return row && wish(row) && row;
        },
        timeoutMs,
      );
    } catch (error) {
      const shown = last.map(
        ({ level, label, description }) => `${'  '.repeat(level)}${label}  ${description}`,
      );
      throw new Error(`${(error as Error).message}\n${shown.join('\n')}`, { cause: error });
    }
  }

  async #locator(path: RowPath): Promise<Locator> {
    const { id } = await this.row(path);
    return this.pane.locator(`[id="${id}"]`);
  }

  async click(path: RowPath): Promise<void> {
    await this.#trying(path, (row) => row.locator('.label-name').click());
  }

  async doubleClick(path: RowPath): Promise<void> {
    await this.#trying(path, (row) => row.locator('.label-name').dblclick());
  }

  /** Rows move while a tree refreshes: a click that hit nothing is made again. */
  async #trying(path: RowPath, action: (row: Locator) => Promise<void>): Promise<void> {
    let tries = 0;
    while (true) {
      const row = await this.#locator(path);
      try {
        await action(row);
        return;
      } catch (error) {
        tries += 1;
        if (tries === 3) throw error;
      }
    }
  }

  async expand(path: RowPath): Promise<void> {
    await this.#setExpanded(path, true);
  }

  async collapse(path: RowPath): Promise<void> {
    await this.#setExpanded(path, false);
  }

  async #setExpanded(path: RowPath, expanded: boolean): Promise<void> {
    const row = await this.row(path, ({ expanded: now }) => now !== undefined);
    if (row.expanded === expanded) return;
    await this.#trying(path, (locator) => locator.locator('.monaco-tl-twistie').click({ timeout: 5_000 }));
    await this.row(path, ({ expanded: now }) => now === expanded);
  }

  /** An action that shows on the row under the mouse. */
  async clickRowAction(path: RowPath, action: string): Promise<void> {
    await this.#trying(path, async (row) => {
      await row.hover({ timeout: 5_000 });
      await row.locator(`.action-label[aria-label="${action}"]`).click({ timeout: 5_000 });
    });
  }

  async rowActions(path: RowPath): Promise<string[]> {
    const row = await this.#locator(path);
    await row.hover();
    return row
      .locator('.actions .action-label')
      .evaluateAll((all) => all.map((el) => el.getAttribute('aria-label') ?? ''));
  }

  /** The text of the hover of a row. */
  async tooltip(path: RowPath): Promise<string> {
    const hover = this.#page.locator(
      '.workbench-hover .hover-contents, .workbench-hover-container .workbench-hover',
    );
    return until(`the hover of ${pathText(path)}`, async () => {
      // A row that is drawn anew closes its hover; only a mouse that comes from elsewhere opens another.
      await this.pane.locator('> .pane-header').hover();
      await (await this.#locator(path)).locator('.label-name').hover({ timeout: 5_000 });
      const text = await until(
        'it is shown',
        async () => (await hover.count()) > 0 && (await hover.first().innerText()).trim(),
        3_000,
      ).catch(() => '');
      return text !== '' && text;
    });
  }

  async openContextMenu(path: RowPath): Promise<void> {
    await this.#trying(path, (row) => row.locator('.label-name').click({ button: 'right', timeout: 5_000 }));
  }

  /** An action of the view's title bar, or of its "More Actions…". */
  async clickTitleAction(action: string): Promise<void> {
    const header = this.pane.locator('> .pane-header');
    await header.hover();
    await header.locator(`.actions .action-label[aria-label^="${action}"]`).click();
  }

  /** What the view says while it has no rows. */
  async welcome(): Promise<{ text: string; buttons: string[] }> {
    const content = this.pane.locator('.welcome-view-content');
    await content.waitFor();
    return {
      text: await content.innerText(),
      buttons: await content.locator('.monaco-button').allInnerTexts(),
    };
  }

  /** Waits until it says something, and has no rows. */
  async welcomeSays(text: RegExp): Promise<void> {
    await until(`"${this.title}" says ${text}`, async () => {
      const content = this.pane.locator('.welcome-view-content');
      return (await content.isVisible()) && text.test(await content.innerText());
    });
  }

  async clickWelcomeButton(label: string): Promise<void> {
    await this.pane.locator('.welcome-view-content .monaco-button', { hasText: label }).click();
  }

  /** The message above the rows. */
  async message(): Promise<string> {
    const message = this.pane.locator('.tree-explorer-viewlet-tree-view > .message');
    return (await message.isVisible()) ? (await message.innerText()).trim() : '';
  }

  /** Whether the progress bar of this view moves. */
  async isBusy(): Promise<boolean> {
    return this.pane.locator('.monaco-progress-container.active').isVisible();
  }
}

export type RowPath = string | RegExp | readonly (string | RegExp)[];

function pathText(path: RowPath): string {
  return [path].flat().map(String).join(' > ');
}

function matches(label: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? label === wanted : wanted.test(label);
}

function indexOf(rows: TreeRow[], path: RowPath): number {
  const steps = typeof path === 'string' || path instanceof RegExp ? [path] : path;
  let index = -1;
  let level = 0;
  for (const step of steps) {
    const from = index + 1;
    let found = -1;
    for (let i = from; i < rows.length; i += 1) {
      const row = rows[i]!;
      // Out of the parent's children.
      if (level > 0 && row.level <= level) break;
      if (matches(row.label, step) && (level === 0 || row.level === level + 1)) {
        found = i;
        break;
      }
    }
    if (found < 0) return -1;
    index = found;
    level = rows[found]!.level;
  }
  return index;
}
