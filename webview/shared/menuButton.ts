import { button } from './controls.ts';
import { make, newId } from './elements.ts';

export interface MenuItem {
  text: string;
  run: () => void;
}

/** A button with a menu below it, worked by keys as the editor's own menus. Groups have a line between them. */
export function menuButton(text: string, groups: readonly (readonly MenuItem[])[]): HTMLElement {
  const id = newId('menu');
  const items: HTMLElement[] = [];
  const menu = make('div', { class: 'menu', id, role: 'menu', 'aria-label': text, hidden: true });
  const toggle = button(text, () => (menu.hidden ? open() : close()), { icon: chevron(), iconAt: 'end' });
  toggle.setAttribute('aria-haspopup', 'menu');
  toggle.setAttribute('aria-expanded', 'false');
  toggle.classList.add('menu-toggle');
  const element = make('div', { class: 'menu-button' }, toggle, menu);

  const open = (index = 0): void => {
    menu.hidden = false;
    toggle.setAttribute('aria-expanded', 'true');
    items.at(index)?.focus();
  };
  const close = (): void => {
    if (menu.hidden) return;
    menu.hidden = true;
    toggle.setAttribute('aria-expanded', 'false');
  };

  groups.forEach((group, at) => {
    if (at > 0) menu.append(make('div', { class: 'menu-line', role: 'separator' }));
    for (const { text: label, run } of group) {
      const item = make('div', { class: 'menu-item', role: 'menuitem', tabindex: -1 }, label);
      item.addEventListener('click', () => {
        close();
        toggle.focus();
        run();
      });
      item.addEventListener('mouseenter', () => item.focus());
      items.push(item);
      menu.append(item);
    }
  });

  toggle.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    open(event.key === 'ArrowDown' ? 0 : -1);
    event.preventDefault();
  });
  menu.addEventListener('keydown', (event) => {
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: (at + 1) % items.length, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) items.at(to)?.focus();
    else if (event.key === 'Enter' || event.key === ' ') items[at]?.click();
    else if (event.key === 'Escape') {
      close();
      toggle.focus();
    } else {
      if (event.key === 'Tab') close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node) || !element.contains(relatedTarget)) close();
  });
  return element;
}

function chevron(): SVGElement {
  return icon('M3.5 6 8 10.5 12.5 6', { stroke: true });
}

/** A picture of 16 by 16 in the colour of the text. */
export function icon(path: string, { stroke = false }: { stroke?: boolean } = {}): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  const paint = stroke
    ? { fill: 'none', stroke: 'currentColor', 'stroke-width': '1.2' }
    : { fill: 'currentColor' };
  const all = { width: '16', height: '16', viewBox: '0 0 16 16', 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(all)) svg.setAttribute(name, value);
  for (const [name, value] of Object.entries({ d: path, ...paint })) line.setAttribute(name, value);
  svg.append(line);
  return svg;
}
