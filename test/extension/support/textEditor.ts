import type { Locator, Page } from 'playwright-core';
import type { QuickInput } from './quickInput.ts';
import { until } from './until.ts';

/** The active text editor. */
export class TextEditor {
  readonly #page: Page;
  readonly #quick: QuickInput;

  constructor(page: Page, quick: QuickInput) {
    this.#page = page;
    this.#quick = quick;
  }

  get locator(): Locator {
    return this.#page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
  }

  async focus(): Promise<void> {
    await until('the text editor has the focus', async () => {
      // Once more: what opened the editor may take the focus back after it.
      await this.#page.keyboard.press('Control+1');
      return (await this.locator.getAttribute('class'))?.split(' ').includes('focused');
    });
  }

  /** The lines on the screen. */
  async visibleText(): Promise<string> {
    const lines = await this.locator.locator('.view-lines .view-line').evaluateAll((all) =>
      all
        .map((line) => ({
          top: Number.parseFloat((line as HTMLElement).style.top),
          text: line.textContent,
        }))
        .sort((a, b) => a.top - b.top)
        .map(({ text }) => text.replaceAll('\u00a0', ' ')),
    );
    return lines.join('\n');
  }

  /** The whole text, through the clipboard; the cursor is at the end then. */
  async wholeText(): Promise<string> {
    await this.focus();
    await this.#page.keyboard.press('Control+A');
    await this.#page.keyboard.press('Control+C');
    await this.#page.keyboard.press('ArrowRight');
    return this.#page.evaluate(() => navigator.clipboard.readText());
  }

  async moveTo(line: number, column = 1): Promise<void> {
    await this.focus();
    await this.#page.keyboard.press('Control+G');
    await this.#quick.fill(`:${line}:${column}`);
    await this.#quick.accept();
    await this.#quick.waitClosed();
  }

  /** Where the cursor is, from the status bar. */
  async position(): Promise<{ line: number; column: number }> {
    const item = this.#page.locator('.statusbar-item#status\\.editor\\.selection');
    const match = /Ln (\d+), Col (\d+)/.exec(await item.innerText());
    if (!match) throw new Error(`The status bar shows no position: ${await item.innerText()}`);
    return { line: Number(match[1]), column: Number(match[2]) };
  }

  /** Types key by key, at the cursor. */
  async type(text: string): Promise<void> {
    await this.focus();
    await this.#page.keyboard.type(text);
  }

  /** Puts a text in at the cursor at once, as pasting does. */
  async insert(text: string): Promise<void> {
    await this.focus();
    await this.#page.keyboard.insertText(text);
  }

  /** Replaces everything. */
  async setText(text: string): Promise<void> {
    await this.focus();
    await this.#page.keyboard.press('Control+A');
    await this.#page.keyboard.insertText(text);
  }

  async replaceLine(line: number, text: string): Promise<void> {
    await this.moveTo(line);
    await this.#page.keyboard.press('Home');
    await this.#page.keyboard.press('Home');
    await this.#page.keyboard.press('Shift+End');
    await this.#page.keyboard.insertText(text);
  }

  async save(): Promise<void> {
    await this.focus();
    await this.#page.keyboard.press('Control+S');
    await until(
      'the file is saved',
      async () => (await this.#page.locator('.tab.active.dirty').count()) === 0,
    );
  }

  /** The titles of the code lenses on the screen. */
  async codeLenses(): Promise<string[]> {
    return this.locator.locator('.codelens-decoration > a').allInnerTexts();
  }

  async clickCodeLens(text: string | RegExp, nth = 0): Promise<void> {
    await this.locator.locator('.codelens-decoration > a').filter({ hasText: text }).nth(nth).click();
  }

  /** How many error squiggles are on the screen. */
  async squiggles(): Promise<number> {
    return this.locator.locator('.squiggly-error').count();
  }

  /** The hover over a piece of text that is on the screen. */
  async hover(text: string): Promise<string> {
    await this.locator.locator('.view-line span', { hasText: text }).last().hover();
    const hover = this.#page.locator('.monaco-hover:visible .monaco-hover-content');
    await hover.first().waitFor();
    return (await hover.first().innerText()).trim();
  }

  /** What completion offers at the cursor. */
  async completions(): Promise<string[]> {
    await this.focus();
    await this.#page.keyboard.press('Control+Space');
    const rows = this.#page.locator('.suggest-widget.visible .monaco-list-row');
    await rows.first().waitFor();
    const labels = await rows.evaluateAll((all) =>
      all.map((row) => row.querySelector('.label-name')?.textContent ?? ''),
    );
    await this.#page.keyboard.press('Escape');
    return labels;
  }
}
