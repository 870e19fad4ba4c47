import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * `hdfs dfsadmin …` as the superuser of the test stack: `dfsAdmin('-safemode', 'enter')`. It starts a JVM, which takes
 * some seconds.
 */
export async function dfsAdmin(...args: string[]): Promise<string> {
  const file = process.env.MEDALLION_TEST_STACK;
  if (!file) throw new Error('No stack: run these tests with `npm test`, or set MEDALLION_TEST_STACK.');
  const { lake, runtime } = JSON.parse(await readFile(file, 'utf8')) as {
    lake: { fileSystem: string };
    runtime: { dir: string; javaHome: string };
  };
  // It wants site files on its class path, though empty ones.
  const conf = await mkdtemp(join(tmpdir(), 'medallion-dfsadmin-'));
  try {
    for (const site of ['core-site.xml', 'hdfs-site.xml'])
      await writeFile(join(conf, site), '<configuration/>');
    const classPath = [conf, join(runtime.dir, 'spark/jars/*'), join(runtime.dir, 'hdfs/*')].join(':');
    const own = ['org.apache.hadoop.hdfs.tools.DFSAdmin', '-fs', lake.fileSystem, ...args];
    const { stdout } = await promisify(execFile)(
      join(runtime.javaHome, 'bin', 'java'),
      ['-XX:TieredStopAtLevel=1', '-cp', classPath, ...own],
      { env: { ...process.env, HADOOP_USER_NAME: 'medallion' } },
    );
    return stdout;
  } finally {
    await rm(conf, { recursive: true });
  }
}
