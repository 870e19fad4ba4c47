import type { Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** Problems, terminals and output below the editors. */
export class Panel {
  readonly #page: Page;
  readonly #runCommand: (title: string) => Promise<void>;

  constructor(page: Page, runCommand: (title: string) => Promise<void>) {
    this.#page = page;
    this.#runCommand = runCommand;
  }

  /** The rows of Problems, as a screen reader says them. */
  async problems(): Promise<string[]> {
    const panel = this.#page.locator('.markers-panel');
    if (!(await panel.isVisible())) await this.#runCommand('Problems: Focus on Problems View');
    await panel.waitFor();
    return panel
      .locator('.monaco-list-row')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('aria-label') ?? ''));
  }

  async waitForProblem(text: string | RegExp, timeoutMs?: number): Promise<string> {
    return until(
      `Problems shows ${String(text)}`,
      async () =>
        (await this.problems()).find((row) =>
          typeof text === 'string' ? row.includes(text) : text.test(row),
        ),
      timeoutMs,
    );
  }

  async clickProblem(text: string): Promise<void> {
    await this.problems();
    await this.#page.locator('.markers-panel .monaco-list-row', { hasText: text }).first().click();
  }

  get #terminal(): Locator {
    return this.#page.locator('.terminal-wrapper.active .xterm-rows');
  }

  /** The lines of the shown terminal on the screen. */
  async terminalText(): Promise<string> {
    const terminal = this.#terminal;
    if (!(await terminal.isVisible())) return '';
    const lines = await terminal.locator('> div').allTextContents();
    return lines
      .map((line) => line.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  async waitForTerminal(text: string | RegExp, timeoutMs?: number): Promise<string> {
    let shown = '';
    try {
      return await until(
        `the terminal shows ${String(text)}`,
        async () => {
          shown = await this.terminalText();
          return (typeof text === 'string' ? shown.includes(text) : text.test(shown)) && shown;
        },
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; it shows:\n${shown}`, { cause: error });
    }
  }

  async focusTerminal(): Promise<void> {
    await this.#runCommand('Terminal: Focus Terminal');
  }

  /**
   * Shows the terminal of this name. After a reload the editor may have opened a shell of its own before the extension's
   * terminals are there again.
   */
  async showTerminal(name: string): Promise<void> {
    const tabs = this.#page.locator('.terminal-tabs-entry, .single-terminal-tab', { hasText: name });
    const tab = tabs.first();
    await until(`the terminal ${name} is shown`, async () => {
      if (await tab.isVisible()) {
        await tab.click();
        return true;
      }
      await this.focusTerminal();
      return undefined;
    });
  }

  /** The names of the terminals, where there is more than one; else the name of the one. */
  async terminalNames(): Promise<string[]> {
    const tabs = this.#page.locator('.terminal-tabs-entry .label-name, .single-terminal-tab');
    return (await tabs.allInnerTexts()).map((name) => name.trim());
  }

  /** Follows the link under a text on the terminal's screen, with Ctrl and a click. */
  async clickTerminalLink(text: string): Promise<void> {
    const box = await until(`the terminal shows ${text}`, () =>
      this.#terminal.evaluate((rows, wanted) => {
        const row = [...rows.children]
          .reverse()
          .find((child) => child.textContent.replaceAll('\u00a0', ' ').includes(wanted));
        if (!row) return undefined;
        const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
        let at = row.textContent.replaceAll('\u00a0', ' ').indexOf(wanted) + Math.floor(wanted.length / 2);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const length = node.textContent?.length ?? 0;
          if (at < length) {
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const { x, y, width, height } = range.getBoundingClientRect();
            return { x: x + width / 2, y: y + height / 2 };
          }
          at -= length;
        }
        return undefined;
      }, text),
    );
    await this.#page.mouse.move(box.x - 3, box.y);
    await this.#page.mouse.move(box.x, box.y);
    await this.#page.keyboard.down('Control');
    await this.#page.mouse.click(box.x, box.y, { delay: 50 });
    await this.#page.keyboard.up('Control');
  }
}
