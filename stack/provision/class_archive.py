"""Makes Java's class data archives for one runtime, so that drivers, executors and Spark's daemons start faster.

    python class_archive.py RUNTIME_DIR JAVA_HOME

Most of a small job's time is the loading of some 20,000 classes in each new JVM. One short job in one process tree
(`local-cluster`: driver, master and worker in one JVM, the executor in another) does what jobs do. Java 17 to 23: the
names of its classes make one archive for all, `<runtime>/cds/<java version>/spark.jsa` (JEP 310, 350). From Java 24 on
each of the two JVMs leaves an ahead-of-time cache, `driver.aot` and `executor.aot` (JEP 483, 514).

The JVM takes an archive only if the class path begins as it did here: the launcher of Spark says what that is, and
`<runtime>/cds/conf` is the empty directory that stands where Spark puts its configuration directory. Anything that does
not fit (another build of Java, another class path) is ignored by the JVM.

It is run with the runtime's own Python; the standard library is enough.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Keep in step with src/stack/startupOptions.ts.
JVM_FLAGS = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
TRAINING_SECONDS = 900
CREATION_SECONDS = 540

# HDFS does not run while a runtime is made, so the training cannot use it; its client's classes are named instead.
CLIENT_JARS = ("hadoop-client-api-", "postgresql-")
CLIENT_CLASSES = (
    "org/apache/hadoop/hdfs/DFS",
    "org/apache/hadoop/hdfs/DataStreamer",
    "org/apache/hadoop/hdfs/DistributedFileSystem",
    "org/apache/hadoop/hdfs/ClientContext",
    "org/apache/hadoop/hdfs/PeerCache",
    "org/apache/hadoop/hdfs/client/",
    "org/apache/hadoop/hdfs/protocol/",
    "org/apache/hadoop/hdfs/protocolPB/",
    "org/apache/hadoop/hdfs/security/token/",
    "org/apache/hadoop/hdfs/util/",
    "org/apache/hadoop/ipc/",
    "org/apache/hadoop/io/retry/",
    "org/apache/hadoop/security/",
    "org/apache/hadoop/net/",
    "org/postgresql/",
)
SPARK_CLASSES = (
    "org/apache/spark/deploy/worker/",
    "org/apache/spark/deploy/master/",
    "org/apache/spark/deploy/rest/",
    "org/apache/spark/deploy/history/",
)

TRAINING_JOB = """
import sys, tempfile
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.types import LongType
from delta.tables import DeltaTable

work = sys.argv[1]
spark = SparkSession.builder.getOrCreate()
for name in ("org.postgresql.Driver", "org.apache.hadoop.hdfs.DistributedFileSystem"):
    try:
        spark._jvm.java.lang.Class.forName(name)
    except Exception as error:
        print(error)

spark.range(1000).selectExpr("id % 3 k").groupBy("k").count().show()
rows = spark.range(200).selectExpr(
    "id", "cast(id % 7 as string) branch", "timestamp_seconds(id * 60) at", "date(timestamp_seconds(id * 60)) day"
)
rows.write.mode("overwrite").parquet(work + "/parquet")
rows.write.format("delta").partitionBy("day").option("txnAppId", "t").option("txnVersion", 1).save(work + "/bronze")
rows.limit(0).write.format("delta").save(work + "/silver")


def merge(batch, batch_id):
    (
        DeltaTable.forPath(batch.sparkSession, work + "/silver").alias("t")
        .merge(batch.alias("s"), "t.id = s.id")
        .whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()
    )


(
    spark.readStream.format("delta").load(work + "/bronze").writeStream.foreachBatch(merge)
    .option("checkpointLocation", work + "/checkpoint").trigger(availableNow=True).start().awaitTermination()
)
silver = spark.read.format("delta").load(work + "/silver")
other = silver.groupBy("branch").agg(F.count("*").alias("n"), F.avg("id").alias("mean"), F.max("at").alias("last"))
silver.join(other, "branch").orderBy(F.desc("n"), "branch").limit(20).show()
other.coalesce(1).write.mode("overwrite").option("header", True).csv(work + "/csv")
other.write.format("delta").mode("overwrite").save(work + "/gold")
print(spark.createDataFrame([(1, "a")], "id long, name string").collect())
print(silver.select(F.udf(lambda x: x + 1, LongType())("id")).count())
print(spark.sql("select branch, count(*) over (partition by branch order by at) from delta.`" + work + "/silver`").count())
spark.stop()
"""


def java_version(java_home):
    """The full version of a Java, as its `release` file says it: an archive fits one build only."""
    for line in (Path(java_home) / "release").read_text("utf-8").splitlines():
        key, _, value = line.partition("=")
        if key == "JAVA_VERSION":
            return value.strip().strip('"')
    raise ValueError(f"{java_home} has no JAVA_VERSION")


def launch_command(runtime, java, environment, arguments):
    """The command that Spark's own launcher makes of a spark-submit command line; its class path is the real one."""
    said = subprocess.run(
        [java, "-cp", f"{runtime}/spark/jars/*", "org.apache.spark.launcher.Main",
         "org.apache.spark.deploy.SparkSubmit", *arguments],
        env=environment, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60,
    ).stdout  # fmt: skip
    # Words, each followed by NUL, after an empty line.
    return [word.decode() for word in said.lstrip(b"\n\0").split(b"\0") if word]


