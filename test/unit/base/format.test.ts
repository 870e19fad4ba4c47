import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatBytes, formatDuration, plainText } from '../../../src/base/format.ts';

describe('formats', () => {
  it('names sizes as download pages do', () => {
    assert.deepEqual([0, 999, 1000, 999_600, 434e6, 1.24e9].map(formatBytes), [
      '0 B',
      '999 B',
      '1.0 kB',
      '1.0 MB',
      '434 MB',
      '1.2 GB',
    ]);
  });

  it('names durations by their two largest units', () => {
    assert.deepEqual([400, 12_000, 59_700, 185_000, 7_800_000].map(formatDuration), [
      '0.4 s',
      '12 s',
      '1 min 0 s',
      '3 min 5 s',
      '2 h 10 min',
    ]);
  });

  it('lets nothing through that could drive a terminal', () => {
    assert.equal(plainText('a\u001b[2Jb\nc'), 'a\\x1b[2Jb\\x0ac');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // eslint-disable-next-line no-control-regex -- they are what is looked for
        assert.ok(!/[\u0000-\u001f\u007f-\u009f]/.test(plainText(text)));
      }),
    );
  });
});
