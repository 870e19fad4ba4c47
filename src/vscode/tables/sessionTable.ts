import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { WorkbenchError } from '../../base/errors.ts';
import type { CancelOptions } from '../../lake/fileSource.ts';
import type { Preview } from '../../lake/preview/preview.ts';
import type { Parts } from '../parts.ts';
import type { TableSession } from './tableHost.ts';

/** What one table page has of the session: the rows of a whole table, or a frame itself. */
export class SessionTable implements vscode.Disposable {
  readonly #parts: Pick<Parts, 'session' | 'errors'>;
  /** The session keeps rows for each. */
  readonly #openings = new Map<Preview, string>();

  constructor(parts: Pick<Parts, 'session' | 'errors'>) {
    this.#parts = parts;
  }

  /** Undefined while no session is there. */
  get whole(): TableSession | undefined {
    const session = this.#parts.session.current();
    if (!session) return undefined;
    return {
      rows: async (request, preview, { signal }) => {
        const { wholeRows } = await import('./wholeRows.ts');
        return wholeRows(session, preview, request, { opened: this.#openingOf(preview), signal });
      },
    };
  }

  /** Throws `not-found` where there is no session, `invalid` where it has no such frame. */
  async openFrame(name: string, { signal }: CancelOptions): Promise<Preview> {
    const session = this.#parts.session.current();
    if (!session) {
      throw new WorkbenchError(
        'not-found',
        vscode.l10n.t(
          '"{0}" is a frame of a session, and no session runs: start it and run the code that makes it.',
          name,
        ),
      );
    }
    const { FramePreview } = await import('../../session/framePreview.ts');
    const opened = randomUUID();
    const preview = await FramePreview.open(session, name, { opened, signal });
    this.#openings.set(preview, opened);
    return preview;
  }

  dispose(): void {
    void this.#release([...this.#openings.values()]);
    this.#openings.clear();
  }

  #openingOf(preview: Preview): string {
    let opened = this.#openings.get(preview);
    if (opened === undefined) this.#openings.set(preview, (opened = randomUUID()));
    return opened;
  }

  async #release(openings: readonly string[]): Promise<void> {
    const session = this.#parts.session.current();
    if (!session || openings.length === 0) return;
    try {
      const { releaseRows } = await import('../../session/frameRows.ts');
      await Promise.all(openings.map((opened) => releaseRows(session, opened)));
    } catch (error) {
      // It forgets them by itself, too, once others are looked at.
      this.#parts.errors.note(error, 'table');
    }
  }
}
