/** Colours, which may stand between any two words of a traceback. */
const ansi = '(?:\\u001b\\[[\\d;]*m)*';
const place = new RegExp(
  `File ${ansi}"?${ansi}cell://([\\w-]+)${ansi}"?${ansi}(?:, line |:)${ansi}(\\d+)`,
  'g',
);
const rest = /cell:\/\/([\w-]+)/g;

/**
 * A traceback in which cells are called as the notebook calls them: `Cell In[3], line 2`, which the editor makes a link
 * of. `countOf` is the execution count of a run's.
 */
export function cellStack(
  traceback: readonly string[],
  countOf: (runId: string) => number | undefined,
): string {
  const name = (runId: string): string => {
    const count = countOf(runId);
    return count === undefined ? 'a cell' : `Cell In[${count}]`;
  };
  return traceback
    .join('\n')
    .replace(place, (_, runId: string, line: string) => `${name(runId)}, line ${line}`)
    .replace(rest, (_, runId: string) => name(runId));
}
