/** A bell between callbacks and one loop: what rings while nobody waits is kept, as one ring. */
export class Wake {
  #rang = false;
  #wake: (() => void) | undefined;

  readonly ring = (): void => {
    this.#rang = true;
    this.#wake?.();
  };

  /** Until it rings, or at once if it rang since the last time. */
  async wait(): Promise<void> {
    if (!this.#rang) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#rang = false;
  }

  /** Forgets what rang so far. */
  clear(): void {
    this.#rang = false;
  }
}
