import * as l10n from '@vscode/l10n';
import * as v from 'valibot';
import { describeError, isWorkbenchError, WorkbenchError } from '../../base/errors.ts';
import type { Preview } from '../../lake/preview/preview.ts';
import type { Row } from '../../lake/table.ts';
import { columnStatistics } from './columnStatistics.ts';
import { selectionText } from './selectionText.ts';
import {
  fromTablePageSchema,
  maxCopiedRows,
  maxRowsPerRequest,
  type Answer,
  type Detail,
  type TableColumn,
  type TableMessage,
  type TableRequest,
  type ToTablePage,
  type WholeRequest,
} from './tableProtocol.ts';
import { detailList, wireCommit } from './tableDetails.ts';
import { versionDifference } from './versionDifference.ts';
import { wholeCell, wireCell } from './wireCell.ts';

/** What reads a whole table, sorted and filtered. */
export interface TableSession {
  /** IANA name. */
  zone?: string;
  rows: (request: WholeRequest, preview: Preview, options: { signal: AbortSignal }) => Promise<Answer>;
}

export interface TableHostOptions {
  /** `gold/deliveriescount`. */
  name: string;
  /** What is read, for the sentence while it is: a path. */
  what: string;
  /** Opens what is shown, at a version of a Delta table if one is given. */
  open: (options: { signal: AbortSignal; version?: number | undefined }) => Promise<Preview>;
  post: (message: ToTablePage) => void;
  /** Puts text on the clipboard. */
  copy: (text: string) => Promise<void>;
  /** Makes a chart of the table; not there where none can be made. */
  chart?: () => Promise<void>;
  /** The warm session, where there is one; asked for each time, for it comes and goes. */
  session?: TableSession | undefined;
  /** Told of what was thrown, for the log. */
  note?: (error: unknown) => void;
  /** The version to begin with. */
  version?: number;
}

/** Statistics are over so many rows at least, if there are as many. */
const sampleRows = 1_000;
/** How many of the rows that were read are kept for them, counted in values. */
const maxSampleValues = 2_000_000;
const commitsMore = 1;

/** The translations of what it says, as JSON. */
export function useTexts(contents: string): void {
  l10n.config({ contents });
}

/** The side of the extension for one table page: opens the table, and answers what the page asks. */
export class TableHost {
  readonly #o: TableHostOptions;
  readonly #running = new Set<AbortController>();
  /** Of requests for rows, which the page may cancel. */
  readonly #tickets = new Map<number, AbortController>();
  readonly #life = new AbortController();
  #version: number | undefined;
  #opening: { preview: Promise<Preview>; stop: AbortController } | undefined;
  /** Values of the first rows, a list for each column. */
  #sample = new Map<number, readonly unknown[]>();
  #toldRows = '';
  #toldColumns = 0;
  #isChanged = false;
  /** What the page was told of the session; undefined while it shows no table. */
  #toldSession: boolean | undefined;

  constructor(options: TableHostOptions) {
    this.#o = options;
    this.#version = options.version;
  }

  /** The version that was asked for; undefined is the newest. */
  get version(): number | undefined {
    return this.#version;
  }

  /** A message of the page, not yet checked. Never throws. */
  async receive(message: unknown): Promise<void> {
    const parsed = v.safeParse(fromTablePageSchema, message);
    if (!parsed.success) {
      this.#refuse(message, parsed.issues[0].message);
      return;
    }
    const request = parsed.output;
    if (request.kind === 'ready') await this.#show();
    else if (request.kind === 'cancel') this.#tickets.get(request.ticket)?.abort();
    else await this.#reply(request);
  }

  /** Opens the table anew and shows it. Never throws. */
  async refresh(): Promise<void> {
    for (const running of this.#running) running.abort();
    await this.#show(true);
  }

  /** Tells the page that the file is no longer what is shown. */
  changed(sentence = l10n.t('The file has changed since it was opened.')): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    this.#o.post({ kind: 'changed', sentence });
  }

