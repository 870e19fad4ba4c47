/**
 * The labels by which the Compose CLI knows what is its own; see `pkg/api/labels.go` of docker/compose. What has them is
 * one project for the CLI and for us.
 */
export const label = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
  image: 'com.docker.compose.image',
  dependsOn: 'com.docker.compose.depends_on',
  workingDir: 'com.docker.compose.project.working_dir',
  configFiles: 'com.docker.compose.project.config_files',
  environmentFile: 'com.docker.compose.project.environment_file',
  version: 'com.docker.compose.version',
  network: 'com.docker.compose.network',
  volume: 'com.docker.compose.volume',
  /** On a container that takes the place of another. */
  replace: 'com.docker.compose.replace',
} as const;

/** The `filters` of a list call: what belongs to a project. */
export function projectFilter(projectName: string): { label: string[] } {
  return { label: [`${label.project}=${projectName}`] };
}

/** The dependencies that the label names: "postgres:service_healthy:false,namenode:service_started:true". */
export function parseDependsOn(text: string | undefined): { service: string; restart: boolean }[] {
  return (text ?? '').split(',').flatMap((part) => {
    const [service = '', , restart] = part.split(':');
    return service === '' ? [] : [{ service, restart: restart === 'true' }];
  });
}
