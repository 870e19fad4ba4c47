import type Docker from 'dockerode';
import { baseImage } from './machine.ts';

export interface Labelled {
  service: string;
  /** For `sh -c`. */
  script: string;
  replica?: number;
  tty?: boolean;
  image?: string;
  more?: Docker.ContainerCreateOptions;
}

/** Starts a container that has the labels of a project's service, without the rest of Compose. */
export async function startLabelled(
  docker: Docker,
  project: string,
  { service, script, replica = 1, tty = false, image = baseImage, more = {} }: Labelled,
): Promise<Docker.Container> {
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sh', '-c', script],
    Tty: tty,
    ...more,
    Labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(replica),
      'com.docker.compose.oneoff': 'False',
    },
    HostConfig: { NetworkMode: 'none', ...more.HostConfig },
  });
  await container.start();
  return container;
}
