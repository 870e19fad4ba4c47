import type { WebHdfsRequest } from './webHdfsRequest.ts';

/** One RENAME. `action` says what it is for, in error sentences: `write "/a"`. */
export async function renameTo(
  request: WebHdfsRequest,
  from: string,
  to: string,
  { overwrite, action, signal }: { overwrite: boolean; action: string; signal: AbortSignal | undefined },
): Promise<void> {
  await request.done({
    method: 'PUT',
    op: 'RENAME',
    path: from,
    // Without `renameoptions` HDFS would move into a directory of that name, and answer only true or false.
    query: { destination: to, renameoptions: overwrite ? 'OVERWRITE' : 'NONE' },
    action,
    idempotent: false,
    signal,
  });
}