  /** Tells the page whether there is a session now. */
  async sessionChanged(): Promise<void> {
    const preview = await this.#opening?.preview.catch(() => undefined);
    if (!preview || this.#toldSession === undefined || this.#life.signal.aborted) return;
    const told = this.#sessionOf(preview);
    if (told.session === this.#toldSession) return;
    this.#toldSession = told.session;
    this.#o.post({ kind: 'session', ...told });
  }

  dispose(): void {
    this.#life.abort();
    this.#opening?.stop.abort();
    for (const running of this.#running) running.abort();
  }

  /** A later call takes the place of one that is under way. */
  async #show(anew = false): Promise<void> {
    const { name, what, post } = this.#o;
    if (anew || !this.#opening) {
      post({ kind: 'reading', name, what });
      this.#open();
    }
    const opening = this.#opening!;
    try {
      const message = this.#tableMessage(await opening.preview);
      if (this.#opening === opening && !this.#life.signal.aborted) post(message);
    } catch (error) {
      if (this.#opening !== opening || this.#life.signal.aborted) return;
      // So that it is tried again.
      this.#opening = undefined;
      this.#o.note?.(error);
      post({ kind: 'failed', name, sentences: [describeError(error)] });
    }
  }

  #open(): void {
    this.#opening?.stop.abort();
    this.#sample = new Map();
    this.#isChanged = false;
    const stop = new AbortController();
    const preview = this.#o.open({ signal: stop.signal, version: this.#version });
    // It is awaited, and its error told, by whoever asks.
    preview.catch(() => {});
    this.#opening = { preview, stop };
  }

  async #reply(request: TableRequest): Promise<void> {
    const { id } = request;
    const stop = new AbortController();
    this.#running.add(stop);
    const ticket = 'ticket' in request ? request.ticket : undefined;
    if (ticket !== undefined) this.#tickets.set(ticket, stop);
    const signal = AbortSignal.any([stop.signal, this.#life.signal]);
    try {
      const answer = await this.#answer(request, signal);
      signal.throwIfAborted();
      this.#o.post({ kind: 'reply', id, ok: true, answer });
    } catch (error) {
      if (this.#life.signal.aborted) return;
      if (signal.aborted) {
        this.#o.post({ kind: 'reply', id, ok: false, error: l10n.t('It was cancelled.') });
        return;
      }
      this.#o.note?.(error);
      this.#o.post({ kind: 'reply', id, ok: false, error: describeError(error) });
      if (isWorkbenchError(error, 'conflict', 'not-found') && isReading(request)) {
        this.changed(describeError(error));
      }
    } finally {
      this.#running.delete(stop);
      if (ticket !== undefined) this.#tickets.delete(ticket);
    }
  }

  async #answer(request: TableRequest, signal: AbortSignal): Promise<Answer> {
    switch (request.kind) {
      case 'refresh':
        await this.refresh();
        return { kind: 'done' };
      case 'openVersion':
        this.#version = request.version;
        await this.#show(true);
        return { kind: 'done' };
      case 'chart':
        if (!this.#o.chart) throw invalid(l10n.t('This table cannot be drawn as a chart.'));
        await this.#o.chart();
        return { kind: 'done' };
      case 'whole':
        return this.#whole(await this.#preview(), request, signal);
      default: {
        const preview = await this.#preview();
        return this.#answerFrom(preview, request, signal);
      }
    }
  }

  async #answerFrom(
    preview: Preview,
    request: Exclude<TableRequest, { kind: 'refresh' | 'openVersion' | 'chart' | 'whole' }>,
    signal: AbortSignal,
  ): Promise<Answer> {
    switch (request.kind) {
      case 'rows':
        return this.#rows(preview, request.start, request.end, request.columns, signal);
      case 'cell': {
        const [column] = this.#columns(preview, [request.column]);
        const rows = await preview.rows(request.row, request.row + 1, { columns: [column!.name], signal });
        if (!rows[0]) throw invalid(l10n.t('This row is not there any more: refresh.'));
        return wholeCell(rows[0][column!.name], column!.type);
      }
      case 'statistics':
        return {
          kind: 'statistics',
          columns: await this.#statistics(preview, request.columns, signal),
        };
      case 'copy': {
        const columns = this.#columns(preview, request.columns).map(({ name }) => name);
        const rows = await this.#rowsIn(preview, request.ranges, columns, signal);
        await this.#o.copy(selectionText(columns, rows, request.format));
        return { kind: 'done' };
      }
      case 'detail':
        return detailList(preview, request.detail);
      case 'history': {
        const commits = (await preview.history?.(request.limit + commitsMore, { signal })) ?? [];
        return {
          kind: 'history',
          commits: commits.slice(0, request.limit).map(wireCommit),
          hasMore: commits.length > request.limit,
        };
      }
      case 'compare': {
        const other = await this.#o.open({ signal, version: request.version });
        const { isLimited, ...difference } = await versionDifference(preview, other, { signal });
        const note = isLimited
          ? l10n.t(
              'Only the first rows of each version were compared: rows beyond them may be counted as added or removed.',
            )
          : '';
        return { ...difference, note };
      }
    }
  }

  /** All rows in their order need no session where it is known how many there are. */
  async #whole(preview: Preview, request: WholeRequest, signal: AbortSignal): Promise<Answer> {
    const { start, end, sort, filters, search } = request;
    if (end - start > maxRowsPerRequest) throw invalid(l10n.t('Too many rows are asked for at once.'));
    const isPlain = sort === undefined && filters.length === 0 && search === '';
    if (isPlain && preview.rowCount().isFinal) {
      return this.#rows(preview, start, end, request.columns, signal);
    }
    const { session } = this.#o;
    if (!session || !isOfSession(preview)) {
      throw invalid(l10n.t('There is no warm session that could read the whole table.'));
    }
    return session.rows(request, preview, { signal });
  }

  #sessionOf(preview: Preview): { session: boolean; sessionZone?: string } {
    const { session } = this.#o;
    const has = session !== undefined && isOfSession(preview);
    return { session: has, ...(has && session.zone !== undefined && { sessionZone: session.zone }) };
  }

  async #rows(
    preview: Preview,
    start: number,
    end: number,
    numbers: readonly number[],
    signal: AbortSignal,
  ): Promise<Answer> {
    const columns = this.#columns(preview, numbers);
    const rows = await preview.rows(start, end, { columns: columns.map(({ name }) => name), signal });
    const rowCount = preview.rowCount();
    // Later rows of a text file may have columns that the first ones had not.
    if (preview.columns.length !== this.#toldColumns) this.#o.post(this.#tableMessage(preview));
    else if (JSON.stringify(rowCount) !== this.#toldRows) {
      this.#toldRows = JSON.stringify(rowCount);
      this.#o.post({ kind: 'grown', rowCount });
    }
    return {
      kind: 'rows',
      rows: rows.map((row) => columns.map(({ name, type }) => wireCell(row[name], type))),
      rowCount,
    };
  }

  async #statistics(
    preview: Preview,
    numbers: readonly number[],
    signal: AbortSignal,
  ): Promise<ReturnType<typeof columnStatistics>[]> {
    const columns = this.#columns(preview, numbers);
    const missing = numbers.filter((number) => !this.#sample.has(number));
    if (missing.length > 0) {
      const names = this.#columns(preview, missing).map(({ name }) => name);
      const rows = await preview.rows(0, sampleRows, { columns: names, signal });
      if (this.#sample.size * sampleRows > maxSampleValues) this.#sample.clear();
      missing.forEach((number, i) =>
        this.#sample.set(
          number,
          rows.map((row) => row[names[i]!]),
        ),
      );
    }
    return numbers.map((number, i) =>
      columnStatistics(number, columns[i]!.type, this.#sample.get(number) ?? []),
    );
  }

  async #rowsIn(
    preview: Preview,
    ranges: readonly (readonly [number, number])[],
    columns: readonly string[],
    signal: AbortSignal,
  ): Promise<Row[]> {
    const wanted = ranges.reduce((sum, [start, end]) => sum + Math.max(0, end - start), 0);
    if (wanted > maxCopiedRows) {
      throw new WorkbenchError(
        'invalid',
        l10n.t('At most {0} rows can be copied at once: select fewer.', maxCopiedRows),
      );
    }
    const rows: Row[] = [];
    for (const [start, end] of ranges) {
      for (let at = start; at < end; at += maxRowsPerRequest) {
        rows.push(...(await preview.rows(at, Math.min(end, at + maxRowsPerRequest), { columns, signal })));
      }
    }
    return rows;
  }

  async #preview(): Promise<Preview> {
    if (!this.#opening) this.#open();
    return this.#opening!.preview;
  }

  #columns(preview: Preview, numbers: readonly number[]): Preview['columns'][number][] {
    return numbers.map((number) => {
      const column = preview.columns[number];
      if (!column) throw invalid(l10n.t('This column is not there any more: refresh.'));
      return column;
    });
  }

  #tableMessage(preview: Preview): TableMessage {
    const { name, chart } = this.#o;
    const session = this.#sessionOf(preview);
    this.#toldSession = session.session;
    const details: Detail[] = [];
    if (preview.rowGroups) details.push('rowGroups');
    if ((preview.metadata?.() ?? []).length > 0) details.push('metadata');
    if ((preview.partitions?.() ?? []).length > 0) details.push('partitions');
    if (preview.history) details.push('history');
    const rowCount = preview.rowCount();
    this.#toldRows = JSON.stringify(rowCount);
    this.#toldColumns = preview.columns.length;
    return {
      kind: 'table',
      name,
      format: preview.format,
      columns: preview.columns.map(wireColumn),
      rowCount,
      bytes: preview.bytes,
      changedAt: preview.lastChange.getTime(),
      ...(preview.version !== undefined && { version: preview.version }),
      isPast: this.#version !== undefined,
      notes: [...preview.notes],
      facts: preview.facts(),
      details,
      ...session,
      canChart: chart !== undefined,
    };
  }

