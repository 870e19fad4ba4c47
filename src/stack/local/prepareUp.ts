import type { StackEvent, UpOptions } from '../engine.ts';
import { choosePorts, type ChosenPorts } from '../ports.ts';
import type { StateDir } from '../stateDir.ts';
import { portWishes, type Variables } from '../userVariables.ts';
import { localVariables, type LocalRuntime } from './localVariables.ts';
import { replicasOf, requireService, selectServices, type Replica } from './plan.ts';
import type { LocalProject, StackFile } from './stackFile.ts';
import { requireSupported } from './supported.ts';

/** What an `up` needs to know before it starts anything. */
export interface PreparedUp {
  project: LocalProject;
  /** Service -> its replicas, in the file's order. */
  plan: Map<string, Replica[]>;
  variables: Record<string, string>;
  /** Reserved until they are released. */
  chosen: ChosenPorts;
}

/** Chooses ports and variables for a Compose file, and the replicas that are to run. Changes nothing. */
export async function prepareUp(
  options: UpOptions,
  place: {
    file: StackFile;
    user: Variables;
    /** Ports that the workspace had last. */
    kept: Readonly<Record<string, number>>;
    ports: Parameters<typeof choosePorts>[1];
    state: StateDir;
    stackDir: string;
    runtime: LocalRuntime;
    /** The Node that runs the simulator. Default: what the user set, or this process's. */
    node: string | undefined;
    onEvent: (event: StackEvent) => void;
  },
): Promise<PreparedUp> {
  const { file, user, state, stackDir, runtime, onEvent } = place;
  const uses = await file.variables();
  const wishes = portWishes(uses, user, place.kept);
  const chosen = await choosePorts(wishes, place.ports);
  try {
    for (const { name, preferred, kept, explicit } of wishes) {
      const port = chosen.ports[name]!;
      if (explicit !== undefined || port === kept || port === preferred || preferred === 0) continue;
      onEvent({ step: 'note', detail: `${name} is ${port}, since ${kept ?? preferred} is taken` });
    }
    const node = place.node ?? user.MEDALLION_NODE ?? process.execPath;
    const variables = localVariables({ uses, user, ports: chosen.ports, state, stackDir, runtime, node });
    let project = await file.resolve(variables);
    const passed = Object.entries(user).filter(([name]) => !(name in variables) && isAskedFor(name, project));
    if (passed.length > 0) {
      Object.assign(variables, Object.fromEntries(passed));
      project = await file.resolve(variables);
    }
    requireSupported(project.loaded);
    for (const name of Object.keys(options.scale ?? {})) requireService(project, name);
    const plan = new Map<string, Replica[]>();
    for (const service of selectServices(project, options)) {
      const count = options.scale?.[service.name];
      plan.set(service.name, await replicasOf(file, service, variables, count));
    }
    return { project, plan, variables, chosen };
  } catch (error) {
    await chosen.release();
    throw error;
  }
}

/** A name without a value in an `environment` asks for the user's; so do the variables of included files. */
function isAskedFor(name: string, { loaded }: LocalProject): boolean {
  if (loaded.variables.some((use) => use.name === name)) return true;
  return Object.values(loaded.project.services).some(({ environment }) => environment?.[name] === null);
}
