import type Dockerode from 'dockerode';
import { openStream } from '../connect/engineRequest.ts';
import { FrameDecoder, TerminalDecoder } from './logMessages.ts';

/** The last lines of a container's log, output and errors together, oldest first. */
export async function tailOfContainer(
  docker: Dockerode,
  id: string,
  options: { lines: number; tty: boolean; signal?: AbortSignal },
): Promise<string[]> {
  const { lines, tty, signal } = options;
  const query = { stdout: true, stderr: true, tail: lines, timestamps: true };
  const what = 'Reading the end of a log';
  const stream = await openStream(docker, what, `/containers/${id}/logs`, query, {
    signal,
    timeoutMs: 5_000,
  });
  const decoder = tty ? new TerminalDecoder() : new FrameDecoder();
  let text = '';
  const timer = setTimeout(() => stream.destroy(new Error('late')), 5_000);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      for (const message of decoder.push(chunk)) text += message.text.toString('utf8');
    }
  } finally {
    clearTimeout(timer);
  }
  for (const message of decoder.flush()) text += message.text.toString('utf8');
  return text.split(/\r?\n/).filter((line, index, all) => line !== '' || index < all.length - 1);
}
