import * as v from 'valibot';
import type { Selection } from '../../pipeline/plan.ts';

const planSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ steps: v.array(v.object({ name: v.string(), run: v.boolean() })) }),
);

/**
 * Which steps a pipeline's run was to do, from its arguments: the words that the command line takes, or the plan that the
 * driver was given. What was resumed starts at the same step again.
 */
export function selectionOf(args: readonly string[]): Selection {
  const [word, step] = args;
  if (word === '--only' && step !== undefined) return { only: step };
  if (word === '--from' && step !== undefined) return { from: step };
  if (word === '--resume') return { resume: true };
  const plan = v.safeParse(planSchema, word);
  if (!plan.success) return {};
  const { steps } = plan.output;
  const wanted = steps.filter(({ run }) => run);
  if (wanted.length === steps.length || wanted.length === 0) return {};
  const [first] = wanted;
  if (wanted.length === 1 && first !== steps.at(-1)) return { only: first!.name };
  return { from: first!.name };
}
