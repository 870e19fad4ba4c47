import { Readable } from 'node:stream';
import { describeError } from '../base/errors.ts';
import type { Followed } from './followJob.ts';
import type { JobParts, RunRecord } from './job.ts';
import { jobsDirectory } from './jobFiles.ts';
import type { LogTail, ReadLog } from './logTail.ts';
import { LogTail as Tail } from './logTail.ts';
import { writeRecord } from './runRecords.ts';

/**
 * Keeps the end of a run on the lake: `/jobs/<runId>/{stdout,stderr,run.json}`; the workers clean their own copies.
 * An outage of the lake must not turn a finished job into a failed one: it is logged.
 */
export async function archiveRun(parts: JobParts, record: RunRecord, followed: Followed): Promise<void> {
  const directory = `${jobsDirectory}/${record.runId}`;
  const keep = async (name: 'stdout' | 'stderr', tail: LogTail): Promise<void> => {
    const whole = !tail.complete && followed.read ? Readable.from(pieces(followed.read(name))) : tail.kept;
    await parts.lake.write(`${directory}/${name}`, whole, { overwrite: true });
  };
  const results = await Promise.allSettled([
    keep('stdout', followed.stdout),
    keep('stderr', followed.stderr),
    writeRecord(parts.lake, record),
  ]);
  for (const result of results) {
    if (result.status === 'rejected') {
      parts.log.warn(`jobs: ${record.runId} is not fully archived: ${describeError(result.reason)}`);
    }
  }
}

/** A whole log again, in pieces, for one that is too large to be kept in memory. */
async function* pieces(readLog: ReadLog): AsyncGenerator<Buffer> {
  const tail = new Tail(0);
  for (;;) {
    const before = tail.offset;
    const text = await tail.read(readLog, true);
    if (text !== '') yield Buffer.from(text, 'utf8');
    if (tail.offset === before) return;
  }
}
