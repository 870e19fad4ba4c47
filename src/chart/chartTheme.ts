export type ThemeName = 'light' | 'dark';

export interface ChartTheme {
  background: string;
  text: string;
  dimText: string;
  grid: string;
  /** At most eight colours, told apart by the colour-blind too. */
  palette: readonly string[];
}

/**
 * The palette of Masataka Okabe and Kei Ito (https://jfly.uni-koeln.de/color/), its black replaced by what stands out
 * from the background.
 */
export const themes: Record<ThemeName, ChartTheme> = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    dimText: '#59636e',
    grid: '#d8dee4',
    palette: ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#6e7781', '#f0e442'],
  },
  dark: {
    background: '#1e1e1e',
    text: '#e6e6e6',
    dimText: '#a9a9a9',
    grid: '#3c3c3c',
    palette: ['#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#0072b2', '#d55e00', '#bbbbbb', '#f0e442'],
  },
};
