import * as v from 'valibot';

const schema = v.object({
  zoom: v.optional(
    v.object({ start: v.number(), end: v.number(), startValue: v.number(), endValue: v.number() }),
  ),
  /** The label of the selected place, or its position on a measured axis. */
  selected: v.optional(v.union([v.string(), v.number()])),
  /** Undefined until the person chose: wide windows have the controls then, narrow ones do not. */
  hasControls: v.optional(v.boolean()),
  compares: v.optional(v.boolean()),
});
export type PageState = v.InferOutput<typeof schema>;

/** What the page keeps over being hidden and reloaded; the editor holds it. */
export class KeptState {
  readonly #api: VscodeApi;
  #state: PageState;

  constructor(api: VscodeApi) {
    this.#api = api;
    const parsed = v.safeParse(schema, api.getState());
    this.#state = parsed.success ? parsed.output : {};
  }

  get now(): Readonly<PageState> {
    return this.#state;
  }

  keep(change: PageState): void {
    this.#state = { ...this.#state, ...change };
    this.#api.setState(this.#state);
  }
}
