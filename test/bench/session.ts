import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/base/log.ts';
import { JupyterServer } from '../../src/session/jupyterServer.ts';
import { Session } from '../../src/session/session.ts';
import { kernelSettings } from '../../src/session/sparkSettings.ts';
import { SparkCluster } from '../../src/spark/sparkCluster.ts';
import type { WholeConnection } from '../../src/stack/connection.ts';
import { liveStack } from '../support/liveStack.ts';
import type { Benchmark } from './benchmark.ts';
import { median, seconds, sparkSubmit } from './sparkSubmit.ts';

/* The loop of change and look: a script in the warm session, against what else runs it. */

const rounds = 5;

/** Gold's first question over silver. `limit` is the line that is changed. */
const gold = (limit: number): string => `
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
spark = SparkSession.builder.getOrCreate()
delivered = spark.read.parquet("/tmp/bench-session/silver").where("status = 'DELIVERED'")
counts = delivered.groupBy("branch").agg(F.countDistinct("orderid").alias("deliveries"))
print(counts.orderBy(F.desc("deliveries"), "branch").limit(${limit}).collect())
`;

const silver = `
spark.range(200_000).selectExpr(
    "id AS orderid", "concat('branch ', id % 10) AS branch", "IF(id % 3 = 0, 'NEW', 'DELIVERED') AS status"
).write.mode("overwrite").parquet("/tmp/bench-session/silver")
`;

/** Executes the same code by Jupyter's own client; prints the seconds of each round as JSON. */
const jupyterClient = `
import json, sys, time
from jupyter_client import BlockingKernelClient
client = BlockingKernelClient(connection_file=sys.argv[1])
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=60)
times = []
for code in json.loads(open(sys.argv[2]).read()):
    began = time.perf_counter()
    reply = client.execute_interactive(code, timeout=120, output_hook=lambda message: None)
    assert reply["content"]["status"] == "ok", reply["content"]
    times.append(time.perf_counter() - began)
print(json.dumps(times))
`;

async function withSession<T>(
  work: (session: Session, connection: WholeConnection) => Promise<T>,
): Promise<T> {
  const connection = await liveStack();
  const cluster = new SparkCluster(connection.spark);
  const session = open(connection, cluster);
  await session.start();
  try {
    return await work(session, connection);
  } finally {
    await session.shutdown();
    await session.close();
    await cluster.close();
  }
}

function open(connection: WholeConnection, cluster: SparkCluster): Session {
  return new Session({
    server: new JupyterServer(connection.session, { log: silentLog }),
    settings: (signal) => kernelSettings(connection, { cluster, lakeRoot: '/data', log: silentLog, signal }),
    log: silentLog,
  });
}

async function run(session: Session, code: string): Promise<void> {
  const { ended } = session.run({ code, language: 'python', title: 'bench' });
  const end = await ended;
  if (end !== 'ok') throw new Error(`The cell ended as ${end}.`);
}

/** A changed line of a gold script to its result; seconds. */
async function againstSparkSubmit(): Promise<{ ours: number; peer: number; peerName: string }> {
  return withSession(async (session, connection) => {
    await run(session, silver);
    await run(session, gold(1));
    const dir = await mkdtemp(join(tmpdir(), 'bench-session-'));
    try {
      const ours: number[] = [];
      const peer: number[] = [];
      for (let i = 0; i < rounds; i++) {
        ours.push(await seconds(() => run(session, gold(i + 2))));
        const script = join(dir, 'gold.py');
        await writeFile(script, gold(i + 2));
        if (i < 2) peer.push(await seconds(() => sparkSubmit(connection, script)));
      }
      return { ours: median(ours), peer: median(peer), peerName: 'spark-submit' };
    } finally {
      await rm(dir, { recursive: true });
    }
  });
}

/** The same cells through ours and through `jupyter_client`, taking turns on one kernel; seconds. */
async function againstJupyterClient(): Promise<{ ours: number; peer: number; peerName: string }> {
  return withSession(async (session) => {
    await run(session, silver);
    const dir = await mkdtemp(join(tmpdir(), 'bench-session-'));
    try {
      const file = join(dir, 'connection');
      await run(
        session,
        `import ipykernel, shutil\nshutil.copy(ipykernel.get_connection_file(), ${JSON.stringify(file)})`,
      );
      for (let i = 0; i < rounds; i++) await run(session, gold(i + 1));
      const ours: number[] = [];
      const peer: number[] = [];
      for (let i = 0; i < rounds; i++) {
        ours.push(await seconds(() => run(session, gold(i + 20))));
        peer.push(...(await byJupyterClient(dir, file, [gold(i + 40)])));
      }
      return { ours: median(ours), peer: median(peer), peerName: 'jupyter_client' };
    } finally {
      await rm(dir, { recursive: true });
    }
  });
}

