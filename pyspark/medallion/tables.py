"""What the pipelines need of Delta beyond its Python API, read from the log without a Spark job where that is possible."""

import json

from pyspark.sql import functions as F


class TableState:
    """A table's log at one moment: version (-1 without a table), bookmarks, properties."""

    def __init__(self, spark, path):
        log = spark._jvm.org.apache.spark.sql.delta.DeltaLog
        self._snapshot = log.forTableWithSnapshot(spark._jsparkSession, path)._2()
        self.path = path
        self.version = self._snapshot.version()

    @property
    def exists(self):
        return self.version >= 0

    @property
    def id(self):
        return self._snapshot.metadata().id()

    def bookmark(self, app):
        """The `txnVersion` last committed for `app`, or None."""
        if not self.exists:
            return None
        last = self._snapshot.transactions().get(app)
        return last.get() if last.isDefined() else None

    def property(self, name):
        if not self.exists:
            return None
        value = self._snapshot.metadata().configuration().get(name)
        return value.get() if value.isDefined() else None


def last_commit(files, path, version):
    """The `commitInfo` of one version, from its JSON file."""
    text = files.read(f"{path}/_delta_log/{version:020d}.json") or ""
    for line in text.splitlines():
        if '"commitInfo"' in line:
            return json.loads(line)["commitInfo"]
    return {}


def create(spark, path, columns, partition=None, properties=None):
    """Makes an empty table unless it is there."""
    settings = ", ".join(f"'{key}' = '{value}'" for key, value in (properties or {}).items())
    partitioned = f"PARTITIONED BY ({partition})" if partition else ""
    tblproperties = f"TBLPROPERTIES ({settings})" if settings else ""
    spark.sql(f"CREATE TABLE IF NOT EXISTS delta.`{path}` ({columns}) USING delta {partitioned} {tblproperties}")


COMMITS_PER_TIDY = 50


def tidy(spark, path, before):
    """Puts a table's small files together once in so many commits, so that its cost does not follow their number.

    `before` is the version before this step's commits. The rows stay as they are, for streams too.
    """
    version = TableState(spark, path).version
    if version // COMMITS_PER_TIDY > max(before, 0) // COMMITS_PER_TIDY:
        spark.sql(f"OPTIMIZE delta.`{path}`")


LARGE_ROWS = 200_000


class Sized:
    """Settings for a load of so many rows: a large one gets compiled stages, and tasks that fit a small executor."""

    def __init__(self, spark, rows):
        self._spark = spark
        tasks = int(spark.conf.get("spark.sql.shuffle.partitions"))
        self._settings = (
            {
                "spark.sql.shuffle.partitions": str(max(tasks, min(64, rows // LARGE_ROWS))),
                "spark.sql.codegen.wholeStage": "true",
            }
            if rows >= LARGE_ROWS
            else {}
        )

    def __enter__(self):
        self._before = {key: self._spark.conf.get(key) for key in self._settings}
        for key, value in self._settings.items():
            self._spark.conf.set(key, value)

    def __exit__(self, *_):
        for key, value in self._before.items():
            self._spark.conf.set(key, value)


BUCKET = 1024


def bucket(column):
    """Numbers near each other; see `ranges`."""
    return F.floor(F.col(column) / BUCKET)


def ranges(buckets, at_most=16):
    """Closed ranges of values that cover the buckets, at most so many: the widest gaps are left out."""
    ordered = sorted(set(buckets))
    if not ordered:
        return []
    gaps = sorted(range(1, len(ordered)), key=lambda i: ordered[i - 1] - ordered[i])
    cuts = sorted(i for i in gaps[: at_most - 1] if ordered[i] - ordered[i - 1] > 1)
    starts, ends = [0, *cuts], [*cuts, len(ordered)]
    return [(ordered[a] * BUCKET, ordered[b - 1] * BUCKET + BUCKET - 1) for a, b in zip(starts, ends, strict=True)]


def within(column, spans):
    """A condition of literals, by which Delta's file statistics skip files without reading them."""
    condition = F.lit(False)
    for low, high in spans:
        condition = condition | ((column >= F.lit(low)) & (column <= F.lit(high)))
    return condition
