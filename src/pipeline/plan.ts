import { WorkbenchError } from '../base/errors.ts';

/** What the order of steps depends on. */
export interface WiredStep {
  name: string;
  reads: readonly string[];
  writes: readonly string[];
  after: readonly string[];
}

/**
 * The steps in an order in which each comes after those that write what it reads and those that it names; else as
 * given. A cycle is given by its names, the first one again at the end.
 */
export function orderSteps<T extends WiredStep>(
  steps: readonly T[],
): { steps: T[]; cycle?: undefined } | { steps?: undefined; cycle: string[] } {
  const before = new Map(
    steps.map((step) => [
      step.name,
      steps.filter(
        (other) =>
          (other.name !== step.name && other.writes.some((table) => step.reads.includes(table))) ||
          step.after.includes(other.name),
      ),
    ]),
  );
  const done = new Set<string>();
  const path: string[] = [];
  const ordered: T[] = [];
  const visit = (step: T): string[] | undefined => {
    if (done.has(step.name)) return undefined;
    const open = path.indexOf(step.name);
    // Found against the arrows: what is found last comes first.
    if (open >= 0) return [...path.slice(open), step.name].reverse();
    path.push(step.name);
    for (const earlier of before.get(step.name) ?? []) {
      const cycle = visit(earlier);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(step.name);
    ordered.push(step);
    return undefined;
  };
  for (const step of steps) {
    const cycle = visit(step);
    if (cycle) return { cycle };
  }
  return { steps: ordered };
}

export interface Selection {
  /** The first step to run. */
  from?: string | undefined;
  /** The one step to run. */
  only?: string | undefined;
  /** Start at the step that the last run did not finish. */
  resume?: boolean | undefined;
}

/** How the steps of an earlier run ended. */
export interface EarlierRun {
  runId: string;
  state: string;
  steps: readonly { name: string; state: string }[];
}

export interface PlannedStep<T extends WiredStep> {
  step: T;
  run: boolean;
}

/** Which of the ordered steps are to run. Throws `invalid` for a name that is none, or for nothing to resume. */
export function planRun<T extends WiredStep>(
  steps: readonly T[],
  selection: Selection = {},
  last?: EarlierRun,
): PlannedStep<T>[] {
  const { steps: ordered, cycle } = orderSteps(steps);
  if (!ordered) {
    throw new WorkbenchError('invalid', `The steps wait for each other: ${cycle.join(' -> ')}.`);
  }
  const chosen = [selection.from !== undefined, selection.only !== undefined, selection.resume === true];
  if (chosen.filter(Boolean).length > 1) {
    throw new WorkbenchError('invalid', 'Choose one of: from a step, only a step, resume.');
  }
  const indexOf = (name: string): number => {
    const index = ordered.findIndex((step) => step.name === name);
    if (index >= 0) return index;
    const names = ordered.map((step) => step.name).join(', ');
    throw new WorkbenchError('invalid', `There is no step ${name}. The steps are: ${names}.`);
  };
  if (selection.only !== undefined) {
    const index = indexOf(selection.only);
    return ordered.map((step, i) => ({ step, run: i === index }));
  }
  let first = 0;
  if (selection.from !== undefined) first = indexOf(selection.from);
  if (selection.resume) first = resumeAt(ordered, last);
  return ordered.map((step, i) => ({ step, run: i >= first }));
}

/** The first step that the last run was to do and did not; a step that it did not know counts as not done. */
function resumeAt(ordered: readonly WiredStep[], last: EarlierRun | undefined): number {
  if (!last) throw new WorkbenchError('invalid', 'There is no earlier run to resume: run the pipeline.');
  const done = new Set(
    last.steps.filter(({ state }) => state === 'FINISHED' || state === 'SKIPPED').map(({ name }) => name),
  );
  const first = ordered.findIndex((step) => !done.has(step.name));
  if (last.state === 'FINISHED' || first < 0) {
    throw new WorkbenchError('invalid', `The last run, ${last.runId}, finished: there is nothing to resume.`);
  }
  return first;
}