  /** What cannot be read is refused too, if it has an id that waits for an answer. */
  #refuse(message: unknown, why: string): void {
    this.#o.note?.(new Error(`The table page sent what is not a request: ${why}`));
    const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined;
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return;
    const error = l10n.t('This request is not understood: {0}', why);
    this.#o.post({ kind: 'reply', id, ok: false, error });
  }
}

/** Other files are read here in another way than Spark reads them. */
function isOfSession({ format }: Preview): boolean {
  return format === 'delta' || format === 'parquet' || format === 'spark' || format === 'pandas';
}

function isReading({ kind }: TableRequest): boolean {
  return kind === 'rows' || kind === 'cell' || kind === 'statistics' || kind === 'copy';
}

function wireColumn(column: Preview['columns'][number]): TableColumn {
  const { name, type, nullable, comment, isPartition, nullCount, min, max } = column;
  return {
    name,
    type,
    nullable,
    ...(comment !== undefined && { comment }),
    ...(isPartition !== undefined && { isPartition }),
    ...(nullCount !== undefined && { nullCount }),
    // Bounds that the writer cut are no values of the column.
    ...(column.isBoundExact !== false && {
      ...(min !== undefined && { min: wireCell(min, type) }),
      ...(max !== undefined && { max: wireCell(max, type) }),
    }),
  };
}

function invalid(sentence: string): WorkbenchError {
  return new WorkbenchError('invalid', sentence);
}
