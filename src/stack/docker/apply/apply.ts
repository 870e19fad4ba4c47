import type Dockerode from 'dockerode';
import { cancelled, throwIfCancelled } from '../../../base/cancellation.ts';
import { WorkbenchError, isWorkbenchError } from '../../../base/errors.ts';
import type { ComposeDependency, ComposeProject, DependencyCondition } from '../../compose/model.ts';
import type { StackEvent } from '../../engine.ts';
import type { ContainerBody } from '../container/containerBody.ts';
import {
  referencedServices,
  type ContainersOf,
  type NamedContainer,
} from '../container/containerReferences.ts';
import {
  copyFiles,
  createContainer,
  readReplaced,
  removeContainer,
  renameContainer,
  startContainer,
  stopContainer,
  unpauseContainer,
} from './containers.ts';
import type { ReplacedContainer } from '../container/containerMounts.ts';
import type { ContainerStep, Observed, ObservedContainer, Plan } from './plan.ts';
import { portTakenMeanwhile, publishesRange } from './publishedPorts.ts';
import { stopInOrder, type Stoppable } from './stopInOrder.ts';
import { createNetwork, createVolume, disconnect, removeNetwork } from './volumesAndNetworks.ts';
import { ContainerWaits } from './waitFor.ts';

/** What a plan is carried out with. */
export interface ApplySite {
  docker: Dockerode;
  /** In the canonical form; only the services of the plan are looked at. */
  project: ComposeProject;
  bodyOf(of: {
    service: string;
    replica: number;
    /** While the container that it replaces has its own. */
    name?: string;
    replaced?: ReplacedContainer;
    containers: ContainersOf;
  }): ContainerBody;
  onEvent: (event: StackEvent) => void;
}

/** A container that is there now, and whether this call started it. */
interface Present {
  step: ContainerStep;
  container: NamedContainer;
  wasRunning: boolean;
}

/**
 * Carries out a plan, as parallel as the dependencies allow, and waits until all is healthy. New containers are made at
 * once and started when what they depend on is ready; one that is replaced runs until then. On the first failure the
 * waits end and what runs is left; if it is cancelled, what was started here is stopped again.
 */
export async function applyPlan(
  plan: Plan,
  observed: Observed,
  site: ApplySite,
  signal: AbortSignal | undefined,
): Promise<void> {
  const run = new PlanRun(plan, observed, site, signal);
  await run.toTheEnd();
}

class PlanRun {
  readonly #plan: Plan;
  readonly #observed: Observed;
  readonly #site: ApplySite;
  readonly #caller: AbortSignal | undefined;
  readonly #failed = new AbortController();
  /** Ends with the caller's signal, and at the first failure. */
  readonly #signal: AbortSignal;
  readonly #waits: ContainerWaits;
  readonly #launched: Stoppable[] = [];
  readonly #present = new Map<string, Promise<Present[]>>();
  readonly #started = new Map<string, Promise<Present[]>>();
  readonly #healthy = new Map<string, Promise<void>>();
  readonly #completed = new Map<string, Promise<void>>();
  readonly #tolerated = new Map<string, Promise<WorkbenchError | undefined>>();
  /** One after the other: else the engine may give two the same port of a range. */
  #rangeStarts: Promise<unknown> = Promise.resolve();

  constructor(plan: Plan, observed: Observed, site: ApplySite, signal: AbortSignal | undefined) {
    this.#plan = plan;
    this.#observed = observed;
    this.#site = site;
    this.#caller = signal;
    this.#signal = signal ? AbortSignal.any([signal, this.#failed.signal]) : this.#failed.signal;
    this.#waits = new ContainerWaits(site.docker, site.project.name);
  }

