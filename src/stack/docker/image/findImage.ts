import type Dockerode from 'dockerode';
import * as v from 'valibot';
import { isWorkbenchError } from '../../../base/errors.ts';
import { engineMessages } from '../connect/engineMessages.ts';
import { openStream, readAnswer } from '../connect/engineRequest.ts';

/** Labels of images. */
export const imageLabel = {
  /** `stack` in a file's `build.labels` for images of this stack: built again when their files change. */
  role: 'medallion-workbench.role',
  /** What the image was made of; see `PreparedBuild.inputs`. */
  inputs: 'medallion-workbench.inputs',
} as const;

/** An image that the engine has. */
export interface FoundImage {
  id: string;
  /** What it was made of, if it is one of ours. */
  inputs: string | undefined;
  /** When it was last pulled, built or tagged. */
  tagged: Date;
}

const answerTimeoutMs = 20_000;

const inspectSchema = v.object({
  Id: v.string(),
  Created: v.nullish(v.string()),
  Config: v.nullish(v.object({ Labels: v.nullish(v.record(v.string(), v.string())) })),
  Metadata: v.nullish(v.object({ LastTagTime: v.optional(v.string()) })),
});

/** The image of a name, or undefined. */
export async function findImage(
  docker: Dockerode,
  image: string,
  signal: AbortSignal | undefined,
): Promise<FoundImage | undefined> {
  const what = `Looking for the image ${image}`;
  try {
    const stream = await openStream(docker, what, `/images/${image}/json`, {}, { signal });
    let answer: unknown;
    for await (const message of engineMessages(stream, what, { signal, idleTimeoutMs: answerTimeoutMs })) {
      answer = message;
    }
    const { Id: id, Config: config, Metadata, Created: created } = readAnswer(inspectSchema, answer, what);
    const tagged = new Date(Metadata?.LastTagTime ?? created ?? 0);
    // Year 1 is how the engine says never.
    const since = tagged.getTime() > 0 ? tagged : new Date(created ?? 0);
    return { id, inputs: config?.Labels?.[imageLabel.inputs], tagged: since };
  } catch (error) {
    if (isWorkbenchError(error, 'not-found')) return undefined;
    throw error;
  }
}
