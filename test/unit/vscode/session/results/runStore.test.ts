import { deepEqual, equal, ok } from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent, SessionMemory } from '../../../../../src/session/sessionTypes.ts';
import { RunLog } from '../../../../../src/vscode/session/results/runLog.ts';
import { RunStore, type StoredRun } from '../../../../../src/vscode/session/results/runStore.ts';

const memory = (lastSeq: number, openRuns: string[] = []): SessionMemory => ({
  ...{ format: 1, kernelId: 'k', incarnation: 'i', lastSeq, openRuns },
});
const stream = (text: string): RunEvent => ({ kind: 'stream', name: 'stdout', text });
const begin: RunEvent = { kind: 'begin', count: 3, code: 'x' };
const textOf = (run: StoredRun | undefined): string | undefined => {
  const output = run?.outputs.all[0];
  return output?.kind === 'text' ? output.text.text : undefined;
};
const request = { code: 'x', language: 'python', title: 'a.py, cell 1' } as const;

describe('RunStore', () => {
  let folder: string;
  let noted: unknown[];
  const note = (error: unknown): void => void noted.push(error);
  const open = (): RunStore =>
    new RunStore({ log: new RunLog(folder, note), foreignTitle: 'Another client', note });

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'runs-')), 'runs');
    noted = [];
  });
  afterEach(async () => {
    await rm(join(folder, '..'), { recursive: true, force: true });
    deepEqual(noted, []);
  });

  it('keeps runs and outputs for the next window', async () => {
    const store = open();
    deepEqual(await store.restore(), new Map());
    store.begin('r1', { ...request, place: { uri: 'file:///a.py', line: 4 } });
    store.add({ runId: 'r1', event: begin });
    store.add({ runId: 'r1', event: stream('hello\n') });
    store.add({ runId: 'r1', event: { kind: 'end', end: 'ok' } });
    await store.save('stack', memory(7));

    const next = open();
    deepEqual(await next.restore(), new Map([['stack', memory(7)]]));
    const [run] = next.runs;
    ok(run);
    equal(run.title, 'a.py, cell 1');
    deepEqual(run.place, { uri: 'file:///a.py', line: 4 });
    deepEqual([run.state, run.count, textOf(run)], ['ok', 3, 'hello\n']);
  });

  it('keeps the memory of each connection, and the runs that are open on any', async () => {
    const store = open();
    await store.restore();
    for (const id of ['r1', 'r2', 'r3']) store.begin(id, request);
    await store.save('stack', memory(2, ['r1']));
    await store.save('__far__', memory(5, ['r2']));

    const next = open();
    const kept = { stack: memory(2, ['r1']), __far__: memory(5, ['r2']) };
    deepEqual(await next.restore(), new Map(Object.entries(kept)));
    deepEqual(
      next.runs.map(({ state }) => state),
      ['waiting', 'waiting', 'lost'],
    );
  });

  it('neither loses nor doubles what came after the last save', async () => {
    const store = open();
    await store.restore();
    store.begin('r1', request);
    store.add({ runId: 'r1', event: begin });
    store.add({ runId: 'r1', event: stream('one\n') });
    const kept = { ...memory(2, ['r1']), running: 'r1' };
    const saving = store.save('stack', kept);
    // Told after the memory was made, and written before the window goes.
    store.add({ runId: 'r1', event: stream('two\n') });
    store.begin('r2', request);
    await saving;
    await new Promise((resolve) => setTimeout(resolve, 400));

    const next = open();
    deepEqual(await next.restore(), new Map([['stack', kept]]));
    equal(textOf(next.get('r1')), 'one\n');
    equal(next.get('r1')?.state, 'running');
    equal(next.get('r2')?.title, request.title, 'it was asked for, and is not forgotten');
    next.add({ runId: 'r1', event: stream('two\n') });
    next.add({ runId: 'r1', event: { kind: 'end', end: 'ok' } });
    await next.save('stack', memory(4));

    const last = open();
    await last.restore();
    equal(textOf(last.get('r1')), 'one\ntwo\n');
    equal(last.get('r2')?.state, 'lost');
  });

  it('keeps the order of runs over reloads', async () => {
    const idsOf = ({ runs }: RunStore): string[] => runs.map(({ id }) => id);
    for (const [i, before] of [[], ['r0'], ['r0', 'r1'], ['r0', 'r1', 'r2']].entries()) {
      const store = open();
      await store.restore();
      deepEqual(idsOf(store), before);
      store.begin(`r${i}`, request);
      await store.save('stack', memory(i));
    }
    const last = open();
    await last.restore();
    deepEqual(idsOf(last), ['r0', 'r1', 'r2', 'r3']);
  });

  it('reads the end of a large run, and all of its head', async function () {
    this.timeout(30_000);
    const store = open();
    await store.restore();
    const code = `x${'y'.repeat(200_000)}`;
    store.begin('large', { ...request, code });
    store.add({ runId: 'large', event: { ...begin, code } });
    // More of them than a call takes arguments.
    const line = 'z'.repeat(100);
    for (let i = 0; i < 200_000; i++) store.add({ runId: 'large', event: stream(`${line}${i}\n`) });
    await store.save('stack', memory(1, ['large']));
    const next = open();
    await next.restore();
    const run = next.get('large');
    ok(run?.isCut);
    deepEqual([run.state, run.count, run.code === code], ['running', 3, true]);
    ok(textOf(run)?.endsWith(`\n${line}199999\n`));
    const [first, gap] = next.eventsOf('large');
    deepEqual(
      [first, gap],
      [
        { ...begin, code },
        { kind: 'gap', messages: 0 },
      ],
    );
    await next.save('stack', memory(2, ['large']));
  });

  it('reads the head of a run that has little room', async () => {
    const store = open();
    await store.restore();
    const code = 'x'.repeat(100_000);
    store.begin('old', { ...request, code });
    store.add({ runId: 'old', event: { ...begin, code } });
    store.add({ runId: 'old', event: stream('a'.repeat(1_000)) });
    store.add({ runId: 'old', event: { kind: 'end', end: 'ok' } });
    store.begin('new', request);
    for (let i = 0; i < 26; i++) store.add({ runId: 'new', event: stream('z'.repeat(1024 * 1024)) });
    await store.save('stack', memory(1));
    const next = open();
    await next.restore();
    const run = next.get('old');
    deepEqual([run?.state, run?.code.length, textOf(run)?.length], ['ok', 100_000, 1_000]);
  });

  it('reads what is there of damaged files', async () => {
    const store = open();
    await store.restore();
    store.begin('r1', request);
    store.add({ runId: 'r1', event: stream('a') });
    store.begin('r2', request);
    await store.save('stack', memory(1));
    await writeFile(join(folder, 'r1.jsonl'), 'no json\n');
    await appendFile(join(folder, 'r2.jsonl'), '{"at":1,"ev');
    await writeFile(join(folder, 'stray.jsonl'), '{}');

    const next = open();
    deepEqual(await next.restore(), new Map([['stack', memory(1)]]));
    deepEqual(
      next.runs.map(({ id }) => id),
      ['r2'],
    );
    ok(!(await readdir(folder)).includes('stray.jsonl'));
    await writeFile(join(folder, 'index.json'), 'no json');
    deepEqual(await open().restore(), new Map());
  });

  it('names what another client runs', async () => {
    const store = open();
    store.add({ runId: 'other', event: { ...begin, code: '%%sql\nSELECT 1' } });
    deepEqual(
      store.runs.map(({ title, language, state }) => [title, language, state]),
      [['Another client', 'python', 'running']],
    );
    await store.save('stack', memory(3));
  });

  it('updates what another run displayed, and tells what changed', () => {
    const store = new RunStore({ foreignTitle: '', note: () => {} });
    const told: string[] = [];
    store.onChange((change) =>
      told.push(change.kind === 'output' ? JSON.stringify(change.change) : change.kind),
    );
    store.begin('r1', request);
    store.begin('r2', request);
    const bundle = { 'text/plain': '1' };
    store.add({ runId: 'r1', event: { kind: 'data', bundle, isResult: false, displayId: 'd' } });
    store.add({ runId: 'r2', event: { kind: 'update', displayId: 'd', bundle: { 'text/plain': '2' } } });
    const [output] = store.get('r1')?.outputs.all ?? [];
    deepEqual(output?.kind === 'data' && output.bundle, { 'text/plain': '2' });
    deepEqual(told, ['run', 'run', '{"output":1}', '{"output":1}']);
  });

  it('keeps at most 200 runs, and none that goes on is forgotten', async () => {
    const store = open();
    store.begin('long', request);
    store.add({ runId: 'long', event: begin });
    for (let i = 0; i < 230; i++) {
      store.begin(`r${i}`, request);
      store.add({ runId: `r${i}`, event: { kind: 'end', end: 'ok' } });
    }
    ok(store.runs.length <= 201);
    equal(store.runs[0]?.id, 'long');
    store.remove(['long', 'r229']);
    ok(store.get('long') && !store.get('r229'));
    await store.save('stack', memory(1));
    const files = await readdir(folder);
    equal(files.filter((name) => name.endsWith('.jsonl')).length, store.runs.length);
    ok((await readFile(join(folder, 'index.json'), 'utf8')).includes('"long"'));
  });

  it('tells the events that lead to what is kept', () => {
    const store = new RunStore({ foreignTitle: '', note: () => {} });
    const events: RunEvent[] = [
      ...[begin, stream('a\nb')],
      { kind: 'error', name: 'E', message: 'm', traceback: ['t'] },
      { kind: 'end', end: 'error' },
    ];
    for (const event of events) store.add({ runId: 'r', event });
    deepEqual(store.eventsOf('r'), events);
    deepEqual(store.eventsOf('none'), []);
  });

  it('tells no begin of a run that was never begun, and a gap where output is not kept', () => {
    const store = new RunStore({ foreignTitle: '', note: () => {} });
    store.begin('aborted', request);
    store.add({ runId: 'aborted', event: { kind: 'end', end: 'aborted' } });
    deepEqual(store.eventsOf('aborted'), [{ kind: 'end', end: 'aborted' }]);
    store.add({ runId: 'r', event: begin });
    store.add({ runId: 'r', event: stream('a\n'.repeat(30_000)) });
    deepEqual(
      store.eventsOf('r').map((event) => (event.kind === 'gap' ? event.messages : event.kind)),
      ['begin', 0, 'stream'],
    );
  });

  it('says nothing of a gap within outputs that make room for others', () => {
    const store = new RunStore({ foreignTitle: '', note: () => {} });
    const bundle = { 'text/plain': 'x'.repeat(15 * 1024 * 1024) };
    for (const runId of ['r1', 'r2', 'r3']) {
      store.add({ runId, event: begin });
      store.add({ runId, event: stream('a\n'.repeat(30_000)) });
      for (let i = 0; i < 2; i++) store.add({ runId, event: { kind: 'data', bundle, isResult: false } });
      store.add({ runId, event: { kind: 'end', end: 'ok' } });
    }
    const kinds = (id: string): string[] => store.get(id)!.outputs.all.map(({ kind }) => kind);
    equal(store.get('r1')?.isCut, true);
    ok(!kinds('r1').includes('gap'));
    equal(store.eventsOf('r1').filter(({ kind }) => kind === 'gap').length, 1);
  });
});
