import { themes, type ChartTheme, type ThemeName } from '../../src/chart/chartTheme.ts';

/** The kind of the editor's theme, as it says it by the classes of a page's body. */
export function themeName(classes: DOMTokenList): ThemeName {
  if (classes.contains('vscode-high-contrast-light')) return 'highContrastLight';
  if (classes.contains('vscode-high-contrast')) return 'highContrast';
  return classes.contains('vscode-light') ? 'light' : 'dark';
}

/** The colours of a chart in the editor's theme: its own for texts and lines, a palette for its kind. */
export function pageTheme(): ChartTheme {
  const theme = themes[themeName(document.body.classList)];
  const style = getComputedStyle(document.documentElement);
  const color = (fallback: string, ...names: string[]): string => {
    for (const name of names) {
      const value = style.getPropertyValue(name).trim();
      if (value !== '') return value;
    }
    return fallback;
  };
  const text = color(theme.text, '--vscode-foreground', '--vscode-editor-foreground');
  return {
    ...theme,
    fontFamily: color('system-ui', '--vscode-font-family'),
    background: color(theme.background, '--vscode-editor-background'),
    text,
    // High contrast has no dim texts.
    dimText: theme.isHighContrast ? text : color(theme.dimText, '--vscode-descriptionForeground'),
    // Its borders are as loud as what is drawn.
    grid: theme.isHighContrast
      ? theme.grid
      : color(theme.grid, '--vscode-widget-border', '--vscode-panel-border'),
  };
}

/** Calls `changed` when the editor's theme is another one, or the person wants less or more motion. */
export function onThemeChange(changed: () => void): void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'style'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['class', 'style'] });
  reducedMotion.addEventListener('change', changed);
}

const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

/** VS Code tells its own setting by a class; the system's is a media query. */
export function wantsReducedMotion(): boolean {
  return reducedMotion.matches || document.body.classList.contains('vscode-reduce-motion');
}
