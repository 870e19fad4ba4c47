import { replicaName, type ServiceStats } from '../../stack/engine.ts';

/** Samples may come each second; rows that change as often cannot be read. */
const tellEveryMs = 5_000;

/** What each replica uses, while it is asked for. */
export class ServiceUsage {
  readonly samples = new Map<string, ServiceStats>();
  readonly #read: (signal: AbortSignal) => AsyncIterable<ServiceStats>;
  readonly #changed: () => void;
  #reading: AbortController | undefined;

  /** `changed` is called after the first samples, then every few seconds. Errors end the reading: the watch tells why. */
  constructor(read: (signal: AbortSignal) => AsyncIterable<ServiceStats>, changed: () => void) {
    this.#read = read;
    this.#changed = changed;
  }

  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  start(): void {
    if (this.#reading) return;
    const controller = new AbortController();
    this.#reading = controller;
    void this.#follow(controller);
  }

  stop(): void {
    this.#reading?.abort();
    this.#reading = undefined;
    this.samples.clear();
  }

  async #follow(controller: AbortController): Promise<void> {
    let toldAtMs = 0;
    const { signal } = controller;
    try {
      for await (const sample of this.#read(signal)) {
        if (signal.aborted) return;
        this.samples.set(replicaName(sample.service, sample.replica), sample);
        if (Date.now() - toldAtMs < tellEveryMs) continue;
        toldAtMs = Date.now();
        // The other replicas' samples of the same second come with it.
        setTimeout(() => {
          if (!signal.aborted) this.#changed();
        }, 200);
      }
    } catch {
      // Nobody waits for it: the rows go without.
    } finally {
      if (this.#reading === controller) this.#reading = undefined;
    }
  }
}
