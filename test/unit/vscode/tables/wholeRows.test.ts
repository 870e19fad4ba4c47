import assert from 'node:assert/strict';
import type { Preview } from '../../../../src/lake/preview/preview.ts';
import { CutValue } from '../../../../src/session/rowValues.ts';
import type { WholeRequest } from '../../../../src/vscode/tables/tableProtocol.ts';
import { sessionCell, wholeRows } from '../../../../src/vscode/tables/wholeRows.ts';

const preview = {
  path: '/data/gold/x',
  format: 'delta',
  version: 4,
  columns: [
    { name: 'a', type: 'bigint', nullable: true },
    { name: 'b', type: 'decimal(38,18)', nullable: true },
  ],
} as unknown as Preview;

const request: WholeRequest = {
  ...{ kind: 'whole', id: 1, ticket: 1, start: 0, end: 200, columns: [1], filters: [], search: 'x' },
  ...{ zone: 'UTC', language: 'en' },
};

describe('rows of a whole table', () => {
  const asked: Record<string, unknown>[] = [];
  const session = {
    ask: (_name: string, args: object) => {
      asked.push(args as Record<string, unknown>);
      return Promise.resolve({ rows: [[{ d: '1.10' }], [null]], rowCount: { rows: 2, isFinal: true } });
    },
  };
  const { signal } = new AbortController();
  beforeEach(() => void asked.splice(0));

  it('are asked for at the version that is shown, by the names of its columns', async () => {
    const answer = await wholeRows(session, preview, request, { opened: 'o', signal });
    assert.deepEqual(answer, {
      kind: 'rows',
      rows: [[{ t: 'decimal', text: '1.10' }], [null]],
      rowCount: { rows: 2, isFinal: true },
    });
    const { source, names, only, count, cut } = asked[0]!;
    assert.deepEqual(source, { table: { path: '/data/gold/x', format: 'delta', version: 4 } });
    assert.deepEqual([names, only, count, cut], [['a', 'b'], [1], true, true]);
  });

  it('are those of the variable, where a frame is shown', async () => {
    const frame = { ...preview, path: 'df', format: 'pandas' } as unknown as Preview;
    await wholeRows(session, frame, request, { opened: 'o', signal });
    assert.deepEqual([asked[0]!.source, asked[0]!.names], [{ variable: 'df' }, undefined]);
  });

  it('show the beginning of what was cut, and its whole size', () => {
    assert.deepEqual(sessionCell(new CutValue('x'.repeat(600), 9_000), 'string'), {
      ...{ t: 'text', text: 'x'.repeat(500), size: 9_000 },
    });
    assert.deepEqual(sessionCell(new CutValue(Uint8Array.of(255), 700), 'binary'), {
      ...{ t: 'binary', text: 'ff', size: 700 },
    });
    assert.deepEqual(sessionCell(new CutValue([1, 2], 700), 'array<int>'), {
      ...{ t: 'nested', text: '[1,2]', size: 700 },
    });
    assert.equal(sessionCell(5, 'int'), 5);
  });
});
