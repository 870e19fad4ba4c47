import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { askEngine, readAnswer } from '../connect/engineRequest.ts';
import { label } from '../container/labels.ts';

/** A container of a project, as far as its labels tell. */
export interface ProjectContainer {
  id: string;
  service: string;
  /** From 1. */
  replica: number;
}

/** Filters for lists and events: what a project's services run in, without the containers of `docker compose run`. */
export function serviceFilters(projectName: string): { label: string[] } {
  return { label: [`${label.project}=${projectName}`, `${label.oneOff}=False`] };
}

const listed = v.array(v.object({ Id: v.string(), Labels: v.record(v.string(), v.string()) }));

/** All containers of the project, running or not, by service and replica. */
export async function listContainers(
  docker: Dockerode,
  projectName: string,
  signal?: AbortSignal,
): Promise<ProjectContainer[]> {
  const what = `Listing the containers of ${projectName}`;
  const answer = await askEngine(what, { signal }, (abortSignal) =>
    docker.listContainers({ all: true, filters: serviceFilters(projectName), abortSignal }),
  );
  return readAnswer(listed, answer, what)
    .flatMap(({ Id, Labels }) => containerOf(Id, Labels) ?? [])
    .sort((a, b) => a.service.localeCompare(b.service) || a.replica - b.replica);
}

/** The container that has these labels, or undefined if they name no service. */
export function containerOf(
  id: string,
  labels: Readonly<Record<string, string>>,
): ProjectContainer | undefined {
  const service = labels[label.service];
  const replica = Number(labels[label.number] ?? 1);
  if (service === undefined || !Number.isInteger(replica) || replica < 1) return undefined;
  return { id, service, replica };
}

/** `include` undefined means all. */
export function isWanted(container: ProjectContainer, include: readonly string[] | undefined): boolean {
  return include?.includes(container.service) ?? true;
}
