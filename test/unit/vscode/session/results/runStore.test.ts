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
    equal(await store.restore(), undefined);
    store.begin('r1', { ...request, place: { uri: 'file:///a.py', line: 4 } });
    store.add({ runId: 'r1', event: begin });
    store.add({ runId: 'r1', event: stream('hello\n') });
    store.add({ runId: 'r1', event: { kind: 'end', end: 'ok' } });
    await store.save(memory(7));

    const next = open();
    deepEqual(await next.restore(), memory(7));
    const [run] = next.runs;
    ok(run);
    equal(run.title, 'a.py, cell 1');
    deepEqual(run.place, { uri: 'file:///a.py', line: 4 });
    deepEqual([run.state, run.count, textOf(run)], ['ok', 3, 'hello\n']);
  });

  it('neither loses nor doubles what came after the last save', async () => {
    const store = open();
    await store.restore();
    store.begin('r1', request);
    store.add({ runId: 'r1', event: begin });
    store.add({ runId: 'r1', event: stream('one\n') });
    const saving = store.save(memory(2, ['r1']));
    // Told after the memory was made, and written before the window goes.
    store.add({ runId: 'r1', event: stream('two\n') });
    store.begin('r2', request);
    await saving;
    await new Promise((resolve) => setTimeout(resolve, 400));

    const next = open();
    deepEqual(await next.restore(), memory(2, ['r1']));
    equal(textOf(next.get('r1')), 'one\n');
    equal(next.get('r1')?.state, 'running');
    equal(next.get('r2')?.title, request.title, 'it was asked for, and is not forgotten');
    next.add({ runId: 'r1', event: stream('two\n') });
    next.add({ runId: 'r1', event: { kind: 'end', end: 'ok' } });
    await next.save(memory(4));

    const last = open();
    await last.restore();
    equal(textOf(last.get('r1')), 'one\ntwo\n');
    equal(last.get('r2')?.state, 'lost');
  });

  it('reads what is there of damaged files', async () => {
    const store = open();
    await store.restore();
    store.begin('r1', request);
    store.add({ runId: 'r1', event: stream('a') });
    store.begin('r2', request);
    await store.save(memory(1));
    await writeFile(join(folder, 'r1.jsonl'), 'no json\n');
    await appendFile(join(folder, 'r2.jsonl'), '{"at":1,"ev');
    await writeFile(join(folder, 'stray.jsonl'), '{}');

    const next = open();
    deepEqual(await next.restore(), memory(1));
    deepEqual(
      next.runs.map(({ id }) => id),
      ['r2'],
    );
    ok(!(await readdir(folder)).includes('stray.jsonl'));
    await writeFile(join(folder, 'index.json'), 'no json');
    equal(await open().restore(), undefined);
  });

  it('names what another client runs', async () => {
    const store = open();
    store.add({ runId: 'other', event: { ...begin, code: '%%sql\nSELECT 1' } });
    deepEqual(
      store.runs.map(({ title, language, state }) => [title, language, state]),
      [['Another client', 'python', 'running']],
    );
    await store.save(memory(3));
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
    await store.save(memory(1));
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
});
