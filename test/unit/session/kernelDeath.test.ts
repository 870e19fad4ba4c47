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

  it('is not known where there was enough, or where nothing was known', () => {
    assert.match(
      whyKernelDied(facts({ rssBytes: 1e8, limitBytes: 4e9, availableBytes: 4e9 })),
      /a crash in native code/,
    );
    assert.equal(whyKernelDied(facts()), 'The kernel died.');
    assert.equal(whyKernelDied(undefined), 'The kernel died.');
  });
});
