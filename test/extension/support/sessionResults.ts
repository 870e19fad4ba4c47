import type { Frame, Locator } from 'playwright-core';
import { until } from './until.ts';

/** The page of the session's results, beside the code. */
export class SessionResults {
  readonly #frame: () => Promise<Frame>;

  constructor(frame: () => Promise<Frame>) {
    this.#frame = frame;
  }

  frame(): Promise<Frame> {
    return this.#frame();
  }

  /** The newest run of a cell or file, once it is in one of these states. */
  async run(title: string, states = ['ok', 'error'], timeoutMs = 90_000): Promise<Locator> {
    return until(
      `${title} is ${states.join(' or ')}`,
      async () => {
        const frame = await this.#frame();
        const head = frame.locator('h2', { hasText: title });
        const found = frame.locator('section.run', { has: head }).last();
        const kind = (await found.getAttribute('class', { timeout: 2_000 })) ?? '';
        return states.some((state) => kind.split(' ').includes(state)) && found;
      },
      timeoutMs,
    );
  }

  /** What a run has printed. */
  async linesOf(run: Locator): Promise<string[]> {
    return run.locator('.text pre .line').allInnerTexts();
  }

  /** Forgets the runs that have ended. */
  async clear(): Promise<void> {
    const frame = await this.#frame();
    await frame.getByRole('button', { name: 'Clear All' }).click();
    await until('no ended run is left', async () => (await frame.locator('section.run.ok').count()) === 0);
  }
}
