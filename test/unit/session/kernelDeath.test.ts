import assert from 'node:assert/strict';
import { whyKernelDied } from '../../../src/session/kernelDeath.ts';
import type { SessionFacts } from '../../../src/session/sessionTypes.ts';

const facts = (memory?: SessionFacts['memory']): SessionFacts => ({
  kernelId: 'k',
  incarnation: 'i',
  ...(memory ? { memory } : {}),
});

describe('why a kernel died', () => {
  it('is lack of memory where there was little left', () => {
    assert.match(
      whyKernelDied(facts({ rssBytes: 1.95e9, limitBytes: 2e9, availableBytes: 9e9 })),
      /it used 1.9 GB of the 2.0 GB .* lack of memory/,
    );
    assert.match(
      whyKernelDied(facts({ rssBytes: 3e9, availableBytes: 1e8 })),
      /used 3.0 GB and the machine had 100 MB left, .* lack of memory/,
    );
  });

  it('is told by the exit of its process', () => {
    const roomy = facts({ rssBytes: 1e8, limitBytes: 4e9, availableBytes: 4e9 });
    const tight = facts({ rssBytes: 1.95e9, limitBytes: 2e9, availableBytes: 9e9 });
    assert.equal(
      whyKernelDied(roomy, { code: -9, oomKills: 1 }),
      "The kernel was killed by signal 9 (SIGKILL): the system's memory ran out. It used 100 MB when it was last looked at.",
    );
    assert.match(
      whyKernelDied(undefined, { code: -11, oomKills: null }),
      /^The kernel .* signal 11 \(SIGSEGV\)\.$/,
    );
    assert.match(
      whyKernelDied(tight, { code: 3, oomKills: 0 }),
      /^The kernel ended with exit code 3\. It used/,
    );
    // Somebody's kill, and not the system's.
    assert.doesNotMatch(whyKernelDied(tight, { code: -9, oomKills: 0 }), /memory/);
    assert.match(
      whyKernelDied(tight, { code: -9 }),
      /signal 9 \(SIGKILL\): it used .* probably .* lack of memory/,
    );
    assert.match(
      whyKernelDied(roomy, { code: -9, oomKills: null }),
      /^The kernel .* \(SIGKILL\)\. It used 100 MB/,
    );
    assert.match(whyKernelDied(undefined, { code: -9, oomKills: 2 }), /memory ran out\.$/);
  });

  it('is not known where there was enough, or where nothing was known', () => {
    assert.match(
      whyKernelDied(facts({ rssBytes: 1e8, limitBytes: 4e9, availableBytes: 4e9 })),
      /a crash in native code/,
    );
    assert.equal(whyKernelDied(facts()), 'The kernel died.');
    assert.equal(whyKernelDied(undefined), 'The kernel died.');
  });
});
