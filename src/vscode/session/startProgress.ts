import { withProgress } from '../ui/progress.ts';
import { progressSentence } from './sessionTexts.ts';

/** Shows the steps of a start, which the person or the end of `life` cancels. */
export async function startProgress(
  title: string,
  life: AbortSignal,
  start: (options: { signal: AbortSignal; onProgress: (message: string) => void }) => Promise<void>,
): Promise<void> {
  await withProgress(title, (onProgress, signal) =>
    start({
      signal: AbortSignal.any([signal, life]),
      onProgress: (message) => onProgress({ message: progressSentence(message) }),
    }),
  );
}
