import type { ColumnStatistics } from '../../src/vscode/tables/tableProtocol.ts';

const widthPx = 96;
const heightPx = 18;

/** Bars of how often values occur: steps of a range, else the most frequent ones. Undefined where there are none. */
export function histogram({ bins, top }: ColumnStatistics): SVGElement | undefined {
  const counts = bins?.counts ?? top?.map(({ count }) => count);
  if (!counts || counts.length === 0) return undefined;
  const most = Math.max(1, ...counts);
  const svg = svgElement('svg', {
    class: 'histogram',
    viewBox: `0 0 ${widthPx} ${heightPx}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const step = widthPx / counts.length;
  counts.forEach((count, i) => {
    if (count === 0) return;
    // What is there is seen, however rare.
    const height = Math.max(1.5, (count / most) * heightPx);
    svg.append(
      svgElement('rect', {
        x: i * step,
        y: heightPx - height,
        width: Math.max(0.5, step - 1),
        height,
      }),
    );
  });
  return svg;
}

function svgElement(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
