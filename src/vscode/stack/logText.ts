import { plainText } from '../../base/format.ts';

/** Colours and weights: `ESC [ … m`. */
// eslint-disable-next-line no-control-regex -- it is what is looked for
const styles = /(\u001b\[[\d;:]*m)/;
const reset = '\u001b[0m';

/** A log line for a terminal: its colours stay; what could move the cursor or change the title is shown as text. */
export function logText(line: string): string {
  const parts = line.split(styles);
  if (parts.length === 1) return plainText(line);
  return parts.map((part, index) => (index % 2 === 1 ? part : plainText(part))).join('') + reset;
}

/** Text of ours between the lines. */
export function dim(text: string): string {
  return `\u001b[2m${plainText(text)}${reset}`;
}
