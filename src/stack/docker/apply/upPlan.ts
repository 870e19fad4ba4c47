import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { WorkbenchError } from '../../../base/errors.ts';
import type { Log, OnProgress } from '../../../base/log.ts';
import { singleDollars } from '../../compose/dollars.ts';
import type { LoadedProject } from '../../compose/load.ts';
import type { PlannedStep, StackEvent, UpOptions } from '../../engine.ts';
import { fileError } from '../../stateDir.ts';
import { applyPlan, type ApplySite } from './apply.ts';
import { containerBody, seccompProfiles } from '../container/containerBody.ts';
import type { ProjectSource } from '../container/containerLabels.ts';
import type { DockerConnection } from '../connect/endpoint.ts';
import { ensureImages, planImages, type ImagePlan } from '../image/images.ts';
import { observe } from './observe.ts';
import { describePlan, planUp, type Observed, type Plan } from './plan.ts';
import { fixedPorts, requireFreePorts } from './publishedPorts.ts';
import { readDockerConfig } from '../image/registryAuth.ts';
import { unsupportedKeys, unusedKeys } from '../container/unsupportedKeys.ts';
import { wantedOf } from './wanted.ts';

/** One project on one engine, to be brought up. */
export interface UpSite {
  engine: DockerConnection;
  loaded: LoadedProject;
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
  onProgress?: OnProgress | undefined;
  onEvent: (event: StackEvent) => void;
}

/** Refuses what a container of ours would not have, with its place in the file; notes what is left out. */
export function requireSupported({ engine, loaded, onEvent }: UpSite): void {
  const { apiVersion } = engine.info;
  for (const name of Object.keys(loaded.project.services)) {
    const [refused] = unsupportedKeys(loaded.project, name, apiVersion);
    if (refused) throw new WorkbenchError('unsupported', loaded.fault(refused.path, refused.message).message);
    for (const { message } of unusedKeys(loaded.project, name, apiVersion)) {
      onEvent({ service: name, step: 'note', detail: message });
    }
  }
}

/** What `bringUp` would do. */
export async function planBringUp(site: UpSite, options: UpOptions): Promise<PlannedStep[]> {
  const images = await planImages(site.engine.docker, imageOptions(site, options));
  const ids = new Map(
    [...images].map(([service, { action, id }]) => [service, action === 'leave' ? id : undefined]),
  );
  const { plan } = await planProject(site, options, ids);
  return [...imageSteps(images), ...describePlan(plan)];
}

/** Makes the images, then what differs from the files, and waits until all is healthy. */
export async function bringUp(site: UpSite, options: UpOptions): Promise<void> {
  const { engine, loaded } = site;
  const images = await ensureImages(engine.docker, imageOptions(site, options));
  const ids = new Map([...images].map(([service, { id }]) => [service, id]));
  const { plan, observed } = await planProject(site, options, ids);
  if (engine.info.hostIp === undefined) {
    await requireFreePorts(engine.docker, portsOf(plan, loaded), portsOfProject(observed), options.signal);
  }
  await applyPlan(plan, observed, await applySite(site, ids), options.signal);
}

/** What a plan is carried out with; `images` are the services' image ids. */
export async function applySite(
  { engine, loaded, env, log, onEvent }: UpSite,
  images: ReadonlyMap<string, string | undefined>,
): Promise<ApplySite> {
  const { project } = loaded;
  const { docker, info } = engine;
  const seccomp = await readProfiles(loaded);
  const defaultEnvironment = await proxiesOf(engine, env, log);
  return {
    docker,
    project,
    onEvent,
    bodyOf: ({ service, replica, name, replaced, containers }) =>
      containerBody({
        project,
        service,
        replica,
        name,
        replaced,
        containers,
        imageId: images.get(service),
        source: sourceOf(loaded),
        apiVersion: info.apiVersion,
        variable: (variable) => loaded.environment[variable],
        defaultEnvironment,
        seccomp,
      }),
  };
}

async function planProject(
  { engine, loaded }: UpSite,
  { scale, removeOrphans, signal }: UpOptions,
  images: ReadonlyMap<string, string | undefined>,
): Promise<{ plan: Plan; observed: Observed }> {
  const { project, disabled } = loaded;
  const wanted = wantedOf({
    project,
    known: [...Object.keys(project.services), ...Object.keys(disabled)],
    images,
    source: sourceOf(loaded),
    variable: (name) => loaded.environment[name],
    scale,
    removeOrphans,
  });
  const names = {
    networks: wanted.networks.map(({ name }) => name),
    volumes: wanted.volumes.map(({ name }) => name),
  };
  const observed = await observe(engine.docker, project.name, names, signal);
  return { plan: planUp(wanted, observed), observed };
}

function sourceOf({ workingDir, files, labelFiles }: LoadedProject): ProjectSource {
  return { workingDir, configFiles: files, labelFiles };
}

function imageOptions(
  { loaded, env, log, onProgress }: UpSite,
  { build, signal }: UpOptions,
): Parameters<typeof ensureImages>[1] {
  const { project, workingDir } = loaded;
  return {
    services: new Map(Object.entries(singleDollars(project.services))),
    projectName: project.name,
    workingDir,
    build,
    env: { ...env },
    signal,
    onProgress,
    log,
  };
}

/** One step per image, however many services have it. */
function imageSteps(images: ReadonlyMap<string, ImagePlan>): PlannedStep[] {
  const steps = new Map<string, PlannedStep>();
  for (const { image, action, reason } of images.values()) {
    if (steps.has(image)) continue;
    steps.set(image, { action, kind: 'image', name: image, ...(action === 'leave' ? {} : { reason }) });
  }
  return [...steps.values()];
}

function portsOf(
  plan: Plan,
  { project }: LoadedProject,
): { service: string; hostIp: string; port: number }[] {
  return [...plan.services].flatMap(([service, steps]) =>
    steps.every(({ action }) => action === 'leave')
      ? []
      : fixedPorts(project.services[service]!).map((port) => ({ service, ...port })),
  );
}

/** What the project's containers publish: they are either kept, or stopped before a new one starts. */
function portsOfProject({ containers }: Observed): Set<number> {
  return new Set(containers.flatMap(({ state, ports }) => (state === 'running' ? ports : [])));
}

async function readProfiles({ project, workingDir }: LoadedProject): Promise<Map<string, string>> {
  const paths = new Set(Object.values(project.services).flatMap(seccompProfiles));
  return new Map(
    await Promise.all(
      [...paths].map(async (path): Promise<[string, string]> => {
        const file = resolve(workingDir, path);
        const text = await readFile(file, 'utf8').catch((error: unknown) => {
          throw fileError(error, file);
        });
        return [path, text];
      }),
    ),
  );
}

/** The proxies that the user's `config.json` gives to containers, as Docker's own command does. */
async function proxiesOf(
  { endpoint }: DockerConnection,
  env: UpSite['env'],
  log: Log,
): Promise<Record<string, string>> {
  const { proxies = {} } = await readDockerConfig(env, log);
  const proxy = proxies[endpoint.address] ?? proxies.default ?? {};
  const variables: Record<string, string> = {};
  for (const [key, name] of [
    ['httpProxy', 'HTTP_PROXY'],
    ['httpsProxy', 'HTTPS_PROXY'],
    ['ftpProxy', 'FTP_PROXY'],
    ['noProxy', 'NO_PROXY'],
    ['allProxy', 'ALL_PROXY'],
  ] as const) {
    const value = proxy[key];
    if (!value) continue;
    variables[name] = value;
    variables[name.toLowerCase()] = value;
  }
  return variables;
}
