import type { Locator, Page } from 'playwright-core';
import { settled, until } from './until.ts';

/** The palette, lists to pick from and boxes to type into: they are one widget. */
export class QuickInput {
  readonly #page: Page;
  readonly widget: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.widget = page.locator('.quick-input-widget');
  }

  async isOpen(): Promise<boolean> {
    return this.widget.isVisible();
  }

  async waitOpen(timeoutMs?: number): Promise<void> {
    await until('a quick input is open', () => this.isOpen(), timeoutMs);
  }

  async waitClosed(): Promise<void> {
    await until('the quick input is closed', async () => !(await this.isOpen()));
  }

  /** Its title, placeholder, validation message and progress: what it asks for. */
  async question(): Promise<{ title: string; placeholder: string; message: string }> {
    await this.waitOpen();
    return {
      title: ((await this.widget.locator('.quick-input-title').textContent()) ?? '').trim(),
      placeholder: (await this.#box.getAttribute('placeholder')) ?? '',
      message: ((await this.widget.locator('.quick-input-message').textContent()) ?? '').trim(),
    };
  }

  get #box(): Locator {
    return this.widget.locator('.quick-input-filter input');
  }

  /** Replaces what is in the box. */
  async fill(text: string): Promise<void> {
    await this.waitOpen();
    await this.#box.fill(text);
  }

  async value(): Promise<string> {
    await this.waitOpen();
    return this.#box.inputValue();
  }

  /** The labels of the rows on the screen. */
  async items(): Promise<string[]> {
    await this.waitOpen();
    return this.widget
      .locator('.quick-input-list .monaco-list-row .quick-input-list-rows')
      .evaluateAll((rows) =>
        rows.map((row) => row.querySelector('.quick-input-list-row .label-name')?.textContent ?? ''),
      );
  }

  /** The labels of all rows, page by page. */
  async allItems(): Promise<string[]> {
    const all = new Set(await this.items());
    for (let before = -1; before !== all.size;) {
      before = all.size;
      await this.#page.keyboard.press('PageDown');
      await this.#page.keyboard.press('PageDown');
      for (const item of await this.items()) all.add(item);
    }
    return [...all];
  }

  #row(label: string | RegExp): Locator {
    const name = this.#page.locator('.quick-input-list-row:first-child .label-name');
    const exact = typeof label === 'string' ? new RegExp(`^\\s*${escapeRegExp(label)}\\s*$`) : label;
    return this.widget
      .locator('.quick-input-list .monaco-list-row', { has: name.filter({ hasText: exact }) })
      .first();
  }

  /** Goes to the row with the arrow keys and takes it with Enter. */
  async pick(label: string | RegExp, timeoutMs?: number): Promise<void> {
    await this.waitOpen();
    const row = this.#row(label);
    await until(`the quick input offers ${String(label)}`, () => row.isVisible(), timeoutMs);
    await until(
      `${String(label)} is the focused row`,
      async () => {
        if ((await row.getAttribute('class'))?.split(' ').includes('focused')) return true;
        await this.#page.keyboard.press('ArrowDown');
        return undefined;
      },
      timeoutMs,
    );
    await this.#page.keyboard.press('Enter');
  }

  /** Ticks rows of a list with check boxes, and no others; then `accept`. */
  async tick(...labels: string[]): Promise<void> {
    await this.waitOpen();
    for (const label of labels) {
      const box = this.#row(label).locator('.quick-input-list-checkbox');
      if ((await box.getAttribute('aria-checked')) !== 'true') await box.click();
    }
  }

  async accept(timeoutMs?: number): Promise<void> {
    await this.waitOpen(timeoutMs);
    await this.#box.press('Enter', timeoutMs === undefined ? {} : { timeout: timeoutMs });
  }

  /** Until rows and text have stayed as they are for a second. */
  async settled(): Promise<void> {
    const read = async (): Promise<string> => JSON.stringify([await this.value(), await this.items()]);
    await settled('the quick input', read, 1_000);
  }

  async cancel(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.waitClosed();
  }
}

export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
