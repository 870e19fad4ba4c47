import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DriverOutput } from '../../../src/spark/driverOutput.ts';
import type { DriverEvent } from '../../../src/spark/job.ts';

function feedAll(pieces: readonly string[]): { text: string; events: DriverEvent[] } {
  const output = new DriverOutput();
  let text = '';
  const events: DriverEvent[] = [];
  for (const piece of pieces) {
    const got = output.feed(piece);
    text += got.text;
    events.push(...got.events);
  }
  return { text: text + output.end(), events };
}

describe('driver output', () => {
  it('takes events out, also after an unfinished line', () => {
    const { text, events } = feedAll(['loading \u001e{"event": "exit", ', '"code": 3}\nmore\n']);
    assert.equal(text, 'loading more\n');
    assert.deepEqual(events, [{ event: 'exit', code: 3 }]);
  });

  it('leaves what looks like an event and is none', () => {
    for (const line of [
      '\u001e\n',
      '\u001enot json\n',
      '\u001e{"other": 1}\n',
      '\u001e[1]\n',
      '\u001e{"event"',
    ]) {
      assert.deepEqual(feedAll([line]), { text: line, events: [] });
    }
  });

  it('finds the event after a mark that the user printed', () => {
    const { text, events } = feedAll(['a\u001eb\u001e{"event":"x"}\n']);
    assert.deepEqual([text, events], ['a\u001eb', [{ event: 'x' }]]);
  });

  it('gives the same however the stream is cut', () => {
    const part = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '\n', '😀', '{', '"') }),
      fc.constant('\u001e{"event":"step-start","step":"é"}\n'),
    );
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(200)), (parts, cuts) => {
        const whole = parts.join('');
        const at = [...new Set(cuts)].filter((c) => c < whole.length).sort((a, b) => a - b);
        const pieces = [0, ...at].map((from, i) => whole.slice(from, at[i] ?? whole.length));
        assert.deepEqual(feedAll(pieces), feedAll([whole]));
        assert.equal(feedAll([whole]).events.length, whole.split('\u001e').length - 1);
      }),
    );
  });
});
