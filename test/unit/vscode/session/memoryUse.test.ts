import { deepEqual, equal } from 'node:assert/strict';
import { Crossing, memoryPercent } from '../../../../src/vscode/session/memoryUse.ts';

describe('The memory of a session', () => {
  it('is a share of its limit or of what the machine has left, whichever is nearer', () => {
    equal(memoryPercent({ rssBytes: 50, limitBytes: 100 }), 50);
    equal(memoryPercent({ rssBytes: 50, availableBytes: 150 }), 25);
    equal(memoryPercent({ rssBytes: 50, limitBytes: 100, availableBytes: 10 }), (100 * 50) / 60);
    equal(memoryPercent({ rssBytes: 120, limitBytes: 100 }), 100);
  });

  it('is none where nothing is known of what it may be', () => {
    equal(memoryPercent({ rssBytes: 50 }), undefined);
    equal(memoryPercent({ rssBytes: 50, limitBytes: 0 }), undefined);
  });

  it('is told of once each time that it rises to the limit', () => {
    const crossing = new Crossing();
    const told = [80, 86, 90, 84, 86, 79, 84, 85].map((percent) => crossing.rises(percent, 85));
    deepEqual(told, [false, true, false, false, false, false, false, true]);
    crossing.reset();
    equal(crossing.rises(90, 85), true);
  });
});
