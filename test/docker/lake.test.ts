import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { WebHdfs } from '../../src/lake/webHdfs.ts';
import type { Engine } from '../../src/stack/engine.ts';
import { findInstallDir, Workbench } from '../../src/workbench.ts';
import { tempDir, uniqueProject } from './support/machine.ts';

const installDir = findInstallDir(import.meta.dirname);

/** Blocks that each DataNode holds, as the NameNode counts them. */
async function blocksByDataNode(nameNode: URL): Promise<number[]> {
  const answer = await fetch(new URL('/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo', nameNode));
  const { beans } = (await answer.json()) as { beans: { LiveNodes: string }[] };
  const nodes = JSON.parse(beans[0]!.LiveNodes) as Record<string, { numBlocks: number }>;
  return Object.values(nodes).map(({ numBlocks }) => numBlocks);
}

describe('HDFS from outside its network', function () {
  this.timeout(300_000);
  let workspaceDir: string;
  let workbench: Workbench;
  let engine: Engine;
  let lake: WebHdfs;

  before(async function () {
    // The first test that needs the stack's images: on a bare machine they are downloaded and built here.
    this.timeout(1_800_000);
    workspaceDir = await tempDir();
    workbench = new Workbench({ workspaceDir, installDir, env: process.env, log: silentLog });
    engine = await workbench.engineToStart('docker', {
      files: [
        join(installDir, 'stack', 'compose.yaml'),
        join(installDir, 'test', 'fixtures', 'stacks', 'two-datanodes.yaml'),
      ],
      projectName: uniqueProject(),
    });
    await workbench.noteEngine(engine.name);
    await engine.up({ services: ['datanode', 'datanode2', 'spark-master'] });
    lake = await workbench.lake();
  });

  after(async () => {
    await engine.down({ volumes: true });
    await workbench.close();
    await rm(workspaceDir, { recursive: true, force: true });
  });

  it('writes to and reads from every DataNode, under whatever ports', async () => {
    const content = (index: number): Buffer => Buffer.from(`file ${index}\n`.repeat(10_000));
    const paths = Array.from({ length: 16 }, (_, index) => `/tmp/outside/file ${index}`);
    for (const [index, path] of paths.entries()) await lake.write(path, content(index));
    for (const [index, path] of paths.entries()) {
      const bytes = await lake.read(path);
      assert.ok(content(index).equals(bytes), `${path} came back different`);
    }
    const blocks = await blocksByDataNode(lake.address.url);
    assert.equal(blocks.length, 2);
    assert.ok(
      blocks.every((count) => count > 0),
      `blocks by DataNode: ${blocks.join(', ')}`,
    );
  });

  it('lists, moves and removes through the NameNode alone', async () => {
    const { entries } = await lake.list('/tmp/outside');
    assert.equal(entries.length, 16);
    await lake.rename('/tmp/outside/file 0', '/tmp/outside/first');
    assert.equal((await lake.read('/tmp/outside/first')).length, 'file 0\n'.length * 10_000);
  });

  it('names a DataNode that no port is published of', async () => {
    const blind = new WebHdfs({ ...lake.address, dataNodes: {} }, { retryTimeoutMs: 2_000 });
    try {
      await assert.rejects(blind.read('/tmp/outside/file 1'), /DataNode datanode2?:\d+.*publish the port/s);
    } finally {
      await blind.close();
    }
  });
});
