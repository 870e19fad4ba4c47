import * as v from 'valibot';

/** A message of a kernel, as a socket or the kernel's journal gives it. What is in it is the kernel's own. */
export interface KernelMessage {
  type: string;
  /** The id of the request that it belongs to; '' for none. */
  parent: string;
  content: unknown;
  metadata: unknown;
}

/** A message in the order of the kernel's journal, which counts from 1 on in each process of the kernel. */
export interface NumberedMessage extends KernelMessage {
  seq: number;
}

const numberSchema = v.object({
  medallion: v.object({ seq: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
});

/** The message with its number; undefined for one that the journal does not have, such as the server's own. */
export function numbered(message: KernelMessage): NumberedMessage | undefined {
  const found = v.safeParse(numberSchema, message.metadata);
  if (!found.success) return undefined;
  const { type, parent, content, metadata } = message;
  return { seq: found.output.medallion.seq, type, parent, content, metadata };
}
