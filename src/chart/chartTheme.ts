export type ThemeName = 'light' | 'dark' | 'highContrast' | 'highContrastLight';

export interface ChartTheme {
  background: string;
  text: string;
  dimText: string;
  grid: string;
  /** At most eight colours, told apart by the colour-blind too. */
  palette: readonly string[];
  /** From the least value to the most, in even steps. */
  scale: readonly string[];
  /** Whether surfaces have patterns beside their colours, and edges. */
  isHighContrast: boolean;
  /** Default: a system font. Without quotes: SVG has it in an attribute as it is. */
  fontFamily?: string;
}

/**
 * Cividis of Nuñez, Anderton and Renslow (https://doi.org/10.1371/journal.pone.0199239): its lightness rises evenly,
 * with or without a defect of colour vision.
 */
const cividis = [
  ...['#00224e', '#123570', '#3b496c', '#575d6d', '#707173'],
  ...['#8a8678', '#a59c74', '#c3b369', '#e1cc55', '#fee838'],
];
// Little is near the background, much stands out.
const toDark = cividis.toReversed();
const toLight = cividis.slice(1);

/**
 * The palette of Masataka Okabe and Kei Ito (https://jfly.uni-koeln.de/color/), its black replaced by what stands out
 * from the background. High contrast has no dim texts, on white darker shades of the same colours, and violet for
 * the second blue.
 */
export const themes: Record<ThemeName, ChartTheme> = {
  light: {
    background: '#ffffff',
    text: '#1f2328',
    dimText: '#59636e',
    grid: '#d8dee4',
    palette: ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#6e7781', '#f0e442'],
    scale: toDark,
    isHighContrast: false,
  },
  dark: {
    background: '#1e1e1e',
    text: '#e6e6e6',
    dimText: '#a9a9a9',
    grid: '#3c3c3c',
    palette: ['#56b4e9', '#e69f00', '#009e73', '#cc79a7', '#0072b2', '#d55e00', '#bbbbbb', '#f0e442'],
    scale: toLight,
    isHighContrast: false,
  },
  highContrast: {
    background: '#000000',
    text: '#ffffff',
    dimText: '#ffffff',
    grid: '#6b6b6b',
    palette: ['#56b4e9', '#e69f00', '#00c08b', '#e29bc4', '#a08cff', '#f07820', '#d0d0d0', '#f0e442'],
    scale: toLight,
    isHighContrast: true,
  },
  highContrastLight: {
    background: '#ffffff',
    text: '#1f2328',
    dimText: '#1f2328',
    grid: '#8c959f',
    palette: ['#005a8d', '#8a5f00', '#00674b', '#98497a', '#5b3fd6', '#a14700', '#4b535c', '#6b6400'],
    scale: toDark,
    isHighContrast: true,
  },
};

/** A theme by its name, or as it was resolved from the editor's colours. */
export function themeOf(theme: ThemeName | ChartTheme = 'light'): ChartTheme {
  return typeof theme === 'string' ? themes[theme] : theme;
}
