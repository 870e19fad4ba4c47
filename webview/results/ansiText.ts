import { make } from '../shared/elements.ts';
import { ansiSpans, type AnsiColor, type AnsiStyle } from './ansi.ts';
import { colorText, parseColor, readable, type Rgb } from './colors.ts';

const names = ['Black', 'Red', 'Green', 'Yellow', 'Blue', 'Magenta', 'Cyan', 'White'];
const variables = ['', 'Bright'].flatMap((bright) =>
  names.map((name) => `--vscode-terminal-ansi${bright}${name}`),
);

/** Draws lines with the terminal's colours, in shades that can be read on the page. */
export class AnsiText {
  #background: Rgb = [255, 255, 255];
  #foreground: Rgb = [0, 0, 0];
  #palette: Rgb[] = [];

  constructor() {
    this.#readTheme();
    // The editor sets another theme's colours at the root, and its kind at the body.
    const observer = new MutationObserver(() => this.#readTheme());
    observer.observe(document.documentElement, { attributeFilter: ['style'] });
    observer.observe(document.body, { attributeFilter: ['class'] });
  }

  /** The elements of a line, and how the next one begins. */
  line(text: string, before?: AnsiStyle): { element: HTMLElement; style: AnsiStyle } {
    const { spans, style } = ansiSpans(text, before);
    const element = make('div', { class: 'line' });
    for (const span of spans) {
      if (Object.keys(span.style).length === 0) element.append(span.text);
      else element.append(this.#span(span.text, span.style));
    }
    return { element, style };
  }

  /** A text that comes as a whole. */
  block(text: string): HTMLElement {
    const block = make('pre', { tabindex: 0 });
    let style: AnsiStyle | undefined;
    for (const line of text.split('\n')) {
      const drawn = this.line(line, style);
      style = drawn.style;
      block.append(drawn.element);
    }
    return block;
  }

  #span(text: string, style: AnsiStyle): HTMLElement {
    const { color, background, inverse = false } = style;
    const classes = (['bold', 'dim', 'italic', 'underline', 'struck'] as const).filter((name) => style[name]);
    const element = make('span', { class: classes.length > 0 ? classes.join(' ') : undefined }, text);
    const isFilled = background !== undefined || inverse;
    // With the page's background the palette's own variable follows the theme.
    if (typeof color === 'number' && !isFilled) element.style.color = `var(--ansi-${color})`;
    else if (color !== undefined || isFilled) {
      const front = this.#rgb(color) ?? this.#foreground;
      const back = this.#rgb(background) ?? this.#background;
      const [text_, fill] = inverse ? [back, front] : [front, back];
      element.style.color = colorText(readable(text_, fill));
      if (isFilled) element.style.backgroundColor = colorText(fill);
    }
    return element;
  }

  #rgb(color: AnsiColor | undefined): Rgb | undefined {
    if (color === undefined) return undefined;
    return typeof color === 'number' ? this.#palette[color] : parseColor(color);
  }

  #readTheme(): void {
    const root = getComputedStyle(document.documentElement);
    const read = (name: string): Rgb | undefined => parseColor(root.getPropertyValue(name));
    this.#background = read('--vscode-editor-background') ?? this.#background;
    this.#foreground = read('--vscode-editor-foreground') ?? read('--vscode-foreground') ?? this.#foreground;
    this.#palette = variables.map((name) => read(name) ?? this.#foreground);
    const main = document.querySelector('main')!;
    for (const [i, color] of this.#palette.entries()) {
      main.style.setProperty(`--ansi-${i}`, colorText(readable(color, this.#background)));
    }
  }
}
