/** What an examination found of one thing that a stack needs. */
export interface Finding {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  /** What was found, in a sentence or a few words. */
  detail: string;
  /** What to do, where something is to be done. */
  fix?: string;
}
