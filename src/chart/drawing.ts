import type { ChartChanges, ChartModel } from './chartModel.ts';
import type { ChartTheme } from './chartTheme.ts';

/** What the parts of a picture are made from. */
export interface Drawing {
  model: ChartModel;
  theme: ChartTheme;
  fontFamily: string;
  /** Pixels. */
  width: number;
  interactive: boolean;
  changes: ChartChanges | undefined;
}

/** Above this many, numbers beside the bars would overlap. */
export const maxValueLabels = 30;
/** Longer category labels end in an ellipsis; the table has them whole. */
export const labelWidth = { down: 160, across: 90 };