async function byJupyterClient(dir: string, connection: string, cells: string[]): Promise<number[]> {
  const runtime = process.env.MEDALLION_RUNTIME;
  if (!runtime) throw new Error('MEDALLION_RUNTIME does not say where the runtime is: use `npm run bench`.');
  const [program, codes, out] = ['client.py', 'cells.json', 'out.json'].map((name) => join(dir, name));
  await writeFile(program!, jupyterClient);
  await writeFile(codes!, JSON.stringify(cells));
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      '"$0" "$1" "$2" "$3" > "$4"',
      join(runtime, 'venv', 'bin', 'python'),
      program!,
      connection,
      codes!,
      out!,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`jupyter_client ended with ${String(code)}.`);
  return JSON.parse(await readFile(out!, 'utf8')) as number[];
}

/** A window that comes back to a kernel that runs, against one that starts it; seconds. */
async function reconnecting(): Promise<{ ours: number; peer: number; peerName: string }> {
  const connection = await liveStack();
  const cluster = new SparkCluster(connection.spark);
  const first = open(connection, cluster);
  const peer = await seconds(() => first.start());
  await run(first, 'print(spark.range(10).count())');
  const memory = first.memory();
  await first.close();
  const times: number[] = [];
  let last: Session | undefined;
  for (let i = 0; i < rounds; i++) {
    await last?.close();
    last = new Session({
      server: new JupyterServer(connection.session, { log: silentLog }),
      settings: (signal) =>
        kernelSettings(connection, { cluster, lakeRoot: '/data', log: silentLog, signal }),
      log: silentLog,
      memory,
    });
    const session = last;
    times.push(
      await seconds(async () => {
        if (!(await session.attach())) throw new Error('The kernel was not found again.');
      }),
    );
  }
  await last?.shutdown();
  await last?.close();
  await cluster.close();
  return { ours: median(times), peer, peerName: 'a start' };
}

/** The interrupt of a running Spark job until its cell has ended, against that of Python that sleeps; seconds. */
async function interrupting(): Promise<{ ours: number; peer: number; peerName: string }> {
  return withSession(async (session) => {
    const interrupted = async (code: string): Promise<number> => {
      let isUnderWay = (): void => {};
      const underWay = new Promise<void>((resolve) => (isUnderWay = resolve));
      const stopListening = session.onRun(({ event }) => {
        if (event.kind === 'stream' && event.text.includes('under way')) isUnderWay();
      });
      const { ended } = session.run({ code, language: 'python', title: 'bench' });
      await Promise.race([underWay, ended]);
      const s = await seconds(async () => {
        await session.interrupt();
        const end = await ended;
        if (end !== 'interrupted') throw new Error(`The cell ended as ${end}.`);
      });
      stopListening();
      return s;
    };
    const ours: number[] = [];
    const peer: number[] = [];
    for (let i = 0; i < rounds; i++) {
      ours.push(await interrupted(sparkJob));
      peer.push(await interrupted('import time\nprint("under way")\ntime.sleep(600)'));
    }
    return { ours: median(ours), peer: median(peer), peerName: 'Python that sleeps' };
  });
}

/** Says so once its tasks run. */
const sparkJob = `
import threading, time

def tell():
    tracker = spark.sparkContext.statusTracker()
    while not any(tracker.getStageInfo(one).numActiveTasks for one in tracker.getActiveStageIds()):
        time.sleep(0.1)
    print("under way")

threading.Thread(target=tell).start()
spark.sparkContext.parallelize(range(4), 4).map(lambda _: time.sleep(600)).collect()
`;

export const benchmarks: Benchmark[] = [
  {
    name: 'session: a changed line of a gold script to its result',
    unit: 's',
    goal: 0.05,
    run: againstSparkSubmit,
  },
  { name: 'session: the same cell', unit: 's', goal: 1.1, run: againstJupyterClient },
  { name: 'session: the interrupt of a Spark job', unit: 's', run: interrupting },
  { name: 'session: a reload until it is connected again', unit: 's', run: reconnecting },
];
