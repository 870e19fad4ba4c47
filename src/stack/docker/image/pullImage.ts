import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { WorkbenchError } from '../../../base/errors.ts';
import type { Log, OnProgress } from '../../../base/log.ts';
import { engineMessages } from '../connect/engineMessages.ts';
import { askEngine } from '../connect/engineRequest.ts';
import { findLogin, registryOf, type DockerConfig } from './registryAuth.ts';

/** Until the registry has named the layers; it may be far, and slow. */
const answerTimeoutMs = 120_000;
const idleTimeoutMs = 5 * 60_000;

const messageSchema = v.object({
  status: v.optional(v.string()),
  id: v.optional(v.string()),
  progressDetail: v.optional(
    v.nullable(v.object({ current: v.optional(v.number()), total: v.optional(v.number()) })),
  ),
  error: v.optional(v.string()),
});

export interface PullOptions {
  /** "linux/arm64"; default: the engine's own. */
  platform?: string | undefined;
  config: DockerConfig;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  onProgress?: OnProgress | undefined;
  log: Log;
}

/** Pulls an image, with the user's login for its registry. Throws `not-found`, `denied`, `unreachable`, `failed`. */
export async function pullImage(docker: Dockerode, image: string, options: PullOptions): Promise<void> {
  const { platform, config, env, signal, onProgress, log } = options;
  const what = `Pulling ${image}`;
  const login = await findLogin(config, registryOf(image), env, log);
  let stream: NodeJS.ReadableStream;
  try {
    stream = await askEngine(what, { signal, timeoutMs: answerTimeoutMs }, (abortSignal) =>
      docker.createImage(login ?? {}, {
        ...fromImage(image),
        ...(platform === undefined ? {} : { platform }),
        abortSignal,
      }),
    );
  } catch (error) {
    if (error instanceof WorkbenchError && error.details.status !== undefined) {
      throw pullError(image, error.message.replace(/^.*the Docker engine answered: /, ''), error);
    }
    throw error;
  }
  const layers = new PullProgress(image, onProgress);
  for await (const message of engineMessages(stream, what, { signal, idleTimeoutMs })) {
    const parsed = v.safeParse(messageSchema, message);
    if (!parsed.success) continue;
    const { id, status, progressDetail, error } = parsed.output;
    if (error !== undefined) throw pullError(image, error);
    if (status !== undefined) layers.take(id, status, progressDetail ?? undefined);
  }
  log.info(`Pulled ${image}`);
}

/** The engine pulls all tags where none is named. */
function fromImage(image: string): { fromImage: string; tag?: string } {
  if (image.includes('@')) return { fromImage: image };
  const colon = image.indexOf(':', image.lastIndexOf('/') + 1);
  if (colon < 0) return { fromImage: image, tag: 'latest' };
  return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) };
}

/** The engine's messages of a pull as one number of bytes over all layers. */
export class PullProgress {
  readonly #image: string;
  readonly #onProgress: OnProgress | undefined;
  readonly #layers = new Map<string, { done: number; total: number }>();

  constructor(image: string, onProgress: OnProgress | undefined) {
    this.#image = image;
    this.#onProgress = onProgress;
  }

  take(
    id: string | undefined,
    status: string,
    detail: { current?: number | undefined; total?: number | undefined } | undefined,
  ): void {
    const layer = id === undefined ? undefined : this.#layers.get(id);
    if (status === 'Downloading' && id !== undefined && detail?.total) {
      this.#layers.set(id, { done: detail.current ?? 0, total: detail.total });
    } else if (layer && /^(Download complete|Verifying Checksum|Pull complete)$/.test(status)) {
      layer.done = layer.total;
    } else return;
    let [done, total] = [0, 0];
    for (const one of this.#layers.values()) {
      done += one.done;
      total += one.total;
    }
    this.#onProgress?.({ message: `Pulling ${this.#image}`, done, total, unit: 'bytes' });
  }
}

function pullError(image: string, said: string, cause?: unknown): WorkbenchError {
  const words = said.trim().replace(/\.$/, '');
  const registry = registryOf(image);
  const details = cause === undefined ? {} : { cause };
  if (/access denied|unauthorized|authentication required|no basic auth/i.test(words)) {
    const login = `docker login${registry === 'docker.io' ? '' : ` ${registry}`}`;
    return new WorkbenchError(
      'denied',
      `${image} cannot be pulled: it does not exist, or ${registry} asks for a login (\`${login}\`). The engine said: ${words}.`,
      details,
    );
  }
  if (/manifest unknown|not found|no matching manifest|does not exist/i.test(words)) {
    return new WorkbenchError('not-found', `${image} cannot be pulled: ${words}.`, details);
  }
  if (/no space left/i.test(words)) {
    return new WorkbenchError(
      'no-space',
      `${image} cannot be pulled: the Docker engine has no space left. \`docker system df\` shows what uses it.`,
      details,
    );
  }
  if (/x509|certificate/i.test(words)) {
    return new WorkbenchError(
      'unreachable',
      `${image} cannot be pulled: the Docker engine does not trust ${registry}'s certificate (${words}). Give the engine your network's certificate authority, and restart it.`,
      details,
    );
  }
  if (/dial tcp|timeout|no such host|connection refused|request canceled|i\/o/i.test(words)) {
    return new WorkbenchError(
      'unreachable',
      `${image} cannot be pulled: the Docker engine does not reach ${registry} (${words}). Check its network and its proxy settings.`,
      details,
    );
  }
  return new WorkbenchError('failed', `${image} cannot be pulled: ${words}.`, details);
}
