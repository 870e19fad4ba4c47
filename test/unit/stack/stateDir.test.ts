import { equal } from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateDir } from '../../../src/stack/stateDir.ts';

describe('StateDir', () => {
  let dir: string;

  before(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'medallion-state-')));
  });

  after(() => rm(dir, { recursive: true }));

  it('is the folder of the workspace, there or not yet', async () => {
    equal(new StateDir(dir).path, join(dir, '.medallion'));
    await mkdir(join(dir, '.medallion'));
    equal(new StateDir(dir).path, join(dir, '.medallion'));
  });

  it('is the same folder for a workspace that links to it', async () => {
    const other = join(dir, 'other');
    await mkdir(other);
    await symlink(join(dir, '.medallion'), join(other, '.medallion'));
    equal(new StateDir(other).path, join(dir, '.medallion'));
  });
});
