// The lineage page: draws what the extension tells as SVG whose tables can be walked and opened by keys.
import * as v from 'valibot';
import {
  toPageSchema,
  type FromPage,
  type ShownNode,
  type ToPage,
} from '../src/vscode/pipeline/lineageProtocol.ts';

const narrowest = 152;
const widest = 208;
const height = 72;
const columnGap = 36;
const rowGap = 14;
const margin = 8;
const padding = 10;

const signs: Record<ShownNode['state'], string> = {
  none: '',
  finished: '\u2713',
  failed: '\u2717',
  running: '\u25cf',
  waiting: '\u2026',
  stopped: '\u2298',
};

interface Placed extends ShownNode {
  x: number;
  y: number;
  row: number;
}

const vscode = acquireVsCodeApi();
const graph = element('graph');
const list = element('list');
const message = element('message');
const heading = element('title');
let shown = '';
let placed: Placed[] = [];
let width = widest;
let told: ToPage | undefined;

window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  const parsed = v.safeParse(toPageSchema, data);
  if (!parsed.success) return;
  const text = JSON.stringify(parsed.output);
  if (text === shown) return;
  shown = text;
  told = parsed.output;
  draw(told);
});
new ResizeObserver(() => {
  if (told && widthFor(told.nodes) !== width) draw(told);
}).observe(document.documentElement);
say({ type: 'ready' });