def train(runtime, java, work, driver_flags, executor_flags):
    """Runs the training job; gives its class path."""
    conf = runtime / "cds/conf"
    conf.mkdir(parents=True, exist_ok=True)
    job = work / "training.py"
    job.write_text(TRAINING_JOB)
    environment = {
        **{k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SPARK_DIST_CLASSPATH", "HADOOP_CONF_DIR")},
        "SPARK_HOME": str(runtime / "spark"),
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_PUBLIC_DNS": "127.0.0.1",
        "SPARK_SCALA_VERSION": "2.13",
        "JAVA_HOME": str(Path(java).parent.parent),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
    }
    properties = {
        "spark.executor.extraJavaOptions": " ".join([*JVM_FLAGS, *executor_flags]),
        "spark.executor.memory": "1g",
        "spark.executorEnv.SPARK_CONF_DIR": str(conf),
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(work / "warehouse"),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": work.as_uri(),
        "spark.ui.port": "0",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(work),
    }
    arguments = ["--master", "local-cluster[1,2,1024]", "--driver-memory", "1g"]
    arguments += ["--driver-java-options", " ".join([*JVM_FLAGS, *driver_flags])]
    for key, value in properties.items():
        arguments += ["--conf", f"{key}={value}"]
    command = launch_command(runtime, java, environment, [*arguments, str(job), str(work)])
    log = work / "training.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, cwd=work, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            code = process.wait(timeout=TRAINING_SECONDS)
        except BaseException:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    if code != 0:
        raise RuntimeError(f"the training job ended with {code}: {log.read_text('utf-8', 'replace')[-2000:]}")
    return command[command.index("-cp") + 1]


def named_classes(runtime):
    """Classes of the clients and daemons that the training does not load."""
    for jar in sorted((runtime / "spark/jars").glob("*.jar")):
        client = jar.name.startswith(CLIENT_JARS)
        wanted = CLIENT_CLASSES if client else SPARK_CLASSES if jar.name.startswith("spark-core_") else ()
        if not wanted:
            continue
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if name.endswith(".class") and name.startswith(wanted):
                    yield name.removesuffix(".class")


def merged_classes(lists, extra):
    """One class list of several; each line once. Ids (`id: 1`) belong to one JVM and are left out."""
    seen = {}
    for path in lists:
        for line in path.read_text("utf-8", "replace").splitlines():
            # `source:` lines are of custom loaders; those classes cannot be shared without their ids.
            if not line.startswith("#") and " source: " not in line:
                seen.setdefault(line.partition(" id:")[0].strip())
    for name in extra:
        seen.setdefault(name)
    seen.pop("", None)
    return "".join(f"{line}\n" for line in seen)


def create(command, work):
    log = work / "creation.log"
    with log.open("wb") as out:
        subprocess.run(
            command, check=True, cwd=work, stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=CREATION_SECONDS
        )


def put(source, target):
    """In place in one step, and readable for the services' user."""
    os.chmod(source, 0o644)
    os.replace(source, target)


def static_archive(runtime, java, target, work):
    lists = {name: work / f"{name}.classlist" for name in ("driver", "executor")}
    flags = {name: [f"-XX:DumpLoadedClassList={path}"] for name, path in lists.items()}
    class_path = train(runtime, java, work, flags["driver"], flags["executor"])
    names = work / "all.classlist"
    names.write_text(merged_classes([p for p in lists.values() if p.exists()], named_classes(runtime)), "utf-8")
    archive = work / "spark.jsa"
    create(
        [java, "-Xshare:dump", "-Xlog:all=off", f"-XX:SharedClassListFile={names}",
         f"-XX:SharedArchiveFile={archive}", "-cp", class_path],
        work,
    )  # fmt: skip
    put(archive, target / "spark.jsa")


def ahead_of_time_caches(runtime, java, target, work):
    recorded = {name: work / f"{name}.aotconf" for name in ("driver", "executor")}
    flags = {name: ["-XX:AOTMode=record", f"-XX:AOTConfiguration={path}"] for name, path in recorded.items()}
    class_path = train(runtime, java, work, flags["driver"], flags["executor"])
    for name, path in recorded.items():
        # A cache that is missing only costs time.
        if not path.exists():
            continue
        cache = work / f"{name}.aot"
        create(
            [java, *JVM_FLAGS, "-XX:AOTMode=create", f"-XX:AOTConfiguration={path}", f"-XX:AOTCache={cache}",
             "--add-modules=jdk.incubator.vector", "-cp", class_path],
            work,
        )  # fmt: skip
        put(cache, target / f"{name}.aot")


def main(runtime_dir, java_home):
    """Makes the archives for this Java, unless they are there. Safe to interrupt: files appear whole or not at all."""
    runtime = Path(runtime_dir).absolute()
    java = str(Path(java_home).absolute() / "bin/java")
    version = java_version(java_home)
    target = runtime / "cds" / version
    target.mkdir(parents=True, exist_ok=True)
    marker = target / "done"
    if marker.exists():
        return
    # On the same file system as the target, for the rename.
    work = Path(tempfile.mkdtemp(prefix=".making-", dir=runtime / "cds"))
    try:
        make = static_archive if int(version.partition(".")[0]) < 24 else ahead_of_time_caches
        make(runtime, java, target, work)
        marker.write_text(version)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
