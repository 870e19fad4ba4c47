import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { Terminal, progressLine } from '../../../src/cli/terminal.ts';

function terminal(): { terminal: Terminal; out: () => string; err: () => string } {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const text = (stream: PassThrough) => (): string => String(stream.read() ?? '');
  return { terminal: new Terminal({ stdin, stdout, stderr }, {}), out: text(stdout), err: text(stderr) };
}

describe('Terminal', () => {
  it('aligns columns, numbers to the right', () => {
    const { terminal: t, out } = terminal();
    t.table(
      ['branch', 'orders'],
      [
        ['Harbour', 12],
        ['Old Town', 1234],
      ],
    );
    assert.equal(out(), 'BRANCH    ORDERS\nHarbour       12\nOld Town   1,234\n');
  });

  it('lets no cell drive the terminal', () => {
    const { terminal: t, out } = terminal();
    t.table(['name'], [['\u001b]0;owned\u0007']]);
    assert.ok(!out().includes('\u001b'));
  });

  it('keeps results and remarks apart', () => {
    const { terminal: t, out, err } = terminal();
    t.print('result');
    t.note('remark');
    assert.deepEqual([out(), err()], ['result\n', 'remark\n']);
  });

  it('answers no where nobody can be asked', async () => {
    assert.equal(await terminal().terminal.confirm('Remove?'), false);
  });

  it('speaks of progress in its own units', () => {
    assert.equal(
      progressLine({ message: 'Downloading Spark', done: 210e6, total: 434e6, unit: 'bytes' }),
      'Downloading Spark, 210 MB of 434 MB',
    );
    assert.equal(
      progressLine({ message: 'Stage 3', done: 120, total: 200, unit: 'tasks' }),
      'Stage 3, 120 of 200 tasks',
    );
    assert.equal(progressLine({ message: 'Waiting' }), 'Waiting');
  });
});
