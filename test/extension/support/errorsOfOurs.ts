/** Our folder among the extensions, our log, or one of our commands. */
const ours = /medallion-workbench\.medallion-workbench|\bmedallion\.[a-z]/i;
/** The editor's own word for a view that was being read when its window went away. */
const leaving = /Unable to refresh tree view [\w.]+: Canceled/;
const uncaught = /\[error\]|unhandled|rejected promise not handled|uncaught/i;

/**
 * Of the extension hosts' logs and the browser's console, what went wrong in our extension without being shown to the
 * person: errors whose text or stack names us. Other extensions and the editor have errors of their own.
 */
export function errorsOfOurs(hostLogs: string[], consoleErrors: string[]): string[] {
  const entries = hostLogs.flatMap((log) => log.split(/\n(?=\d{4}-\d\d-\d\d \d\d:)/));
  const found = entries.filter((entry) => uncaught.test(entry) && ours.test(entry) && !leaving.test(entry));
  // In a query, the frame that the editor puts around a webview names us; what is wrong in it is the editor's own.
  const shown = consoleErrors.filter(
    (text) => ours.test(text.replace(/\?\S*/g, '')) || /\[Extension Host\].*rejected promise/.test(text),
  );
  return [...found, ...shown];
}