function draw({ title, message: sentence, nodes, edges }: ToPage): void {
  const focused = document.activeElement?.getAttribute('data-id');
  // Said again only when it is another one: it is a live region.
  if (message.textContent !== sentence) message.textContent = sentence;
  width = widthFor(nodes);
  placed = place(nodes);
  heading.textContent = title;
  const columns = Math.max(0, ...placed.map(({ column }) => column + 1));
  const rows = Math.max(0, ...placed.map(({ row }) => row + 1));
  const svg = svgElement('svg', {
    role: 'group',
    'aria-label': title,
    width: 2 * margin + columns * (width + columnGap) - columnGap,
    height: 2 * margin + rows * (height + rowGap) - rowGap,
  });
  const marker = svgElement('marker', {
    id: 'arrow',
    viewBox: '0 0 8 8',
    refX: 8,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: 'auto',
  });
  marker.append(svgElement('path', { d: 'M0 0 L8 4 L0 8 z', class: 'arrow' }));
  const lines = svgElement('g', { 'aria-hidden': 'true' });
  lines.append(marker);
  for (const { from, to } of edges) {
    const [a, b] = [placed.find(({ id }) => id === from), placed.find(({ id }) => id === to)];
    if (!a || !b) continue;
    const [x1, y1, x2, y2] = [a.x + width, a.y + height / 2, b.x, b.y + height / 2];
    const bend = columnGap / 2;
    lines.append(
      svgElement('path', {
        class: 'edge',
        'data-from': from,
        'data-to': to,
        'marker-end': 'url(#arrow)',
        d: `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
      }),
    );
  }
  svg.append(lines);
  graph.replaceChildren(...(placed.length === 0 ? [] : [svg]));
  for (const node of placed) svg.append(drawNode(node));
  for (const text of svg.querySelectorAll<SVGTextElement>('text[data-room]')) fit(text);
  list.replaceChildren(
    ...placed.map(({ sentence: words }) => {
      const item = document.createElement('li');
      item.textContent = words;
      return item;
    }),
  );
  if (focused) nodeElement(focused)?.focus();
}

/** As wide as the room lets them be; below a limit the page scrolls. */
function widthFor(nodes: readonly ShownNode[]): number {
  const columns = Math.max(1, ...nodes.map(({ column }) => column + 1));
  const room = graph.clientWidth - 2 * margin - (columns - 1) * columnGap;
  return Math.min(widest, Math.max(narrowest, Math.floor(room / columns)));
}

/** Columns from left to right, each in the middle of the height. */
function place(nodes: readonly ShownNode[]): Placed[] {
  const inColumn = (column: number): ShownNode[] => nodes.filter((node) => node.column === column);
  const tallest = Math.max(0, ...nodes.map(({ column }) => inColumn(column).length));
  return nodes.map((node) => {
    const column = inColumn(node.column);
    const index = column.indexOf(node);
    const top = ((tallest - column.length) * (height + rowGap)) / 2;
    return {
      ...node,
      // The tallest column gives the height.
      row: column.length === tallest ? index : 0,
      x: margin + node.column * (width + columnGap),
      y: margin + top + index * (height + rowGap),
    };
  });
}

function drawNode(node: Placed): SVGElement {
  const { id, kind, x, y, label, group, facts, note, step, state, freshness, sentence } = node;
  const whole = svgElement('g', {
    class: `node ${kind} ${freshness} ${state}`,
    transform: `translate(${x} ${y})`,
  });
  const box = svgElement('g', { 'aria-hidden': 'true' });
  box.append(svgElement('rect', { class: 'box', width, height, rx: kind === 'table' ? 3 : height / 4 }));
  // Over the words, which it says in a sentence.
  const button = svgElement('rect', {
    class: 'button',
    width,
    height,
    role: 'button',
    tabindex: 0,
    'aria-label': sentence,
    'data-id': id,
  });
  const title = svgElement('title', {});
  title.textContent = sentence;
  button.append(title);
  whole.append(box, button);
  const line = (text: string, className: string, baseline: number, left = padding): void => {
    if (text === '') return;
    const words = svgElement('text', {
      class: className,
      x: left,
      y: baseline,
      'data-room': width - left - padding - (className === 'column' && note !== '' ? width / 2 : 0),
    });
    words.textContent = text;
    box.append(words);
  };
  line(group, 'column', 16);
  if (note !== '') {
    const words = svgElement('text', {
      class: 'note',
      x: width - padding,
      y: 16,
      'text-anchor': 'end',
    });
    words.textContent = note;
    box.append(words);
  }
  line(label, 'label', 33);
  line(facts, 'facts', 49);
  const sign = signs[state];
  line(sign, 'sign', 64);
  line(step, 'step', 64, sign === '' ? padding : padding + 16);
  button.addEventListener('click', () => say({ type: 'open', id }));
  button.addEventListener('keydown', (event) => onKey(event, node));
  const near = (on: boolean) => (): void => highlight(id, on);
  button.addEventListener('focus', near(true));
  button.addEventListener('blur', near(false));
  button.addEventListener('mouseenter', near(true));
  button.addEventListener('mouseleave', near(false));
  return whole;
}

function onKey(event: KeyboardEvent, from: Placed): void {
  if (event.key === 'Enter' || event.key === ' ') say({ type: 'open', id: from.id });
  else {
    const to = neighbour(event.key, from);
    if (!to) return;
    const target = nodeElement(to.id);
    target?.focus();
    target?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  event.preventDefault();
}

function neighbour(key: string, from: Placed): Placed | undefined {
  const nearest = (column: number): Placed | undefined =>
    placed
      .filter((node) => node.column === column)
      .sort((a, b) => Math.abs(a.y - from.y) - Math.abs(b.y - from.y))[0];
  const inColumn = placed.filter((node) => node.column === from.column);
  const index = inColumn.indexOf(from);
  switch (key) {
    case 'ArrowUp':
      return inColumn[index - 1];
    case 'ArrowDown':
      return inColumn[index + 1];
    case 'ArrowLeft':
      return nearest(from.column - 1);
    case 'ArrowRight':
      return nearest(from.column + 1);
    case 'Home':
      return placed[0];
    case 'End':
      return placed.at(-1);
    default:
      return undefined;
  }
}

function highlight(id: string, on: boolean): void {
  for (const edge of graph.querySelectorAll('.edge')) {
    const touches = edge.getAttribute('data-from') === id || edge.getAttribute('data-to') === id;
    edge.classList.toggle('near', on && touches);
  }
}

/** Cuts a text to its room. */
function fit(text: SVGTextElement): void {
  const room = Number(text.getAttribute('data-room'));
  const words = text.textContent;
  for (let length = words.length - 1; length > 0 && text.getComputedTextLength() > room; length--) {
    text.textContent = `${words.slice(0, length).trimEnd()}\u2026`;
  }
}

function nodeElement(id: string): SVGElement | undefined {
  return [...graph.querySelectorAll<SVGElement>('[data-id]')].find(
    (node) => node.getAttribute('data-id') === id,
  );
}

function svgElement(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

function say(what: FromPage): void {
  vscode.postMessage(what);
}
