import { deepEqual, equal, ok } from 'node:assert/strict';
import * as v from 'valibot';
import { tableMime, type RunEvent } from '../../../../../src/session/sessionTypes.ts';
import { ResultsFeed } from '../../../../../src/vscode/session/results/resultsFeed.ts';
import {
  shownLines,
  toResultsPageSchema,
  type ShownOutput,
  type ToResultsPage,
} from '../../../../../src/vscode/session/results/resultsProtocol.ts';
import { RunOutputs } from '../../../../../src/vscode/session/results/runOutputs.ts';
import { RunStore } from '../../../../../src/vscode/session/results/runStore.ts';
import { frameOf, shownOutput } from '../../../../../src/vscode/session/results/shownOutput.ts';

const request = { code: 'x', language: 'python', title: 'a.py, cell 1' } as const;
const stream = (text: string): RunEvent => ({ kind: 'stream', name: 'stdout', text });
const named = (): { label: string; isOwn: boolean } => ({ label: 'a.py:1', isOwn: true });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('ResultsFeed', () => {
  let store: RunStore;
  let told: ToResultsPage[];
  let feed: ResultsFeed;
  const kinds = (): string[] => told.splice(0).map(({ kind }) => kind);

  beforeEach(() => {
    store = new RunStore({ foreignTitle: '', note: () => {} });
    told = [];
    feed = new ResultsFeed(store, {
      everyMs: 10,
      nameFrame: () => named,
      // As it is sent: what does not fit is a fault.
      post: (message) => told.push(v.parse(toResultsPageSchema, JSON.parse(JSON.stringify(message)))),
    });
  });
  afterEach(() => feed.dispose());

  it('says nothing before there is a page, and all when there is one', async () => {
    store.begin('r1', request);
    store.add({ runId: 'r1', event: stream('a\n') });
    await pause(20);
    deepEqual(kinds(), []);
    feed.start();
    deepEqual(kinds(), ['runs', 'outputs']);
    feed.pause();
    store.add({ runId: 'r1', event: stream('b\n') });
    await pause(20);
    deepEqual(kinds(), []);
  });

  it('tells a flood in few messages, and the end of it only', async () => {
    feed.start();
    store.begin('r1', request);
    for (let i = 0; i < 5_000; i++) store.add({ runId: 'r1', event: stream(`${i}\n`) });
    await pause(30);
    const [, , output] = told;
    ok(told.length <= 3, `${told.length} messages`);
    ok(output?.kind === 'output' && output.output.kind === 'text');
    equal(output.output.lines.length, shownLines);
    equal(output.output.lines.at(-1), '4999');
    kinds();
    store.add({ runId: 'r1', event: stream('more') });
    store.add({ runId: 'r1', event: stream(' and more\n') });
    await pause(30);
    deepEqual(told, [
      { ...{ kind: 'lines', run: 'r1', output: 1 }, first: 0, from: 5_000, lines: ['more and more'] },
    ]);
  });

  it('tells runs of notebooks too', async () => {
    const place = { uri: 'vscode-notebook-cell:/a.ipynb#W0', line: 0 };
    store.begin('r1', { ...request, place });
    feed.start();
    deepEqual(kinds(), ['runs', 'outputs']);
    store.add({ runId: 'r1', event: stream('a\n') });
    await pause(30);
    deepEqual(kinds(), ['output']);
  });

  it('draws many outputs anew seldom, and few of them at once', async () => {
    feed.start();
    store.begin('r1', request);
    const bundle = { 'text/plain': '1' };
    const display = (count: number): void => {
      for (let i = 0; i < count; i++)
        store.add({ runId: 'r1', event: { kind: 'data', bundle, isResult: false } });
    };
    display(1_001);
    await pause(30);
    kinds();
    display(10);
    await pause(30);
    deepEqual(kinds(), []);
    await pause(100);
    equal(kinds().length, 10);
    display(1);
    await pause(30);
    deepEqual(kinds(), ['output']);
  });

  it('keeps few runs open, and opens another one when asked', async () => {
    for (let i = 0; i < 60; i++) store.begin(`r${i}`, request);
    feed.start();
    const [runs] = told;
    ok(runs?.kind === 'runs');
    equal(runs.runs.length, 60);
    equal(runs.runs.filter(({ isOpen }) => isOpen).length, 20);
    kinds();
    store.add({ runId: 'r0', event: stream('hidden\n') });
    await pause(30);
    deepEqual(kinds(), []);
    feed.open('r0');
    deepEqual(kinds(), ['run', 'outputs']);
    for (let i = 0; i < 20; i++) store.begin(`s${i}`, request);
    await pause(30);
    const closed = told.filter((one) => one.kind === 'run' && !one.run.isOpen);
    equal(closed.length, 1);
    store.add({ runId: 's1', event: { kind: 'end', end: 'ok' } });
    store.remove(['s1']);
    kinds();
    await pause(30);
    deepEqual(kinds(), ['removed']);
  });
});

describe('outputs for the page', () => {
  const shown = (event: RunEvent): ShownOutput => {
    const outputs = new RunOutputs();
    outputs.apply(event);
    return shownOutput(outputs.all[0]!, named);
  };
  const data = (bundle: Record<string, unknown>): ShownOutput =>
    shown({ kind: 'data', bundle, isResult: true });

  it('are tables, pictures or text, and never markup', () => {
    const table = {
      name: 'df',
      columns: [{ name: 'a', type: 'int' }],
      rows: [[1]],
      more: false,
      rowCount: 1,
    };
    deepEqual(data({ [tableMime]: table, 'text/plain': 'a' }), { kind: 'table', id: 1, table });
    deepEqual(data({ [tableMime]: { rows: 3 }, 'text/plain': 'a' }), {
      ...{ kind: 'plain', id: 1, text: 'a', isCut: false },
    });
    deepEqual(data({ 'image/png': 'aGk=', 'text/plain': '<Figure>' }), {
      ...{ kind: 'picture', id: 1, type: 'image/png', data: 'aGk=', alt: '<Figure>' },
    });
    deepEqual(data({ 'text/html': '<b>x</b>', 'text/plain': 'x' }), {
      ...{ kind: 'plain', id: 1, text: 'x', isCut: false },
    });
    deepEqual(data({ 'text/html': '<b>x</b> &amp; y' }), {
      ...{ kind: 'plain', id: 1, text: 'x & y', isCut: false },
    });
  });

  it('have the frames of one’s own first', () => {
    const frame = (file: string, line: number): { file: string; line: number; function: string } => ({
      ...{ file, line, function: 'f' },
    });
    const failure = {
      ...{ type: 'a.E', message: 'm', causes: [] },
      frames: [frame('cell://1', 1), frame('lib.py', 9), frame('cell://1', 5), frame('lib.py', 10)],
    };
    const outputs = new RunOutputs();
    outputs.apply({ kind: 'error', name: 'E', message: 'm', traceback: [], failure });
    const name = ({ file, line }: { file: string; line: number }): { label: string; isOwn: boolean } => ({
      label: `${file}:${line}`,
      isOwn: file.startsWith('cell:'),
    });
    const error = shownOutput(outputs.all[0]!, name);
    ok(error.kind === 'error');
    deepEqual(
      error.parts.map(({ text, frames }) => [text, frames.map(({ label }) => label)]),
      [['E: m', ['cell://1:5', 'cell://1:1', 'lib.py:10', 'lib.py:9']]],
    );
    equal(frameOf(failure, 0, 1, name)?.line, 1);
    equal(frameOf(failure, 1, 0, name), undefined);
  });
});
