import { randomBytes } from 'node:crypto';
import { throwIfCancelled } from '../base/cancellation.ts';
import { WorkbenchError, describeError } from '../base/errors.ts';
import { archiveRun } from './archiveRun.ts';
import { JobFollower, type FollowOptions, type Followed } from './followJob.ts';
import type { JobParts, JobRequest, JobResult, JobWatch, RunRecord } from './job.ts';
import { jobsDirectory, makeBundle, newRunId, readWrapper, uploadOnce } from './jobFiles.ts';
import { findLocalImports } from './localImports.ts';
import { findRecord, writeRecord } from './runRecords.ts';
import { defaultProperties, mergeProperties, submissionBody } from './submission.ts';
import { parseFailure } from './traceback.ts';

/**
 * Runs one script on the cluster, from the upload to the archived logs: gives how it ended, whatever that is, and
 * throws only when it could not be submitted or followed. An abort of `signal` kills it on the cluster and waits for
 * its end (state KILLED); an abort of `detach` leaves it running.
 */
export async function runJob(
  request: JobRequest,
  parts: JobParts,
  watch: JobWatch & FollowOptions = {},
): Promise<JobResult> {
  const { lake, spark } = parts;
  const signal = watch.signal;
  const started = new Date();
  const runId = request.runId ?? newRunId(request.name, started, randomBytes(3).toString('hex'));
  const scriptName = baseName(request.script.path);
  watch.onState?.({ phase: 'uploading', message: 'Uploading the script.', runId });

  const local = await findLocalImports(request.script, { unsaved: request.unsaved });
  const modules = new Map<string, Buffer | string>(request.modules ?? []);
  for (const { name, content } of local) if (!modules.has(name)) modules.set(name, content);
  const bundle = makeBundle(request.script, modules);
  const [wrapperPath, bundlePath] = await Promise.all([
    readWrapper().then((content) => uploadOnce(lake, content, 'py', { signal })),
    uploadOnce(lake, bundle, 'zip', { signal }),
  ]);
  throwIfCancelled(signal);

  const { address } = spark;
  const { fileSystem } = lake.address;
  const bundleName = baseName(bundlePath);
  const body = submissionBody({
    name: request.name,
    master: address.master,
    mainFile: fileSystem + wrapperPath,
    pyFiles: [fileSystem + bundlePath],
    args: [bundleName, ...request.args],
    properties: mergeProperties(defaultProperties({ ...address, fileSystem }), request.properties),
    environment: { PYTHONIOENCODING: 'utf-8', ...request.environment },
  });
  const submissionId = await spark.submit(body, { signal });
  const record: RunRecord = {
    format: 1,
    runId,
    name: request.name,
    kind: request.kind ?? 'job',
    script: request.script.path,
    args: request.args,
    submissionId,
    state: 'RUNNING',
    startedAt: started.toISOString(),
    sources: Object.fromEntries(
      [...(request.sources ?? []), ...local.map(({ name, path }) => [name, path] as const)].map(
        ([name, path]) => [`${bundleName}/${name}`, path],
      ),
    ),
  };
  // Not waited for: the driver is starting meanwhile. From now on any process can find the run.
  const recorded = Promise.all([
    writeRecord(lake, record),
    lake.write(`${jobsDirectory}/${runId}/${scriptName}`, request.script.source, { overwrite: true }),
  ]).catch((error: unknown) => {
    parts.log.warn(`jobs: the record of ${runId} could not be written: ${describeError(error)}`);
  });
  const followed = await new JobFollower(parts, record, watch, watch).follow();
  await recorded;
  return await finish(parts, record, followed, watch);
}

/**
 * Follows a run that another process started, by its run id or submission id, from its first output on. A run that has
 * ended gives its result at once. Throws `not-found`.
 */
export async function attachJob(
  id: string,
  parts: JobParts,
  watch: JobWatch & FollowOptions = {},
): Promise<JobResult> {
  // `signal` kills what is found: only `detach` may end the search.
  const record = await findRecord(parts, id, { signal: watch.detach });
  if (record.state !== 'RUNNING') return resultOf(record, record.state);
  const followed = await new JobFollower(parts, record, watch, watch).follow();
  return await finish(parts, record, followed, watch);
}

async function finish(
  parts: JobParts,
  record: RunRecord,
  followed: Followed,
  watch: JobWatch,
): Promise<JobResult> {
  const ended = new Date();
  const failure =
    followed.state === 'FAILED'
      ? parseFailure(followed.stdout.kept, {
          // What runs a pipeline's steps is ours.
          script: record.kind === 'pipeline' ? undefined : record.script,
          sources: record.sources,
        })
      : undefined;
  const full: RunRecord = {
    ...record,
    state: followed.state,
    endedAt: ended.toISOString(),
    durationMs: ended.getTime() - Date.parse(record.startedAt),
    ...(followed.applicationId === undefined ? {} : { applicationId: followed.applicationId }),
    ...(followed.exitCode === undefined ? {} : { exitCode: followed.exitCode }),
    ...(failure === undefined ? {} : { failure }),
    ...(followed.message === undefined ? {} : { message: followed.message }),
  };
  await archiveRun(parts, full, followed);
  watch.onState?.({
    phase: 'ended',
    message: followed.message ?? `The job is ${followed.state.toLowerCase()}.`,
    runId: record.runId,
    submissionId: record.submissionId,
    ...(followed.applicationId === undefined ? {} : { applicationId: followed.applicationId }),
    end: followed.state,
  });
  return resultOf(full, followed.state);
}

function resultOf(record: RunRecord, state: JobResult['state']): JobResult {
  return {
    runId: record.runId,
    submissionId: record.submissionId,
    ...(record.applicationId === undefined ? {} : { applicationId: record.applicationId }),
    state,
    ...(record.exitCode === undefined ? {} : { exitCode: record.exitCode }),
    ...(record.failure === undefined ? {} : { failure: record.failure }),
    ...(record.message === undefined ? {} : { message: record.message }),
    startedAt: record.startedAt,
    durationMs: record.durationMs ?? 0,
  };
}

/** The last part of a POSIX or Windows path; never one that the run's own files have. */
function baseName(path: string): string {
  const name = path.split(/[/\\]/).at(-1) ?? '';
  if (name === '') throw new WorkbenchError('invalid', `${path} does not name a script.`);
  return ['stdout', 'stderr', 'run.json'].includes(name) ? `script-${name}` : name;
}
