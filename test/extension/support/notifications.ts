import type { Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** The messages at the bottom right, and in the notification centre. */
export class Notifications {
  readonly #page: Page;

  readonly #runCommand: (title: string) => Promise<void>;

  constructor(page: Page, runCommand: (title: string) => Promise<void>) {
    this.#page = page;
    this.#runCommand = runCommand;
  }

  /** From now on each text that a notification shows is kept, also of those that nobody waits for. */
  async record(): Promise<void> {
    await this.#page.addInitScript(() => {
      if (window.top !== window) return;
      const shown: string[] = [];
      Object.assign(window, { shownNotifications: shown });
      // Not a function with a name: the compiler would wrap it in one of its own, which a page does not have.
      new MutationObserver(() => {
        for (const element of document.querySelectorAll('.notification-list-item-message')) {
          const text = (element as HTMLElement).innerText.trim();
          if (text && !shown.includes(text)) shown.push(text);
        }
      }).observe(document, { childList: true, subtree: true, characterData: true });
    });
  }

  /** Every text that was shown since the window was loaded. */
  async shown(): Promise<string[]> {
    return this.#page.evaluate(
      () => (window as unknown as { shownNotifications: string[] }).shownNotifications,
    );
  }

  #item(text: string | RegExp): Locator {
    const message = this.#page.locator('.notification-list-item-message').filter({ hasText: text });
    return this.#page.locator('.notification-list-item:visible', { has: message }).last();
  }

  /** Waits for a notification that contains the text. */
  async waitFor(text: string | RegExp, timeoutMs?: number): Promise<Notification> {
    const item = this.#item(text);
    try {
      await until(`a notification says ${String(text)}`, () => item.isVisible(), timeoutMs);
    } catch (error) {
      const shown = (await this.shown()).join('\n  ');
      throw new Error(`${(error as Error).message}; shown were:\n  ${shown}`, { cause: error });
    }
    return new Notification(item);
  }

  /** Waits until no notification contains the text. */
  async waitGone(text: string | RegExp, timeoutMs?: number): Promise<void> {
    await until(
      `no notification says ${String(text)}`,
      async () => !(await this.#item(text).isVisible()),
      timeoutMs,
    );
  }

  /** Also those that only the notification centre would show. */
  async closeAll(): Promise<void> {
    await this.#runCommand('Notifications: Clear All Notifications');
  }
}

export class Notification {
  readonly item: Locator;

  constructor(item: Locator) {
    this.item = item;
  }

  async message(): Promise<string> {
    return (await this.item.locator('.notification-list-item-message').innerText()).trim();
  }

  async severity(): Promise<'error' | 'warning' | 'info'> {
    const icon = (await this.item.locator('.notification-list-item-icon').getAttribute('class')) ?? '';
    return icon.includes('error') ? 'error' : icon.includes('warning') ? 'warning' : 'info';
  }

  async buttons(): Promise<string[]> {
    return this.item.locator('.notification-list-item-buttons-container .monaco-button').allInnerTexts();
  }

  async click(button: string): Promise<void> {
    await this.item
      .locator('.notification-list-item-buttons-container')
      .getByRole('button', { name: button, exact: true })
      .click();
  }

  async close(): Promise<void> {
    await this.item.hover();
    await this.item.locator('.codicon-notifications-clear').click();
  }
}
