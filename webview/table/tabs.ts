import { make, newId } from '../shared/elements.ts';

export interface Tab {
  id: string;
  title: string;
  /** Fills the panel when it is opened. */
  fill: (panel: HTMLElement) => void;
}

/** A row of tabs and the panel of the chosen one, worked by keys as the ARIA pattern says. */
export class Tabs {
  readonly element: HTMLElement;
  readonly #list: HTMLElement;
  readonly #panel: HTMLElement;
  readonly #chosen: (id: string) => void;
  #tabs: readonly Tab[] = [];
  #open = '';

  constructor(label: string, chosen: (id: string) => void) {
    const id = newId('tab-panel');
    this.#chosen = chosen;
    this.#list = make('div', { class: 'tab-list', role: 'tablist', 'aria-label': label });
    this.#panel = make('div', { class: 'tab-panel', role: 'tabpanel', id, tabindex: 0 });
    this.element = make('div', { class: 'tabs' }, this.#list, this.#panel);
    this.#list.addEventListener('keydown', (event) => this.#onKey(event));
  }

  get openId(): string {
    return this.#open;
  }

  /** The tabs there are now; the open one stays open if it is among them. */
  show(tabs: readonly Tab[]): void {
    this.#tabs = tabs;
    this.#list.replaceChildren(
      ...tabs.map(({ id, title }) => {
        const tab = make(
          'button',
          { class: 'tab', type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': this.#panel.id },
          title,
        );
        tab.addEventListener('click', () => this.open(id, { tell: true }));
        return tab;
      }),
    );
    this.open(tabs.some(({ id }) => id === this.#open) ? this.#open : (tabs[0]?.id ?? ''));
  }

  open(id: string, { tell = false } = {}): void {
    const tab = this.#tabs.find((one) => one.id === id);
    if (!tab) return;
    this.#open = id;
    for (const [i, element] of [...this.#list.children].entries()) {
      const isOpen = this.#tabs[i]?.id === id;
      element.setAttribute('aria-selected', String(isOpen));
      element.setAttribute('tabindex', isOpen ? '0' : '-1');
    }
    this.#panel.setAttribute('aria-labelledby', `tab-${id}`);
    this.#panel.replaceChildren();
    tab.fill(this.#panel);
    if (tell) this.#chosen(id);
  }

  /** Fills the open panel anew. */
  refill(): void {
    const { scrollTop } = this.#panel;
    this.open(this.#open);
    this.#panel.scrollTop = scrollTop;
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.#tabs.findIndex(({ id }) => id === this.#open);
    const last = this.#tabs.length - 1;
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    const tab = to === undefined ? undefined : this.#tabs[to];
    if (!tab) return;
    event.preventDefault();
    this.open(tab.id, { tell: true });
    (this.#list.children[to!] as HTMLElement).focus();
  }
}
