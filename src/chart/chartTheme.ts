export type ThemeName = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

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
 * from the background. High contrast has no dim texts, and on white darker shades of the same colours.
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
  highContrast: {
    background: '#000000',
    text: '#ffffff',
    dimText: '#ffffff',
    grid: '#6b6b6b',
    palette: ['#56b4e9', '#e69f00', '#00c08b', '#e29bc4', '#3f9fe0', '#f07820', '#d0d0d0', '#f0e442'],
  },
  highContrastLight: {
    background: '#ffffff',
    text: '#1f2328',
    dimText: '#1f2328',
    grid: '#8c959f',
    palette: ['#005a8d', '#8a5f00', '#00674b', '#98497a', '#1b6f9e', '#a14700', '#4b535c', '#6b6400'],
  },
};
