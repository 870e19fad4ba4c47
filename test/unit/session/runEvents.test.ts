import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KernelMessage } from '../../../src/session/kernelMessage.ts';
import { mergeStreams, readNews } from '../../../src/session/runEvents.ts';
import type { RunUpdate } from '../../../src/session/sessionTypes.ts';

const message = (type: string, content: unknown, metadata: unknown = {}): KernelMessage => ({
  type,
  parent: 'r1',
  content,
  metadata,
});

describe('what a message tells of a run', () => {
  it('is its begin, its output and its state', () => {
    const cases: [string, unknown, unknown][] = [
      ['status', { execution_state: 'busy' }, { kind: 'busy' }],
      ['status', { execution_state: 'starting' }, undefined],
      ['execute_input', { code: '1', execution_count: 4 }, { kind: 'begin', count: 4, code: '1' }],
      ['stream', { name: 'stderr', text: 'x' }, { kind: 'stream', name: 'stderr', text: 'x' }],
      [
        'display_data',
        { data: { 'text/plain': 'a' }, metadata: {}, transient: { display_id: 'd' } },
        { kind: 'data', bundle: { 'text/plain': 'a' }, isResult: false, displayId: 'd' },
      ],
      [
        'execute_result',
        { data: { 'text/plain': '1' }, metadata: {}, execution_count: 1 },
        { kind: 'data', bundle: { 'text/plain': '1' }, isResult: true },
      ],
      [
        'update_display_data',
        { data: { 'text/plain': 'b' }, transient: { display_id: 'd' } },
        { kind: 'update', displayId: 'd', bundle: { 'text/plain': 'b' } },
      ],
      ['clear_output', { wait: true }, { kind: 'clear', wait: true }],
      ['comm_open', { comm_id: 'c' }, undefined],
    ];
    for (const [type, content, expected] of cases)
      assert.deepEqual(readNews(message(type, content)), expected);
  });

  it('is a failure on the line of a cell, also of another one', () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "cell://r1", line 3, in <module>',
      '    helper(0)',
      '  File "cell://r0", line 2, in helper',
      '    return 1 / x',
      'ZeroDivisionError: division by zero',
      '',
    ].join('\n');
    const content = { ename: 'ZeroDivisionError', evalue: 'division by zero', traceback: ['\u001b[31mred'] };
    const news = readNews(message('error', content, { medallion: { seq: 1, traceback } }));
    assert.ok(news?.kind === 'error');
    assert.deepEqual([news.failure?.file, news.failure?.line], ['cell://r0', 2]);
    assert.deepEqual(news.traceback, ['\u001b[31mred']);
    const plain = readNews(message('error', content));
    assert.ok(plain?.kind === 'error' && plain.failure === undefined);
  });

  it('names the modules that were sent as the person does', () => {
    const traceback = [
      'Traceback (most recent call last):',
      '  File "cell://r1", line 1, in <module>',
      '  File "/tmp/m/abc.zip/helper.py", line 7, in run',
      'ValueError: no',
    ].join('\n');
    const content = { ename: 'ValueError', evalue: 'no', traceback: [] };
    const sources = { 'abc.zip/helper.py': '/project/helper.py' };
    const news = readNews(message('error', content, { medallion: { seq: 1, traceback } }), sources);
    assert.ok(news?.kind === 'error');
    assert.deepEqual([news.failure?.file, news.failure?.line], ['/project/helper.py', 7]);
  });

  it('is nothing where it is not what Jupyter says', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('status', 'stream', 'error', 'display_data', 'execute_input', 'clear_output', 'x'),
        fc.jsonValue(),
        fc.jsonValue(),
        (type, content, metadata) => void readNews(message(type, content, metadata)),
      ),
    );
    assert.equal(readNews(message('stream', { name: 'stdin', text: 'x' })), undefined);
    assert.equal(readNews(message('stream', { name: 'stdout', text: 1 })), undefined);
  });
});

describe('texts of a stream that follow each other', () => {
  const stream = (runId: string, name: 'stdout' | 'stderr', text: string): RunUpdate => ({
    runId,
    event: { kind: 'stream', name, text },
  });

  it('become one, and nothing else changes', () => {
    const end: RunUpdate = { runId: 'a', event: { kind: 'end', end: 'ok' } };
    assert.deepEqual(
      mergeStreams([
        stream('a', 'stdout', '1'),
        stream('a', 'stdout', '2'),
        stream('a', 'stderr', '3'),
        stream('b', 'stderr', '4'),
        end,
        stream('a', 'stdout', '5'),
      ]),
      [
        stream('a', 'stdout', '12'),
        stream('a', 'stderr', '3'),
        stream('b', 'stderr', '4'),
        end,
        stream('a', 'stdout', '5'),
      ],
    );
  });

  it('keep their text and order', () => {
    const update = fc.oneof(
      fc
        .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('stdout' as const, 'stderr' as const), fc.string())
        .map(([runId, name, text]) => stream(runId, name, text)),
      fc.constantFrom('a', 'b').map((runId): RunUpdate => ({ runId, event: { kind: 'clear', wait: false } })),
    );
    // As single characters with where they belong: merged or not, they are the same.
    const spelled = (updates: RunUpdate[]): string[] =>
      updates.flatMap(({ runId, event }) =>
        event.kind === 'stream'
          ? Array.from(event.text, (c) => `${runId} ${event.name} ${c}`)
          : [`${runId} ${event.kind}`],
      );
    fc.assert(
      fc.property(fc.array(update), (updates) => {
        const before = structuredClone(updates);
        assert.deepEqual(spelled(mergeStreams(updates)), spelled(before));
        assert.deepEqual(updates, before);
      }),
    );
  });
});
