import type { StoredRun } from './runStore.ts';

/** Whether a run is of a cell of a notebook, which has its outputs below it. */
export function isOfNotebook({ place }: Pick<StoredRun, 'place'>): boolean {
  return place?.uri.startsWith('vscode-notebook-cell:') === true;
}
