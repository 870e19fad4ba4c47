import { equal } from 'node:assert/strict';
import { join } from 'node:path';
import { findWorkspaceDir } from '../../src/workbench.ts';

describe('the workspace whose stack is meant', () => {
  it('is the one that MEDALLION_WORKSPACE names, from where the user stands', () => {
    const from = join(import.meta.dirname, 'shop');
    equal(findWorkspaceDir(from, { MEDALLION_WORKSPACE: 'a/b' }), join(from, 'a/b'));
    equal(findWorkspaceDir(from, { MEDALLION_WORKSPACE: join(from, 'c') }), join(from, 'c'));
  });
});
