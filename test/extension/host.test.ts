import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Mocha from 'mocha';
import { outDir } from './support/editorServer.ts';
import { type HostResult, packHostTests, runHostTests } from './support/hostTests.ts';
import { removeFolder, stackFolder } from './support/stackFolder.ts';
import { until } from './support/until.ts';
import { useEditor } from './support/useEditor.ts';

/** host/*.test.ts, run by mocha in the extension host: each of its tests is a test here. */
describe('In the extension host', () => {
  const resultsFile = join(outDir, `host-results-${process.pid}.json`);
  let workspaceDir: string;

  const editor = useEditor(async () => {
    workspaceDir = await stackFolder();
    return {
      workspaceDir,
      otherVsixes: [await packHostTests()],
      env: { MEDALLION_ROOT: join(import.meta.dirname, '..', '..'), MEDALLION_HOST_RESULTS: resultsFile },
    };
  });

  before('run the tests there', async function () {
    this.timeout(600_000);
    await editor().runCommand(runHostTests);
    await until(
      'the tests in the extension host have ended',
      () => Promise.resolve(existsSync(resultsFile)),
      590_000,
    );
    const results = JSON.parse(await readFile(resultsFile, 'utf8')) as HostResult[];
    for (const result of results) this.test?.parent?.addTest(asTest(result));
  });

  after(() => removeFolder(workspaceDir));

  it('mocha has run', () => {
    // Mocha asks for one test that is there from the start.
  });
});

function asTest({ title, state, error }: HostResult): Mocha.Test {
  if (state === 'skipped') return new Mocha.Test(title);
  return new Mocha.Test(title, () => {
    if (state === 'failed') throw new Error(error);
  });
}
