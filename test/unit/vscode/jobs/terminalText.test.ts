import { equal } from 'node:assert/strict';
import fc from 'fast-check';
import { TerminalText } from '../../../../src/vscode/jobs/terminalText.ts';

const whole = (text: string): string => new TerminalText().feed(text);

describe("A program's output in a terminal", () => {
  it('keeps colours and cursor movement', () => {
    const text = 'a \u001b[1;31mred\u001b[0m \u001b[38:5:12mx\u001b[m\r\u001b[2K50 %\u001b[1A';
    equal(whole(text), text);
  });

  it('ends each line with CR LF, once', () => {
    equal(whole('a\nb\r\nc\n\nd'), 'a\r\nb\r\nc\r\n\r\nd');
    const text = new TerminalText();
    equal(text.feed('a\r') + text.feed('\nb\n'), 'a\r\nb\r\n');
    equal(text.isAtLineStart, true);
    text.feed('c');
    equal(text.isAtLineStart, false);
  });

  it('takes out what does more than show', () => {
    equal(whole('a\u001b]0;title\u0007b'), 'ab');
    equal(whole('a\u001b]52;c;aGk=\u001b\\b'), 'ab');
    equal(whole('a\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\b'), 'alinkb');
    equal(whole('a\u001bP1$qm\u001b\\b'), 'ab');
    equal(whole('a\u001bcb\u001b[6nc\u001b[?1049hd\u001b(0e'), 'abcde');
    equal(whole('a\u0000\u0007\u009b31mb\u007fc'), 'a31mbc');
  });

  it('is not stopped by a sequence that never ends', () => {
    const text = new TerminalText();
    equal(text.feed('a\u001b]0;'), 'a');
    let out = '';
    for (let i = 0; i < 3; i++) out += text.feed('x'.repeat(4000));
    equal(out.includes('x'.repeat(4000)), true);
    equal(whole('\u001b]0;broken\nnext'), '\r\nnext');
  });

  it('waits for the end of a short sequence that is cut', () => {
    const pieces = new TerminalText();
    equal(pieces.feed('a\u001b ') + pieces.feed('0b'), 'ab');
  });

  it('gives the same however it is cut', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '\u001b[31m',
        '\u001b]0;t\u0007',
        '\n',
        '\r',
        '\u001b',
        '\u001b[6n',
        '\u001b\\',
        '\b',
        '\u009c',
      ),
    );
    fc.assert(
      fc.property(fc.array(part), fc.array(fc.nat(40)), (parts, cuts) => {
        const text = parts.join('');
        const pieces = new TerminalText();
        let out = '';
        let from = 0;
        for (const cut of cuts) {
          out += pieces.feed(text.slice(from, from + cut));
          from = Math.min(from + cut, text.length);
        }
        equal(out + pieces.feed(text.slice(from)), whole(text));
      }),
    );
  });
});
