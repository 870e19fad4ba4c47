type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
type Child = Node | string | undefined | false;

/** An element with attributes and children; `true` is an attribute without a value. Texts stay texts. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) if (child !== undefined && child !== false) made.append(child);
  return made;
}

let ids = 0;

/** An id that no other element of the page has. */
export function newId(prefix: string): string {
  return `${prefix}-${(ids += 1)}`;
}

/** Says something to screen readers, once: a live region tells only what is new in it. */
export class Announcer {
  readonly element = make('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });

  say(text: string): void {
    // The same text again is told again.
    this.element.textContent = this.element.textContent === text ? `${text}\u00a0` : text;
  }
}

/** The style sheet of a page's script, as text. */
export function adoptStyle(text: string): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
