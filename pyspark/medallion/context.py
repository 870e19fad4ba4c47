"""What a script of a pipeline gets, whether it runs alone or as a step of a run."""

import contextlib
import os
import sys
import time

from medallion.events import emit
from medallion.files import Files
from medallion.lease import Lease
from medallion.sources import Source

# A medallion's tables are small beside Spark's defaults, which would cut each shuffle into 200 tasks.
SETTINGS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.streaming.stopTimeout": "30s",
    # What is worked on is small, and each plan is new to its JVM: replanning between stages and compiling each stage
    # cost more than they save. `Sized` turns compiling on for a large load.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    # The stream's own per-query metrics store is not read by anybody here.
    "spark.sql.streaming.metricsEnabled": "false",
}


class Job:
    """`spark`, the lake's `root`, the script's arguments, and the report of what was done."""

    def __init__(self, spark, root, name, run=None):
        self.spark = spark
        self.root = root.rstrip("/") or "/"
        self.name = name
        self.args = sys.argv[1:]
        self.files = Files(spark)
        self.run = run
        self.report_values = {}

    def path(self, table):
        """Where a table of the lake is: `bronze/orders`."""
        return f"{self.root}/{table}"

    def source(self, name):
        return Source.named(name)

    def lease(self):
        """The lake's one lease; a step holds it while it reads and writes, so no other step of any run does."""
        application = self.spark.sparkContext.applicationId
        about = {"job": self.name, "application": application, **({"run": self.run} if self.run else {})}
        return Lease(
            self.files,
            f"{self.root}/_lease",
            on_lost=lambda: self.spark.sparkContext.cancelAllJobs(),
            about=about,
            on_wait=lambda holder: self.say(
                f"Waiting for another run (application {holder.get('application')}, {holder.get('job')})."
            ),
        )

    def say(self, sentence):
        print(f"{self.name}: {sentence}", flush=True)

    def report(self, rows_in=None, rows_out=None, bookmark=None, **details):
        """Rows read and written, added up over calls; the bookmark and details as they were last."""
        values = self.report_values
        for key, count in (("rowsIn", rows_in), ("rowsOut", rows_out)):
            if count is not None:
                values[key] = values.get(key, 0) + count
        if bookmark is not None:
            values["bookmark"] = bookmark
        values.update(details)


_step = None


@contextlib.contextmanager
def step(job_of_step):
    """Makes `job()` give the step's job to the script that runs meanwhile."""
    global _step
    _step = job_of_step
    try:
        yield
    finally:
        _step = None


def lake_root(spark):
    return spark.conf.get("spark.medallion.lakeRoot", None) or os.environ.get("MEDALLION_LAKE_ROOT") or "/data"


def session():
    """The Spark session with Delta and our settings; values that were given with the submission win."""
    from pyspark.sql import SparkSession

    builder = (
        SparkSession.builder.appName(os.path.basename(sys.argv[0]) or "medallion")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    )
    spark = builder.getOrCreate()
    given = spark.sparkContext.getConf()
    for key, value in SETTINGS.items():
        if not given.contains(key):
            spark.conf.set(key, value)
    return spark


@contextlib.contextmanager
def job(name=None):
    """`with medallion.job() as job:`. Alone it makes the session and prints what was done; in a run it shares them."""
    if _step is not None:
        yield _step
        return
    began = time.monotonic()
    spark = session()
    name = name or os.path.splitext(os.path.basename(sys.argv[0]))[0] or "job"
    alone = Job(spark, lake_root(spark), name)
    yield alone
    values = alone.report_values
    emit("report", job=name, durationMs=round((time.monotonic() - began) * 1000), **values)
    alone.say(f"{values.get('rowsIn', 0)} rows in, {values.get('rowsOut', 0)} rows out.")
    spark.stop()
