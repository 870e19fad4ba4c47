import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import * as v from 'valibot';
import { Channel } from '../../../../webview/shared/channel.ts';

const schema = v.variant('kind', [
  v.object({ kind: v.literal('news'), text: v.string() }),
  v.object({ kind: v.literal('reply'), id: v.number(), ok: v.literal(true), rows: v.optional(v.number()) }),
  v.object({ kind: v.literal('reply'), id: v.number(), ok: v.literal(false), error: v.string() }),
]);
type In = v.InferOutput<typeof schema>;
type Out = { kind: 'ready' } | { kind: 'rows'; id: number; start: number };

function open(): {
  channel: Channel<In, Out>;
  heard: unknown[];
  said: Record<string, unknown>[];
  arrive: (message: unknown) => void;
} {
  const said: Record<string, unknown>[] = [];
  const heard: unknown[] = [];
  let arrive: (message: unknown) => void = () => {};
  const port = {
    postMessage: (message: unknown) => void said.push(message as Record<string, unknown>),
    listen: (hear: (message: unknown) => void) => void (arrive = hear),
  };
  const channel = new Channel<In, Out>(port, schema, (message) => heard.push(message));
  return { channel, heard, said, arrive: (message) => arrive(message) };
}

describe('Channel', () => {
  it('gives each answer to who asked', async () => {
    const { channel, said, arrive } = open();
    const first = channel.ask({ kind: 'rows', start: 1 });
    const second = channel.ask({ kind: 'rows', start: 2 });
    deepEqual(said, [
      { kind: 'rows', start: 1, id: 1 },
      { kind: 'rows', start: 2, id: 2 },
    ]);
    arrive({ kind: 'reply', id: 2, ok: true, rows: 20 });
    arrive({ kind: 'reply', id: 1, ok: true, rows: 10 });
    equal((await first).rows, 10);
    equal((await second).rows, 20);
  });

  it('rejects with the sentence of the host', async () => {
    const { channel, arrive } = open();
    const asked = channel.ask({ kind: 'rows', start: 1 });
    arrive({ kind: 'reply', id: 1, ok: false, error: 'The table is gone.' });
    await rejects(asked, { name: 'WorkbenchError', message: 'The table is gone.' });
  });

  it('rejects when nobody answers in time, and passes over what comes later', async () => {
    const { channel, heard, arrive } = open();
    await rejects(channel.ask({ kind: 'rows', start: 1 }, { withinMs: 5 }), /did not answer within 0\.005 s/);
    arrive({ kind: 'reply', id: 1, ok: true });
    deepEqual(heard, []);
  });

  it('drops what does not fit, and says so', () => {
    const { heard, arrive } = open();
    const { error } = console;
    let told = '';
    console.error = (text: string) => void (told = text);
    try {
      arrive({ kind: 'news', text: 7 });
      arrive('hello');
    } finally {
      console.error = error;
    }
    arrive({ kind: 'news', text: 'fits' });
    deepEqual(heard, [{ kind: 'news', text: 'fits' }]);
    match(told, /does not fit/);
  });
});
