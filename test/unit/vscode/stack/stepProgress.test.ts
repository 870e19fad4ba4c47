import { deepEqual, equal } from 'node:assert/strict';
import { StepProgress } from '../../../../src/vscode/stack/stepProgress.ts';
import { TimeLeft } from '../../../../src/vscode/stack/timeLeft.ts';
import { fixParts } from '../../../../src/vscode/stack/fixParts.ts';
import { logText } from '../../../../src/vscode/stack/logText.ts';
import { wholeNumberIn } from '../../../../src/vscode/stack/wholeNumberIn.ts';

describe('Progress of an operation on the stack', () => {
  it('knows what is on its way, and which service failed', () => {
    const progress = new StepProgress();
    progress.add({ step: 'note', detail: 'NAMENODE_PORT is 8021, since 8020 is taken' });
    progress.add({ service: 'namenode', replica: 1, step: 'starting' });
    progress.add({ service: 'spark-worker', replica: 2, step: 'waiting', detail: 'for spark-master' });
    progress.add({ service: 'postgres', replica: 1, step: 'starting' });
    deepEqual(progress.busy, ['namenode-1', 'postgres-1']);
    progress.add({ service: 'namenode', replica: 1, step: 'healthy' });
    progress.add({ service: 'postgres', replica: 1, step: 'failed', detail: 'ended (exit code 1)' });
    deepEqual(progress.busy, []);
    equal(progress.failed, 'postgres');
  });
});

describe('Time left', () => {
  const at = (done: number, message = 'Downloading') => ({ message, done, total: 100 });

  it('follows the pace since the task began', () => {
    const left = new TimeLeft();
    equal(left.after(at(10), 0), undefined);
    equal(left.after(at(11), 100), undefined);
    equal(left.after(at(30), 4_000), 14_000);
    equal(left.after(at(100), 5_000), undefined);
  });

  it('begins anew with another task, and is unknown without a total', () => {
    const left = new TimeLeft();
    left.after(at(0), 0);
    equal(left.after(at(50, 'Unpacking'), 10_000), undefined);
    equal(left.after(at(75, 'Unpacking'), 20_000), 10_000);
    equal(left.after({ message: 'Unpacking', done: 5 }, 30_000), undefined);
  });

  it('is unknown while nothing moves', () => {
    const left = new TimeLeft();
    left.after(at(10), 0);
    equal(left.after(at(10), 60_000), undefined);
  });
});

describe('A remedy in the editor', () => {
  it('links what the command line would be told', () => {
    deepEqual(
      fixParts('See `medallion logs spark-worker`; `medallion up` starts it again. Or `apt install x`.'),
      [
        { kind: 'text', text: 'See ' },
        { kind: 'logs', service: 'spark-worker' },
        { kind: 'text', text: '; ' },
        { kind: 'start' },
        { kind: 'text', text: ' starts it again. Or ' },
        { kind: 'code', text: 'apt install x' },
        { kind: 'text', text: '.' },
      ],
    );
  });

  it('has no links of its own', () => {
    deepEqual(fixParts('no code'), [{ kind: 'text', text: 'no code' }]);
    deepEqual(fixParts('`medallion logs x"y`'), [{ kind: 'code', text: 'medallion logs x"y' }]);
  });
});

describe('A log line in a terminal', () => {
  it('keeps colours, and shows what could do more as text', () => {
    equal(logText('plain'), 'plain');
    equal(logText('\u001b[31mred\u001b[0m'), '\u001b[31mred\u001b[0m\u001b[0m');
    equal(logText('\u001b[2J\u001b]0;title\u0007'), '\\x1b[2J\\x1b]0;title\\x07');
    equal(logText('over\rwritten'), 'over\\x0dwritten');
  });
});

describe('A whole number that was typed', () => {
  it('may have separators, and has bounds', () => {
    equal(wholeNumberIn(' 1,000 ', 1, 5_000), 1_000);
    equal(wholeNumberIn('10_000', 1, 50_000), 10_000);
    for (const wrong of ['', '0', '12x', '-3', '1.5', '6000', '1e3', ',5']) {
      equal(wholeNumberIn(wrong, 1, 5_000), undefined, wrong);
    }
  });
});
