import { deepEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { keepZoom, panned, zoomed } from '../../../../webview/chart/zoom.ts';

const zoom = { start: 25, end: 50, startValue: 100, endValue: 200 };

describe('zoom', () => {
  it('shows the same values after rows were added', () => {
    deepEqual(keepZoom(zoom, [0, 800]), { startValue: 100, endValue: 200 });
  });

  it('follows the end that it touches', () => {
    deepEqual(keepZoom({ ...zoom, end: 100 }, [0, 800]), { startValue: 100, endValue: 800 });
    deepEqual(keepZoom({ ...zoom, start: 0 }, [-50, 800]), { startValue: -50, endValue: 200 });
  });

  it('shows all when nothing of it is there any more, and when nothing was zoomed', () => {
    deepEqual(keepZoom(zoom, [300, 800]), { start: 0, end: 100 });
    deepEqual(keepZoom(undefined, [0, 800]), { start: 0, end: 100 });
    deepEqual(keepZoom({ ...zoom, start: 0, end: 100 }, [0, 800]), { start: 0, end: 100 });
  });

  it('keeps the share of categories', () => {
    deepEqual(keepZoom(zoom, undefined), { start: 25, end: 50 });
  });

  it('zooms and moves within the whole', () => {
    deepEqual(zoomed({ start: 0, end: 100 }, 0.5), { start: 25, end: 75 });
    deepEqual(zoomed({ start: 25, end: 75 }, 2), { start: 0, end: 100 });
    deepEqual(panned({ start: 25, end: 75 }, 1), { start: 37.5, end: 87.5 });
    deepEqual(panned({ start: 50, end: 100 }, 1), { start: 50, end: 100 });
    const part = fc.tuple(
      fc.double({ min: 0, max: 99, noNaN: true }),
      fc.double({ min: 0.2, max: 100, noNaN: true }),
    );
    const steps = fc.array(fc.constantFrom('in', 'out', 'left', 'right'), { maxLength: 30 });
    fc.assert(
      fc.property(part, steps, ([start, width], all) => {
        let now = { start, end: Math.min(100, start + width) };
        for (const step of all) {
          if (step === 'in' || step === 'out') now = zoomed(now, step === 'in' ? 0.5 : 2);
          else now = panned(now, step === 'left' ? -1 : 1);
          ok(now.start >= 0 && now.end <= 100 + 1e-9 && now.start < now.end);
        }
      }),
    );
  });
});
