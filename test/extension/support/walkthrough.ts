import type { Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** The page of our walkthrough, in a tab. Steps are named by their titles. */
export class Walkthrough {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get #steps(): Locator {
    return this.#page.locator('.gettingStartedContainer .getting-started-step');
  }

  #step(title: string): Locator {
    const heading = this.#page.locator('.step-title').filter({ hasText: title });
    return this.#steps.filter({ has: heading });
  }

  async waitOpen(): Promise<void> {
    await this.#steps.first().waitFor({ timeout: 60_000 });
  }

  /** Opens a step and presses the button in it. */
  async press(title: string, button: string): Promise<void> {
    const step = this.#step(title);
    await step.waitFor();
    if ((await step.getAttribute('aria-expanded')) !== 'true') await step.locator('.step-title').click();
    await step.locator('.button-container .monaco-button', { hasText: button }).click();
  }

  async isDone(title: string): Promise<boolean> {
    return (await this.#step(title).getAttribute('aria-checked')) === 'true';
  }

  async waitDone(title: string, timeoutMs?: number): Promise<void> {
    await until(`the step "${title}" is done`, () => this.isDone(title), timeoutMs);
  }

  /** The titles of the steps that are not done yet. */
  async open(): Promise<string[]> {
    return this.#steps.evaluateAll((steps) =>
      steps
        .filter((step) => step.getAttribute('aria-checked') !== 'true')
        .map((step) => step.querySelector('.step-title')?.textContent ?? ''),
    );
  }
}
