import type Dockerode from 'dockerode';
import type { StackEvent } from '../../engine.ts';
import { removeContainer, stopContainer } from './containers.ts';

export interface Stoppable {
  id: string;
  name: string;
  service: string;
  number: number;
  /** Services that it depends on. */
  dependsOn: readonly string[];
}

/**
 * Stops containers, as parallel as the dependencies allow: what depends on a service ends before it. With `remove`
 * they are removed, too, and with `volumes` their anonymous volumes. All are tried before the first failure is thrown.
 */
export async function stopInOrder(
  docker: Dockerode,
  containers: readonly Stoppable[],
  onEvent: (event: StackEvent) => void,
  options: { remove?: boolean; volumes?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const { remove = false, volumes = false, signal } = options;
  const stops = new Map<string, Promise<void>>();
  const stopOne = async (container: Stoppable): Promise<void> => {
    const where = { service: container.service, replica: container.number };
    onEvent({ ...where, step: 'stopping' });
    await stopContainer(docker, container, signal);
    if (remove) await removeContainer(docker, container, { volumes, signal });
    onEvent({ ...where, step: 'stopped' });
  };
  const stop = (name: string, path: readonly string[]): Promise<void> => {
    const known = stops.get(name);
    if (known) return known;
    const promise = (async () => {
      const dependents = containers.filter(
        // Labels can be anything: a circle must not wait for itself.
        ({ service, dependsOn }) => dependsOn.includes(name) && ![...path, name].includes(service),
      );
      await Promise.allSettled(dependents.map(({ service }) => stop(service, [...path, name])));
      const results = await Promise.allSettled(
        containers.filter(({ service }) => service === name).map((container) => stopOne(container)),
      );
      const failure = results.find((result) => result.status === 'rejected');
      if (failure) throw failure.reason;
    })();
    stops.set(name, promise);
    return promise;
  };
  const results = await Promise.allSettled(containers.map(({ service }) => stop(service, [])));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}
