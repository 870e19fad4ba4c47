import { replicaName, type StackEvent } from '../../stack/engine.ts';

/** What an operation on the stack is at, from its events. */
export class StepProgress {
  readonly #busy = new Set<string>();
  #done = 0;
  /** The service that failed last. */
  failed: string | undefined;

  add({ service, replica, step }: StackEvent): void {
    if (service === undefined || step === 'note') return;
    const name = replicaName(service, replica ?? 1, replica === undefined ? 1 : 2);
    if (step === 'failed') this.failed = service;
    if (step === 'starting' || step === 'stopping') this.#busy.add(name);
    else if (this.#busy.delete(name) && step !== 'failed') this.#done += 1;
  }

  /** Replicas that are on their way. */
  get busy(): readonly string[] {
    return [...this.#busy];
  }

  /** How many have arrived. */
  get done(): number {
    return this.#done;
  }
}
