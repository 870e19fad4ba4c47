import { join } from 'node:path';
import { describeError, isWorkbenchError } from '../base/errors.ts';
import type { EngineName } from './chosenEngine.ts';
import { isRunning, type Engine, type ServiceStatus } from './engine.ts';
import type { Finding } from './finding.ts';
import { examineMachine, examinePorts, usualPorts } from './machine.ts';
import { defaultCacheDir, findRuntime } from './provision.ts';
import { inspectTools } from './tools.ts';

export interface StackExamination {
  workspaceDir: string;
  stackDir: string;
  env: NodeJS.ProcessEnv;
  /** The engine of the last `up`; undefined before the first one. */
  last: EngineName | undefined;
  engine: Engine;
  signal: AbortSignal;
}

/** Everything that can be wrong with the machine, its programs, the Docker engine and the services. */
export async function examineStack(options: StackExamination): Promise<Finding[]> {
  const { workspaceDir, stackDir, env, last, signal } = options;
  const runtime = await findRuntime({ stackDir, env });
  const machine = await examineMachine({
    workspace: workspaceDir,
    cache: defaultCacheDir(env),
    runtimeReady: runtime !== undefined || last === 'docker',
  });
  const services = await examineServices(options);
  const isDown = services.every(({ name }) => name === 'stack');

  const { examineDocker } = await import('./docker/examineDocker.ts');
  const { connectDocker } = await import('./docker/connect/endpoint.ts');
  const docker = await examineDocker({
    connect: () => connectDocker({ env, signal }),
    isRequired: last === 'docker',
    env,
    signal,
    ...(isDown && last === 'docker' ? { ports: await usualPorts(join(stackDir, 'compose.yaml')) } : {}),
  });
  const answers = !docker.some(({ name, state }) => name === 'docker' && state === 'fail');
  const isDocker = last === 'docker' || (last === undefined && answers);
  return [
    ...machine,
    ...(await examineTools(isDocker)),
    ...(isDocker ? [] : [runtimeFinding(runtime?.dir)]),
    ...docker,
    ...services,
    ...(isDown && last !== 'docker' ? await examinePorts(join(stackDir, 'compose.yaml')) : []),
  ];
}

/** Java and Python of this machine; with Docker they are in the image, so that a missing one does not matter. */
async function examineTools(isDocker: boolean): Promise<Finding[]> {
  return (await inspectTools()).map(({ name, ok, detail, fix }): Finding => {
    if (ok) return { name, state: 'ok', detail };
    if (isDocker) return { name, state: 'ok', detail: `${detail} Only the local engine needs it.` };
    return { name, state: 'fail', detail, ...(fix === undefined ? {} : { fix }) };
  });
}

function runtimeFinding(folder: string | undefined): Finding {
  if (folder !== undefined) return { name: 'runtime', state: 'ok', detail: folder };
  const fix = '`medallion up` downloads and installs it.';
  return { name: 'runtime', state: 'warn', detail: 'not installed yet', fix };
}

/** Services that should run and do not; one finding named "stack" while none runs. */
async function examineServices({ engine, signal }: StackExamination): Promise<Finding[]> {
  try {
    const services = await engine.status({ signal });
    if (services.some(isRunning)) {
      return services
        .filter(({ profiles, state }) => profiles.length === 0 || state !== 'stopped')
        .map(serviceFinding);
    }
    return [{ name: 'stack', state: 'warn', detail: 'it is down', fix: '`medallion up` starts it.' }];
  } catch (error) {
    if (isWorkbenchError(error, 'cancelled')) throw error;
    return [{ name: 'stack', state: 'fail', detail: describeError(error).split('\n')[0]! }];
  }
}

function serviceFinding({ service, replica, state, message }: ServiceStatus): Finding {
  const name = `${service}-${replica}`;
  if (state === 'healthy' || state === 'running') return { name, state: 'ok', detail: state };
  const detail = message === undefined ? state : `${state}: ${message}`;
  if (state === 'stopped') return { name, state: 'warn', detail, fix: '`medallion up` starts it.' };
  const fix = `See \`medallion logs ${service}\`; \`medallion up\` starts it again.`;
  return { name, state: 'fail', detail, fix };
}
