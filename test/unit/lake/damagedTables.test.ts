import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isWorkbenchError } from '../../../src/base/errors.ts';
import { planSegment, versionName } from '../../../src/lake/deltaLog.ts';
import type { FileStatus } from '../../../src/lake/fileSource.ts';
import { openTable } from '../../../src/lake/table.ts';
import { LocalSource } from '../../support/localSource.ts';

const root = 'test/fixtures/tables';

function status(name: string): FileStatus {
  return {
    path: `/t/_delta_log/${name}`,
    name,
    type: 'FILE',
    length: 1,
    owner: '',
    group: '',
    permission: '644',
    replication: 1,
    blockSize: 1,
    modificationTime: 0,
    childrenNum: 0,
  };
}

async function readAll(source: LocalSource, path: string): Promise<unknown> {
  try {
    return (await (await openTable(source, path)).head(Infinity)).length;
  } catch (error) {
    assert.ok(isWorkbenchError(error), error instanceof Error ? error.stack : String(error));
    return error.code;
  }
}

describe('damaged tables', function () {
  this.timeout(60_000);

  for (const [path, part] of [
    ['/checkpointed', /\.json$/],
    ['/checkpointed', /checkpoint\.parquet$/],
    ['/types', /part-.*parquet$/],
    ['/v2_checkpoint', /_delta_log/],
  ] as const) {
    it(`${path}: a cut or altered ${part.source} gives rows or an error of ours, and ends`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.double({ min: 0, max: 1, noNaN: true }),
          fc.nat(255),
          fc.boolean(),
          async (at, byte, cut) => {
            const source = new LocalSource(root);
            source.corrupt = (file, content) => {
              if (!part.test(file) || content.length === 0) return content;
              // Of Parquet files the footer: the last third here.
              const from = file.endsWith('.parquet') ? Math.floor(content.length * 0.66) : 0;
              const position = Math.min(content.length - 1, from + Math.floor(at * (content.length - from)));
              if (cut) return content.subarray(0, position);
              const altered = Buffer.from(content);
              altered[position] = byte;
              return altered;
            };
            const result = await readAll(source, path);
            if (cut && part.source.includes('parquet')) assert.equal(result, 'protocol');
          },
        ),
        { numRuns: 60 },
      );
    });
  }

  it('needs no hint, and is not led astray by a wrong one', async () => {
    const whole = await readAll(new LocalSource(root), '/checkpointed');
    for (const hint of ['', 'rubbish', '{}', '{"version":-1}', '{"version":3}', '{"version":99999}']) {
      const source = new LocalSource(root, 3);
      source.corrupt = (file, content) => (file.endsWith('_last_checkpoint') ? Buffer.from(hint) : content);
      assert.equal(await readAll(source, '/checkpointed'), whole, hint);
    }
  });

  it('reads no more than it must', async () => {
    const source = new LocalSource(root);
    await (await openTable(source, '/checkpointed')).head(1);
    const commits = source.reads.filter(({ path }) => path.endsWith('.json'));
    assert.equal(commits.length, 4);
    assert.equal(source.reads.filter(({ path }) => path.includes('/part-')).length, 1);
    assert.equal(source.lists, 1);
  });

  it('says which file is gone', async () => {
    const source = new LocalSource(root);
    const table = await openTable(source, '/types');
    source.read = (path) => new LocalSource('/nonexistent').read(path);
    await assert.rejects(
      table.head(1),
      (error) => isWorkbenchError(error, 'not-found') && error.message.includes('part-00000'),
    );
    await assert.rejects(openTable(new LocalSource(root), '/none'), (error) =>
      isWorkbenchError(error, 'not-found'),
    );
    await assert.rejects(openTable(new LocalSource(root), '/types/_delta_log'), (error) =>
      isWorkbenchError(error, 'not-found'),
    );
  });
});

describe('choosing what of a log to read', () => {
  const name = versionName;
  const plan = (names: string[], wanted?: number): ReturnType<typeof planSegment> =>
    planSegment(names.sort().map(status), wanted);
  const commits = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, i) => `${name(from + i)}.json`);

  it('takes the last whole checkpoint and the commits after it', () => {
    const parts = [1, 2].map(
      (i) => `${name(20)}.checkpoint.${String(i).padStart(10, '0')}.0000000003.parquet`,
    );
    const segment = plan([
      ...commits(8, 22),
      `${name(10)}.checkpoint.parquet`,
      ...parts,
      '_sidecars',
      'x.tmp',
    ]);
    assert.equal(segment?.checkpoint?.version, 10);
    assert.deepEqual([segment.commits.length, segment.version], [12, 22]);
    const whole = plan([...commits(8, 22), ...parts, `${name(20)}.checkpoint.0000000003.0000000003.parquet`]);
    assert.equal(whole?.checkpoint?.files.length, 3);
    assert.equal(plan([...commits(0, 22), `${name(10)}.checkpoint.parquet`], 9)?.checkpoint, undefined);
    assert.equal(plan([`${name(10)}.checkpoint.parquet`])?.version, 10);
  });

  it('asks for an earlier start, and never jumps over a missing commit', () => {
    assert.equal(plan(commits(3, 5)), undefined);
    assert.equal(plan([]), undefined);
    assert.equal(plan(commits(0, 5), 6), undefined);
    assert.throws(
      () => plan([...commits(0, 3), ...commits(5, 6)]),
      (error) => isWorkbenchError(error, 'protocol'),
    );
    assert.throws(
      () => plan([`${name(1)}.checkpoint.parquet`, ...commits(3, 4)]),
      (error) => isWorkbenchError(error, 'protocol'),
    );
  });
});
