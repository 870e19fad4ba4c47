import type { StoredRun } from './runStore.ts';

/** Whether the panel shows a run: cells of notebooks have their outputs below them. */
export function isShown({ place }: Pick<StoredRun, 'place'>): boolean {
  return place?.uri.startsWith('vscode-notebook-cell:') !== true;
}
