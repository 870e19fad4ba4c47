import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkbenchError } from '../../../../src/base/errors.ts';
import type { Preview } from '../../../../src/lake/preview/preview.ts';
import {
  TableHost,
  type TableHostOptions,
  type TableSession,
} from '../../../../src/vscode/tables/tableHost.ts';
import type { Answer, ToTablePage } from '../../../../src/vscode/tables/tableProtocol.ts';

/** A preview over rows that are there. */
function preview(rows: Record<string, unknown>[], more: Partial<Preview> = {}): Preview {
  return {
    path: '/t',
    format: 'delta',
    columns: [
      { name: 'id', type: 'bigint', nullable: false },
      { name: 'text', type: 'string', nullable: true },
    ],
    bytes: 10,
    lastChange: new Date(0),
    notes: [],
    rowCount: () => ({ rows: rows.length, isFinal: true }),
    rows: (start, end, { signal } = {}) => {
      signal?.throwIfAborted();
      return Promise.resolve(rows.slice(start, end));
    },
    facts: () => [],
    ...more,
  };
}

const rows = [1, 2, 3, 4].map((id) => ({ id, text: `row ${id}` }));

describe('the host of a table page', () => {
  let said: ToTablePage[];
  let copied: string[];
  const hostOf = (options: Partial<TableHostOptions> = {}): TableHost =>
    new TableHost({
      name: 't',
      what: '/t',
      open: () => Promise.resolve(preview(rows)),
      post: (message) => said.push(message),
      copy: (text) => {
        copied.push(text);
        return Promise.resolve();
      },
      ...options,
    });
  const answerTo = async (host: TableHost, request: Record<string, unknown>): Promise<Answer> => {
    await host.receive({ id: 7, ...request });
    const reply = said.find((message) => message.kind === 'reply' && message.id === 7);
    assert.ok(reply?.kind === 'reply' && reply.ok, JSON.stringify(reply));
    return reply.answer;
  };
  const refusalOf = async (host: TableHost, request: Record<string, unknown>): Promise<string> => {
    await host.receive({ id: 7, ...request });
    const reply = said.find((message) => message.kind === 'reply' && message.id === 7);
    assert.ok(reply?.kind === 'reply' && !reply.ok, JSON.stringify(reply));
    return reply.error;
  };
  beforeEach(() => {
    said = [];
    copied = [];
  });

  it('says what it reads, then shows the table', async () => {
    await hostOf().receive({ kind: 'ready' });
    assert.deepEqual(
      said.map(({ kind }) => kind),
      ['reading', 'table'],
    );
    const [, table] = said;
    assert.ok(table?.kind === 'table');
    assert.deepEqual([table.details, table.session, table.canChart], [[], false, false]);
  });

  it('answers with rows of the columns that were asked for', async () => {
    const answer = await answerTo(hostOf(), { kind: 'rows', ticket: 1, start: 1, end: 3, columns: [1, 0] });
    assert.ok(answer.kind === 'rows');
    assert.deepEqual(answer.rows, [
      ['row 2', 2],
      ['row 3', 3],
    ]);
  });

  it('refuses what it does not know, if it has an id', async () => {
    assert.match(await refusalOf(hostOf(), { kind: 'rm -rf' }), /not understood/);
    said = [];
    assert.match(
      await refusalOf(hostOf(), { kind: 'rows', ticket: 1, start: 0, end: 1e9, columns: [] }),
      /Too many rows/,
    );
    said = [];
    await hostOf().receive('hello');
    await hostOf().receive({ kind: 'rows', id: -1 });
    assert.deepEqual(said, []);
    assert.match(await refusalOf(hostOf(), { kind: 'statistics', columns: [9] }), /not there any more/);
  });

  it('fails with a sentence, and tries again', async () => {
    let tries = 0;
    const host = hostOf({
      open: () =>
        tries++ === 0
          ? Promise.reject(new WorkbenchError('not-found', 'There is no table.'))
          : Promise.resolve(preview(rows)),
    });
    await host.receive({ kind: 'ready' });
    assert.deepEqual(said.at(-1), { kind: 'failed', name: 't', sentences: ['There is no table.'] });
    await host.receive({ kind: 'refresh', id: 1 });
    assert.ok(said.some(({ kind }) => kind === 'table'));
  });

  it('cancels rows that are not needed any more, and answers for them', async () => {
    let aborted = false;
    const host = hostOf({
      open: () =>
        Promise.resolve(
          preview(rows, {
            rows: async (_start, _end, { signal } = {}) => {
              signal?.addEventListener('abort', () => (aborted = true));
              await sleep(2_000, undefined, { signal });
              return [];
            },
          }),
        ),
    });
    const asked = host.receive({ kind: 'rows', id: 3, ticket: 42, start: 0, end: 4, columns: [0] });
    await sleep(5);
    await host.receive({ kind: 'cancel', ticket: 42 });
    await asked;
    assert.ok(aborted);
    assert.deepEqual(said.at(-1), { kind: 'reply', id: 3, ok: false, error: 'It was cancelled.' });
  });

  it('tells once that the file has changed', async () => {
    const host = hostOf({
      open: () =>
        Promise.resolve(
          preview(rows, {
            rows: () => Promise.reject(new WorkbenchError('conflict', 'The file has changed: refresh.')),
          }),
        ),
    });
    await host.receive({ kind: 'rows', id: 1, ticket: 1, start: 0, end: 1, columns: [0] });
    await host.receive({ kind: 'rows', id: 2, ticket: 2, start: 1, end: 2, columns: [0] });
    assert.deepEqual(
      said.map(({ kind }) => kind),
      ['reply', 'changed', 'reply'],
    );
  });

  it('copies rows in their order, and refuses too many', async () => {
    const ranges = [
      [2, 4],
      [0, 1],
    ];
    await answerTo(hostOf(), { kind: 'copy', format: 'tsv', ranges, columns: [0] });
    assert.deepEqual(copied, ['3\n4\n1']);
    said = [];
    assert.match(
      await refusalOf(hostOf(), { kind: 'copy', format: 'csv', ranges: [[0, 60_000]], columns: [0] }),
      /At most 50000 rows/,
    );
  });

  it('compares two versions by their rows', async () => {
    const before = preview(
      [
        { id: 1, text: 'row 1' },
        { id: 2, text: 'old' },
        { id: 4, text: 'row 4' },
      ],
      {
        version: 1,
        columns: [...preview([]).columns, { name: 'gone', type: 'int', nullable: true }],
      },
    );
    const host = hostOf({
      open: ({ version }) => Promise.resolve(version === 1 ? before : preview(rows, { version: 2 })),
    });
    const answer = await answerTo(host, { kind: 'compare', version: 1 });
    assert.ok(answer.kind === 'difference');
    assert.deepEqual(
      {
        added: answer.addedRows,
        removed: answer.removedRows,
        counts: [answer.added, answer.removed],
        columns: [answer.columnsAdded, answer.columnsRemoved],
        note: answer.note,
      },
      {
        added: [
          [2, 'row 2'],
          [3, 'row 3'],
        ],
        removed: [[2, 'old']],
        counts: [2, 1],
        columns: [[], ['gone']],
        note: '',
      },
    );
  });

  it('opens a version, and the newest again', async () => {
    const opened: unknown[] = [];
    const host = hostOf({
      open: ({ version }) => {
        opened.push(version);
        return Promise.resolve(preview(rows));
      },
    });
    await host.receive({ kind: 'ready' });
    await host.receive({ kind: 'openVersion', id: 1, version: 3 });
    await host.receive({ kind: 'openVersion', id: 2 });
    assert.deepEqual(opened, [undefined, 3, undefined]);
    const past = said.filter((message) => message.kind === 'table').map(({ isPast }) => isPast);
    assert.deepEqual(past, [false, true, false]);
  });

  it('tells the table anew where later rows have more columns', async () => {
    const columns = [...preview([]).columns];
    const host = hostOf({
      open: () =>
        Promise.resolve(
          preview(rows, {
            columns,
            rows: () => {
              columns.push({ name: 'late', type: 'string', nullable: true });
              return Promise.resolve(rows);
            },
          }),
        ),
    });
    await host.receive({ kind: 'ready' });
    await host.receive({ kind: 'rows', id: 1, ticket: 1, start: 0, end: 4, columns: [0] });
    const tables = said.filter((message) => message.kind === 'table');
    assert.deepEqual(
      tables.map((table) => table.columns.length),
      [2, 3],
    );
  });

  it('says nothing after its end', async () => {
    const host = hostOf({ open: () => sleep(20).then(() => preview(rows)) });
    const shown = host.receive({ kind: 'ready' });
    host.dispose();
    await shown;
    assert.deepEqual(
      said.map(({ kind }) => kind),
      ['reading'],
    );
  });

  describe('with a session', () => {
    const whole = {
      ...{ kind: 'whole', ticket: 1, start: 0, end: 2, columns: [1], filters: [], search: '' },
      ...{ zone: 'UTC', language: 'en' },
    };
    const answer: Answer = { kind: 'rows', rows: [['found']], rowCount: { rows: 1, isFinal: true } };
    const session: TableSession = { zone: 'Asia/Kolkata', rows: () => Promise.resolve(answer) };

    it('has it find rows, but reads all of them in their order without it', async () => {
      assert.deepEqual(await answerTo(hostOf({ session }), { ...whole, search: 'x' }), answer);
      said = [];
      const all = await answerTo(hostOf({ session }), whole);
      assert.ok(all.kind === 'rows');
      assert.deepEqual(all.rows, [['row 1'], ['row 2']]);
      said = [];
      assert.match(await refusalOf(hostOf(), { ...whole, search: 'x' }), /no warm session/);
    });

    it('tells that it came and went, where it reads such tables', async () => {
      let current: TableSession | undefined;
      const host = new TableHost({
        ...{ name: 't', what: '/t', open: () => Promise.resolve(preview(rows)) },
        ...{ post: (message) => said.push(message), copy: () => Promise.resolve() },
        get session() {
          return current;
        },
      });
      await host.sessionChanged();
      await host.receive({ kind: 'ready' });
      current = session;
      await host.sessionChanged();
      await host.sessionChanged();
      assert.deepEqual(said.at(-1), { kind: 'session', session: true, sessionZone: 'Asia/Kolkata' });
      current = undefined;
      await host.sessionChanged();
      assert.deepEqual(said.at(-1), { kind: 'session', session: false });
      assert.equal(said.filter(({ kind }) => kind === 'session').length, 2);
    });

    it('offers none for files that Spark reads in another way', async () => {
      const open = (): Promise<Preview> => Promise.resolve(preview(rows, { format: 'csv' }));
      await hostOf({ session, open }).receive({ kind: 'ready' });
      const table = said.at(-1);
      assert.ok(table?.kind === 'table' && !table.session && table.sessionZone === undefined);
      said = [];
      assert.match(await refusalOf(hostOf({ session, open }), { ...whole, search: 'x' }), /no warm session/);
    });
  });
});
