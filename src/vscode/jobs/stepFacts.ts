import type { PipelineRun, StepRecord } from '../../pipeline/history.ts';
import type { DriverEvent } from '../../spark/job.ts';

export type StepFacts = Omit<StepRecord, 'script'> & { script?: string | undefined };

const states = ['PENDING', 'RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'SKIPPED'] as const;

/**
 * The steps of a pipeline run: as its driver wrote them down, and what its events have told since. Events come from a
 * driver's output, so each field is looked at.
 */
export function stepsOf(record: PipelineRun | undefined, events: readonly DriverEvent[]): StepFacts[] {
  const steps = new Map<string, StepFacts>();
  for (const step of record?.steps ?? []) steps.set(step.name, { ...step });
  for (const event of events) {
    if (event.event !== 'step-start' && event.event !== 'step-end') continue;
    const { step: name } = event;
    if (typeof name !== 'string') continue;
    const before = steps.get(name) ?? { name, state: 'PENDING' };
    // A record that was read later than the event knows more.
    if (record && isOver(before.state)) continue;
    steps.set(name, event.event === 'step-start' ? { ...before, state: 'RUNNING' } : ended(before, event));
  }
  return [...steps.values()];
}

function isOver(state: StepFacts['state']): boolean {
  return state !== 'PENDING' && state !== 'RUNNING';
}

function ended(before: StepFacts, event: DriverEvent): StepFacts {
  const fields = event as Record<string, unknown>;
  const number = (name: string): number | undefined => {
    const value = fields[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  return {
    ...before,
    state: states.find((state) => state === fields.state) ?? 'FINISHED',
    rowsIn: number('rowsIn') ?? before.rowsIn,
    rowsOut: number('rowsOut') ?? before.rowsOut,
    durationMs: number('durationMs') ?? before.durationMs,
    error: errorOf(fields.error) ?? before.error,
  };
}

function errorOf(value: unknown): StepFacts['error'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, message, file, line } = value as Record<string, unknown>;
  if (typeof type !== 'string' || typeof message !== 'string') return undefined;
  return {
    type,
    message,
    ...(typeof file === 'string' ? { file } : {}),
    ...(typeof line === 'number' ? { line } : {}),
  };
}
