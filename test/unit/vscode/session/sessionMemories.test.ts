import { deepEqual, equal } from 'node:assert/strict';
import type { RunEnd, SessionMemory } from '../../../../src/session/sessionTypes.ts';
import { SessionMemories } from '../../../../src/vscode/session/sessionMemories.ts';
import { RunStore } from '../../../../src/vscode/session/results/runStore.ts';
import type { SessionStore } from '../../../../src/vscode/session/sessionStore.ts';

const memory = (kernelId: string, openRuns: string[] = []): SessionMemory => ({
  ...{ format: 1, kernelId, incarnation: `${kernelId}1`, lastSeq: 7, openRuns },
  ...(openRuns[0] === undefined ? {} : { running: openRuns[0] }),
});
const request = { code: 'x', language: 'python', title: 'a.py' } as const;
const end = (runId: string, how: RunEnd = 'ok') => ({ runId, event: { kind: 'end', end: how } }) as const;

/** A store that has these memories of an earlier window, and notes what is kept. */
function storeOf(kept: Record<string, SessionMemory>): { store: SessionStore; saved: unknown[] } {
  const runs = new RunStore({ foreignTitle: '', note: () => {} });
  const saved: unknown[] = [];
  const store: SessionStore = {
    begin: (runId, asked) => runs.begin(runId, asked),
    add: (update) => runs.add(update),
    get: (runId) => runs.get(runId),
    eventsOf: (runId) => runs.eventsOf(runId),
    restore: () => Promise.resolve(new Map(Object.entries(kept))),
    save: (authority, one) => {
      saved.push([authority, one]);
      return Promise.resolve();
    },
  };
  return { store, saved };
}

describe('SessionMemories', () => {
  it('gives each connection what was known of its own kernel', async () => {
    const memories = new SessionMemories(storeOf({ stack: memory('k', ['r']), far: memory('f') }).store);
    deepEqual(await memories.restore('stack'), memory('k', ['r']));
    deepEqual(await memories.restore('far'), memory('f'));
    equal(await memories.restore('other'), undefined);
    deepEqual(memories.openRuns('stack'), ['r']);
    deepEqual(memories.openRuns('far'), []);
  });

  it('goes on from what this window has kept, also of another connection', async () => {
    const { store, saved } = storeOf({ stack: memory('k') });
    const memories = new SessionMemories(store);
    await memories.restore('stack');
    await memories.keep('stack', memory('k2', ['r']));
    await memories.keep('far', memory('f'));
    deepEqual(await memories.restore('stack'), memory('k2', ['r']));
    deepEqual(saved, [
      ['stack', memory('k2', ['r'])],
      ['far', memory('f')],
    ]);
  });

  it('knows the runs of each connection that have not ended', () => {
    const { store } = storeOf({});
    const memories = new SessionMemories(store);
    memories.begin('stack', 'r1', request);
    memories.begin('far', 'r2', request);
    memories.add('stack', { runId: 'r3', event: { kind: 'begin', count: 1, code: 'y' } });
    deepEqual([memories.openRuns('stack'), memories.openRuns('far')], [['r1', 'r3'], ['r2']]);
    memories.add('stack', end('r1'));
    deepEqual([memories.openRuns('stack'), memories.openRuns('far')], [['r3'], ['r2']]);
    deepEqual(store.eventsOf('r1').at(-1), end('r1').event);
  });

  it('forgets what runs of a kernel that is gone, and of no other', async () => {
    const { store, saved } = storeOf({ stack: memory('k', ['r']), far: memory('f', ['s']) });
    const memories = new SessionMemories(store);
    await memories.restore('stack');
    for (const runId of memories.openRuns('stack')) memories.add('stack', end(runId, 'lost'));
    await memories.forgetRuns('stack');
    await memories.forgetRuns('nobody');
    deepEqual(saved, [['stack', memory('k')]]);
    deepEqual(await memories.restore('far'), memory('f', ['s']));
    deepEqual(memories.openRuns('far'), ['s']);
  });
});
