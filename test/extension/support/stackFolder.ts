import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** The retail project that is shipped: pipeline.yaml, its scripts and charts. */
export const retailProject = join(import.meta.dirname, '..', '..', '..', 'pyspark', 'retail');

/**
 * A folder of its own for a test to open, which has the one running stack of the test run (MEDALLION_TEST_STACK): the
 * stack's state is linked in, so that the extension finds it. With a copy of the retail project, unless `empty`.
 */
export async function stackFolder(content: 'retail' | 'empty' = 'retail'): Promise<string> {
  const connectionFile = process.env.MEDALLION_TEST_STACK;
  if (!connectionFile)
    throw new Error('No stack: run these tests with `npm test -- extension`, or set MEDALLION_TEST_STACK.');
  const dir = await projectFolder(content);
  await symlink(join(dirname(connectionFile), '.medallion'), join(dir, '.medallion'));
  return dir;
}

/** A folder of its own without a stack. */
export async function projectFolder(content: 'retail' | 'empty' = 'retail'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'medallion-workspace-'));
  if (content === 'retail') await cp(retailProject, dir, { recursive: true });
  return dir;
}

/** Removes such a folder; the stack stays. */
export async function removeFolder(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
}