  async toTheEnd(): Promise<void> {
    try {
      for (const note of this.#plan.notes) this.#site.onEvent({ step: 'note', detail: note });
      await this.#clearTheWay();
      await this.#prepare();
      const names = [...this.#plan.services.keys()];
      const results = await Promise.allSettled(names.map((name) => this.#end(name)));
      if (results.some(({ status }) => status === 'rejected')) throw this.#failed.signal.reason as Error;
    } catch (error) {
      if (!this.#caller?.aborted) throw error;
      await stopInOrder(this.#site.docker, this.#launched, this.#site.onEvent).catch(() => undefined);
      throw cancelled(this.#caller);
    } finally {
      this.#waits.close();
    }
  }

  /** What nobody wants any more, and what is to be restarted, ends first: it may hold ports and networks. */
  async #clearTheWay(): Promise<void> {
    const { docker, onEvent } = this.#site;
    const remove = this.#plan.removals.map(async ({ container, reason }) => {
      const where = { service: container.service, replica: container.number };
      onEvent({ ...where, step: 'stopping', detail: reason });
      await stopContainer(docker, container, this.#signal);
      await removeContainer(docker, container, { signal: this.#signal });
      onEvent({ ...where, step: 'stopped' });
    });
    const stop = this.#stepsOf('restart').map(async ({ old, service, number, reason }) => {
      onEvent({ service, replica: number, step: 'stopping', detail: reason });
      await stopContainer(docker, old, this.#signal);
    });
    await all([...remove, ...stop]);
  }

  async #prepare(): Promise<void> {
    const { docker, project } = this.#site;
    const networks = this.#plan.networks.map(async ({ action, network, id }) => {
      if (action === 'leave') return;
      if (action === 'recreate' && id !== undefined) await this.#clearNetwork(network.name, id);
      await createNetwork(docker, project, network.key, this.#signal);
    });
    const volumes = this.#plan.volumes.map(async ({ action, volume }) => {
      if (action === 'create') await createVolume(docker, project, volume.key, this.#signal);
    });
    await all([...networks, ...volumes]);
  }

  /** All that is in a network and will be recreated leaves it; what the plan is not about would lose it. */
  async #clearNetwork(name: string, id: string): Promise<void> {
    const { docker } = this.#site;
    const users = this.#observed.containers.filter(
      ({ service, networks }) => name in networks && this.#plan.services.has(service),
    );
    await all(
      users.map(async (container) => {
        await stopContainer(docker, container, this.#signal);
        await disconnect(docker, id, container.id, this.#signal);
      }),
    );
    if (await removeNetwork(docker, { id, name }, this.#signal)) return;
    throw new WorkbenchError(
      'conflict',
      `The network ${name} is to be made anew, since its configuration changed, but other containers still use it: ` +
        'stop them, or start all services together.',
    );
  }

  #stepsOf<A extends ContainerStep['action']>(action: A): Extract<ContainerStep, { action: A }>[] {
    return [...this.#plan.services.values()]
      .flat()
      .filter((step): step is Extract<ContainerStep, { action: A }> => step.action === action);
  }

  #once<T>(map: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
    const known = map.get(name);
    if (known) return known;
    const promise = make().catch((error: unknown) => {
      // The first failure is the one to tell; the others follow from it.
      if (!this.#failed.signal.aborted) {
        if (!this.#caller?.aborted && isWorkbenchError(error)) {
          this.#site.onEvent({ service: name, step: 'failed', detail: firstLine(error.message) });
        }
        this.#failed.abort(error);
      }
      throw error;
    });
    promise.catch(() => undefined);
    map.set(name, promise);
    return promise;
  }

  /** The service's containers: made, if they are new, and replaced, if they have to be; not started. */
  #makePresent(name: string): Promise<Present[]> {
    return this.#once(this.#present, name, async () => {
      const steps = this.#plan.services.get(name) ?? [];
      const made = await all(
        steps.map(async (step) => (step.action === 'create' ? await this.#create(step) : undefined)),
      );
      if (steps.some(({ action }) => action === 'recreate')) await this.#dependencies(name);
      return all(steps.map(async (step, index) => made[index] ?? (await this.#keepOrReplace(step))));
    });
  }

  #start(name: string): Promise<Present[]> {
    return this.#once(this.#started, name, async () => {
      const present = await this.#makePresent(name);
      if (present.every(({ wasRunning }) => wasRunning)) return present;
      await this.#dependencies(name);
      await all(present.map((one) => (one.wasRunning ? undefined : this.#startOne(one))));
      return present;
    });
  }

  #becomeHealthy(name: string): Promise<void> {
    return this.#once(this.#healthy, name, async () => this.#allHealthy(name, await this.#start(name)));
  }

  #complete(name: string): Promise<void> {
    return this.#once(this.#completed, name, async () => this.#allCompleted(await this.#start(name)));
  }

  async #allHealthy(name: string, present: readonly Present[]): Promise<void> {
    await all(
      present.map(async ({ step, container, wasRunning }) => {
        const isKnown = step.action === 'leave' && ['healthy', 'none'].includes(step.old.health ?? '');
        if (!isKnown) await this.#waits.untilHealthy(container.id, { wasRunning, signal: this.#signal });
        this.#site.onEvent({
          service: name,
          replica: step.number,
          step: wasRunning ? 'unchanged' : 'healthy',
        });
      }),
    );
  }

  async #allCompleted(present: readonly Present[]): Promise<void> {
    await all(present.map(({ container }) => this.#waits.untilCompleted(container.id, this.#signal)));
  }

  /**
   * What `up` waits for at the end: that a service is healthy, or ended well where another one asks for that. What
   * others can do without may fail; that is told, and no more.
   */
  async #end(name: string): Promise<void> {
    const uses = Object.entries(this.#site.project.services).flatMap(([dependent, { depends_on }]) =>
      this.#plan.services.has(dependent) ? (depends_on?.[name] ?? []) : [],
    );
    const isOneShot = uses.some(({ condition }) => condition === 'service_completed_successfully');
    const condition = isOneShot ? 'service_completed_successfully' : 'service_healthy';
    if (uses.length > 0 && uses.every(({ required }) => !required)) await this.#tolerantly(name, condition);
    else await (isOneShot ? this.#complete(name) : this.#becomeHealthy(name));
  }

  /** As `#becomeHealthy` and `#complete`, but gives the failure instead of ending everything. */
  #tolerantly(name: string, condition: DependencyCondition): Promise<WorkbenchError | undefined> {
    const key = `${name} ${condition}`;
    const known = this.#tolerated.get(key);
    if (known) return known;
    const promise = (async () => {
      const present = await this.#start(name);
      try {
        const until =
          condition === 'service_healthy' ? this.#allHealthy(name, present) : this.#allCompleted(present);
        await until;
        return undefined;
      } catch (error) {
        if (this.#signal.aborted || !isWorkbenchError(error, 'failed', 'timeout')) throw error;
        this.#site.onEvent({ service: name, step: 'failed', detail: firstLine(error.message) });
        return error;
      }
    })();
    promise.catch(() => undefined);
    this.#tolerated.set(key, promise);
    return promise;
  }

  async #dependencies(name: string): Promise<void> {
    const waits = Object.entries(this.#site.project.services[name]?.depends_on ?? {}).filter(
      // A service with no replicas keeps nobody waiting.
      ([dependency]) => (this.#plan.services.get(dependency) ?? []).length > 0,
    );
    const patient = waits.filter(([, { condition }]) => condition !== 'service_started');
    if (patient.length > 0) {
      const detail = `for ${patient.map(([dependency]) => dependency).join(', ')}`;
      this.#site.onEvent({ service: name, step: 'waiting', detail });
    }
    await all(waits.map(([dependency, how]) => this.#dependency(name, dependency, how)));
    throwIfCancelled(this.#signal);
  }

  async #dependency(
    name: string,
    dependency: string,
    { condition, required }: ComposeDependency,
  ): Promise<void> {
    if (condition === 'service_started') {
      await this.#start(dependency);
    } else if (required) {
      await (condition === 'service_healthy' ? this.#becomeHealthy(dependency) : this.#complete(dependency));
    } else if (await this.#tolerantly(dependency, condition)) {
      const detail = `starts without ${dependency}, which it can do without`;
      this.#site.onEvent({ service: name, step: 'note', detail });
    }
  }

  async #create(step: Extract<ContainerStep, { action: 'create' }>): Promise<Present> {
    const containers = await this.#containersFor(step.service);
    const body = this.#site.bodyOf({ service: step.service, replica: step.number, containers });
    const id = await createContainer(this.#site.docker, body, this.#signal);
    return { step, container: { id, name: step.name }, wasRunning: false };
  }

  async #keepOrReplace(step: ContainerStep): Promise<Present> {
    if (step.action === 'create') throw new Error('made before');
    if (step.action === 'recreate') return this.#replace(step);
    const { old, name = old.name } = step;
    if (name !== old.name) await renameContainer(this.#site.docker, old, name, this.#signal);
    return { step, container: { id: old.id, name }, wasRunning: step.action === 'leave' };
  }

  /** Makes the new one beside the old one first: what is wrong with it shows while the old one still runs. */
  async #replace(step: Extract<ContainerStep, { action: 'recreate' }>): Promise<Present> {
    const { docker, onEvent } = this.#site;
    const { service, number, old, name, reason } = step;
    const where = { service, replica: number };
    const containers = await this.#containersFor(service);
    const image = this.#site.bodyOf({ service, replica: number, containers }).body.Image ?? '';
    const replaced = await readReplaced(docker, old, image, this.#signal);
    const temporary = `${old.id.slice(0, 12)}_${name}`;
    const body = this.#site.bodyOf({ service, replica: number, name: temporary, replaced, containers });
    const id = await createContainer(docker, body, this.#signal);
    onEvent({ ...where, step: 'stopping', detail: reason });
    await stopContainer(docker, old, this.#signal);
    await removeContainer(docker, old, { signal: this.#signal });
    await renameContainer(docker, { id, name: temporary }, name, this.#signal);
    onEvent({ ...where, step: 'stopped' });
    return { step, container: { id, name }, wasRunning: false };
  }

  /** The containers that a service refers to by id or links; they have to be there before its own. */
  async #containersFor(name: string): Promise<ContainersOf> {
    const service = this.#site.project.services[name]!;
    const links = (service.links ?? []).map((link) => link.split(':')[0]!);
    const wanted = [...new Set([...referencedServices(service), ...links])];
    return new Map(
      await all(
        wanted.map(async (other): Promise<[string, NamedContainer[]]> => {
          if (this.#plan.services.has(other)) {
            return [other, (await this.#makePresent(other)).map(({ container }) => container)];
          }
          const there = this.#observed.containers.filter(
            ({ service: of, oneOff }) => of === other && !oneOff,
          );
          return [other, there.map(({ id, name: called }: ObservedContainer) => ({ id, name: called }))];
        }),
      ),
    );
  }

  async #startOne({ step, container }: Present): Promise<void> {
    const { docker, onEvent } = this.#site;
    const { service, number } = step;
    const reason = 'reason' in step ? { detail: step.reason } : {};
    onEvent({ service, replica: number, step: 'starting', ...reason });
    throwIfCancelled(this.#signal);
    const dependsOn = Object.keys(this.#site.project.services[service]?.depends_on ?? {});
    this.#launched.push({ ...container, service, number, dependsOn });
    if (step.action === 'start' && step.old.state === 'paused') {
      return unpauseContainer(docker, container, this.#signal);
    }
    const containers = await this.#containersFor(service);
    const { files } = this.#site.bodyOf({ service, replica: number, containers });
    await copyFiles(docker, container, files, this.#signal);
    const start = (): Promise<void> => startContainer(docker, container, this.#signal);
    try {
      if (!publishesRange(this.#site.project.services[service]!)) await start();
      else {
        const turn = this.#rangeStarts.then(start);
        this.#rangeStarts = turn.catch(() => undefined);
        await turn;
      }
    } catch (error) {
      // It never ran, and would stand there with a name and no use; a replaced one keeps its volumes so.
      if (step.action === 'create' && !this.#signal.aborted) {
        await removeContainer(docker, container).catch(() => undefined);
      }
      throw await portTakenMeanwhile(docker, error, service);
    }
  }
}

/** All of them, and all ended before the first failure is told: nothing goes on behind the caller's back. */
async function all<T>(promises: readonly (T | Promise<T>)[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason as Error;
    return result.value;
  });
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.replace(/ (It wrote no log\.|Its log ends with:)$/, '');
}
