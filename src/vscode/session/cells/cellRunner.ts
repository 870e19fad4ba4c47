import * as vscode from 'vscode';
import { WorkbenchError } from '../../../base/errors.ts';
import type { RunRequest } from '../../../session/sessionTypes.ts';
import { readScript } from '../../jobs/readScript.ts';
import type { Parts } from '../../parts.ts';
import type { StoredRun } from '../results/runStore.ts';
import { ScriptModules } from './scriptModules.ts';

/** Code of a document; `line` is where it stands. */
export interface Piece extends Omit<RunRequest, 'place'> {
  line: number;
}

/** Runs pieces of scripts in the session, in the order in which they were asked for. */
export class CellRunner {
  readonly #parts: Pick<Parts, 'workbench' | 'session' | 'errors'>;
  readonly #modules: ScriptModules;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#modules = new ScriptModules(parts.context);
  }

  /** Starts the session where none runs. Throws what `ActiveSession.ensure` throws. */
  run(script: { uri: vscode.Uri; source: string }, pieces: readonly Piece[]): Promise<void> {
    const uri = script.uri.toString();
    const requests = pieces.map(({ line, ...piece }) => ({ ...piece, place: { uri, line } }));
    return this.#inTurn(() => this.#run(script, requests));
  }

  /** The same code once more, as it was. */
  async rerun({ code, language, title, place, into }: StoredRun): Promise<void> {
    const request: RunRequest = { code, language, title, ...(into !== undefined && { into }) };
    if (!place) return this.#inTurn(() => this.#run(undefined, [request]));
    const uri = vscode.Uri.parse(place.uri);
    // A script that is gone has no modules; what its code needs of them may be there already.
    const source = await readScript(uri).catch(() => code);
    return this.#inTurn(() => this.#run({ uri, source }, [{ ...request, place }]));
  }

  async #run(
    script: { uri: vscode.Uri; source: string } | undefined,
    requests: readonly RunRequest[],
  ): Promise<void> {
    const { workbench, session, errors } = this.#parts;
    workbench.requireTrust();
    const warm = await session.ensure();
    const isPython = requests.some(({ language }) => language === 'python');
    const failed = (error: unknown): void => errors.show(error, 'medallion.session.imports');
    const sources = script && isPython ? await this.#modules.tell(warm, script, failed) : {};
    for (const request of requests) session.run(warm, { ...request, sources });
  }

  /** What waits for a start that fails is given up with it. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work, () => {
      throw new WorkbenchError('cancelled', 'Cancelled.');
    });
    this.#last = mine;
    try {
      await mine;
    } finally {
      if (this.#last === mine) this.#last = Promise.resolve();
    }
  }
}
