import { equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { CappedText } from '../../../../src/vscode/jobs/cappedText.ts';

describe('Capped text', () => {
  it('is the end of all that was added, and counts the rest', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.array(fc.string()), (limit, pieces) => {
        const capped = new CappedText(limit);
        for (const piece of pieces) capped.add(piece);
        const all = pieces.join('');
        const kept = all.slice(Math.max(0, all.length - limit));
        equal(capped.text, kept);
        equal(capped.length, kept.length);
        equal(capped.dropped, all.length - kept.length);
      }),
    );
  });

  it('is taken away in pieces', () => {
    const capped = new CappedText(100);
    capped.add('abc');
    capped.add('def');
    equal(capped.take(4), 'abcd');
    equal(capped.length, 2);
    capped.add('g');
    equal(capped.take(10), 'efg');
    equal(capped.take(10), '');
  });

  it('loses and doubles nothing that is taken, and cuts no character', () => {
    const pieces = fc.array(fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(pieces, fc.integer({ min: 2, max: 7 }), (added, count) => {
        const capped = new CappedText(Number.MAX_SAFE_INTEGER);
        for (const piece of added) capped.add(piece);
        const taken: string[] = [];
        while (capped.length > 0) taken.push(capped.take(count));
        equal(taken.join(''), added.join(''));
        for (const text of taken)
          ok(text.length > 0 && text.length <= count && Buffer.from(text).toString() === text);
      }),
    );
  });
});
