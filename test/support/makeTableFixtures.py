"""Writes the golden tables of test/fixtures/tables with real Spark, and beside each what Spark itself reads there.

Run once, by hand, with a Python that has pyspark and delta-spark:
    python test/support/makeTableFixtures.py test/fixtures/tables
"""

import datetime
import decimal
import json
import os
import shutil
import sys

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
root = os.path.abspath(sys.argv[1])

spark = (
    SparkSession.builder.master("local[2]")
    .appName("table fixtures")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.hadoop.fs.defaultFS", "file:///")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.databricks.delta.snapshotPartitions", "1")
    .config("spark.ui.enabled", "false")
    .config("spark.eventLog.enabled", "false")
    .config("spark.sql.warehouse.dir", "/tmp/table-fixtures-warehouse")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")


def plain(value, kind):
    """The value as the workbench shows it, in JSON."""
    if value is None:
        return None
    if isinstance(kind, T.StructType):
        return {f.name: plain(value[f.name], f.dataType) for f in kind.fields}
    if isinstance(kind, T.ArrayType):
        return [plain(v, kind.elementType) for v in value]
    if isinstance(kind, T.MapType):
        if isinstance(kind.keyType, T.StringType):
            return {k: plain(v, kind.valueType) for k, v in value.items()}
        return [{"key": plain(k, kind.keyType), "value": plain(v, kind.valueType)} for k, v in value.items()]
    if isinstance(kind, T.LongType):
        return value if abs(value) < 2**53 else {"$bigint": str(value)}
    if isinstance(kind, T.DecimalType):
        return float(value) if kind.precision <= 15 else f"{value:.{kind.scale}f}"
    if isinstance(kind, T.TimestampType):
        # pyspark gives local time without a zone; this process runs in UTC.
        return {"$micros": str((value.replace(tzinfo=UTC) - EPOCH) // datetime.timedelta(microseconds=1))}
    if isinstance(kind, (T.TimestampNTZType, T.DateType)):
        return value.isoformat()
    if isinstance(kind, T.BinaryType):
        return {"$hex": bytes(value).hex()}
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        return value if value == value and abs(value) != float("inf") else {"$number": str(value)}
    return value


def save(name, frame, **more):
    """The expectation of one table; `frame` is Spark's own reading of it."""
    rows = sorted(frame.collect(), key=lambda r: (r["id"] is None, r["id"]))
    known = {
        "columns": [{"name": f.name, "type": f.dataType.simpleString()} for f in frame.schema.fields],
        "rows": [plain(r, frame.schema) for r in rows],
        **more,
    }
    with open(os.path.join(root, f"{name}.json"), "w", encoding="utf-8") as out:
        json.dump(known, out, ensure_ascii=False, indent=1)
        out.write("\n")


def delta(name, version=None):
    reader = spark.read.format("delta")
    if version is not None:
        reader = reader.option("versionAsOf", version)
    return reader.load(path(name))


def save_delta(name, **more):
    history = DeltaTable.forPath(spark, path(name)).history().collect()
    save(
        name,
        delta(name),
        version=history[0]["version"],
        history=[{"version": h["version"], "operation": h["operation"]} for h in history],
        **more,
    )


def path(name):
    return os.path.join(root, name)


def every_type():
    nested = T.StructType(
        [
            T.StructField("a", T.IntegerType()),
            T.StructField("b", T.StructType([T.StructField("c", T.StringType()), T.StructField("d", T.DateType())])),
        ]
    )
    schema = T.StructType(
        [
            T.StructField("id", T.IntegerType(), False),
            T.StructField("byte", T.ByteType()),
            T.StructField("short", T.ShortType()),
            T.StructField("long", T.LongType()),
            T.StructField("float", T.FloatType()),
            T.StructField("double", T.DoubleType()),
            T.StructField("boolean", T.BooleanType()),
            T.StructField("string", T.StringType()),
            T.StructField("binary", T.BinaryType()),
            T.StructField("date", T.DateType()),
            T.StructField("timestamp", T.TimestampType()),
            T.StructField("ntz", T.TimestampNTZType()),
            T.StructField("dec5", T.DecimalType(5, 2)),
            T.StructField("dec15", T.DecimalType(15, 4)),
            T.StructField("dec18", T.DecimalType(18, 3)),
            T.StructField("dec38", T.DecimalType(38, 10)),
            T.StructField("list", T.ArrayType(T.IntegerType())),
            T.StructField("lists", T.ArrayType(T.ArrayType(T.StringType()))),
            T.StructField("map", T.MapType(T.StringType(), T.LongType())),
            T.StructField("mapByInt", T.MapType(T.IntegerType(), T.ArrayType(T.DecimalType(20, 2)))),
            T.StructField("struct", nested),
            T.StructField("structs", T.ArrayType(nested)),
            T.StructField("mapOfStructs", T.MapType(T.StringType(), nested)),
            T.StructField("nothing", T.StringType()),
        ]
    )
    day = datetime.date
    at = datetime.datetime
    dec = decimal.Decimal
    rows = [
        (
            1,
            127,
            32767,
            2**63 - 1,
            1.5,
            0.1,
            True,
            "naïve 你好 😀",
            b"\x00\xff",
            day(2024, 2, 29),
            at(2024, 2, 29, 12, 34, 56, 789012),
            at(2024, 2, 29, 12, 34, 56, 789012),
            dec("0.30"),
            dec("1.1000"),
            dec("123456789012345.678"),
            dec("1234567890123456789012345678.0123456789"),
            [1, None, 3],
            [["a", None], [], None, ["b"]],
            {"x": 1, "y": None, "__proto__": 3},
            {7: [dec("1.10"), None], -1: None},
            (1, ("c", day(1969, 12, 31))),
            [(1, None), None, (None, (None, None))],
            {"k": (2, ("z", None)), "n": None},
            None,
        ),
        (
            2,
            -128,
            -32768,
            -(2**63),
            float("nan"),
            float("inf"),
            False,
            "",
            b"",
            day(1582, 10, 15),
            at(1969, 12, 31, 23, 59, 59, 999999),
            at(1900, 1, 1),
            dec("-999.99"),
            dec("-0.0001"),
            dec("-0.001"),
            dec("-0.0000000001"),
            [],
            [],
            {},
            {},
            (None, None),
            [],
            {},
            None,
        ),
        (3,) + (None,) * 23,
        (
            4,
            0,
            0,
            2**53 - 1,
            -0.5,
            float("-inf"),
            True,
            'quote" back\\ line\n',
            b"abc",
            day(9999, 12, 31),
            at(1, 1, 2, 0, 0, 0, 1),
            at(9999, 12, 31, 23, 59, 59, 999000),
            dec("0.00"),
            dec("99999999999.9999"),
            dec("0.000"),
            dec("0E-10"),
            [None],
            [None],
            {"": 0},
            {0: []},
            (0, (None, None)),
            [None],
            {"q": (None, None)},
            None,
        ),
        (
            5,
            1,
            2,
            2**53,
            3.25,
            1e300,
            None,
            "x",
            None,
            day(1, 1, 1),
            at(2038, 1, 19, 3, 14, 8),
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
        ),
    ]
    return spark.createDataFrame(rows, schema).coalesce(1)


def simple(*rows):
    return spark.createDataFrame([(i, f"name {i}") for i in rows], "id int, name string").coalesce(1)


def main():
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)

    types = every_type()
    types.write.format("delta").save(path("types"))
    save_delta("types")

    for codec in ["snappy", "zstd", "gzip", "lz4_raw", "none"]:
        name = f"parquet_{codec}"
        types.select("id", "string", "long", "timestamp", "list", "struct").write.option("compression", codec).parquet(
            path(name)
        )
        save(name, spark.read.parquet(path(name)))

    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    types.select("id", "timestamp").where("id <> 4").write.parquet(path("parquet_int96"))
    save("parquet_int96", spark.read.parquet(path("parquet_int96")))
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")

    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
    types.select("id", "dec5", "dec18", "dec38", "list", "lists", "map", "struct", "structs").write.parquet(
        path("parquet_legacy")
    )
    save("parquet_legacy", spark.read.parquet(path("parquet_legacy")))
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "false")

    # Several row groups and pages in one file.
    (
        spark.range(0, 3000, 1, 1)
        .select(
            F.col("id"),
            (F.col("id") % 7).cast("string").alias("word"),
            F.when(F.col("id") % 3 == 0, F.col("id")).alias("third"),
        )
        .write.option("parquet.block.size", "4096")
        .option("parquet.page.size", "1024")
        .option("parquet.block.size.row.check.min", "100")
        .option("parquet.page.size.row.check.min", "100")
        .parquet(path("parquet_groups"))
    )
    groups = spark.read.parquet(path("parquet_groups"))
    save("parquet_groups", groups.where("id < 3 or id > 2996"), count=groups.count())

    branches = ["Köln", "a b+c", "100%", "x/y=z", 'it\'s "q"', None, "#?&"]
    parts = spark.createDataFrame(
        [(i, branches[i % 7], datetime.date(2024, 1, 1 + i % 2), i * 10) for i in range(14)],
        "id int, branch string, day date, amount int",
    ).coalesce(1)
    parts.where("id < 7").write.format("delta").partitionBy("day", "branch").save(path("partitioned"))
    parts.where("id >= 7").write.format("delta").mode("append").save(path("partitioned"))
    save_delta("partitioned")
    parts.where("id < 4").write.partitionBy("day", "branch").parquet(path("parquet_partitioned"))
    save("parquet_partitioned", spark.read.parquet(path("parquet_partitioned")))

    # Partition values of every type.
    typed = types.where("id in (1, 3)").select(
        "id", F.col("string").alias("s"), "byte", "long", "dec18", "boolean", "date", "timestamp", "ntz", "double"
    )
    typed.write.format("delta").partitionBy("s", "byte", "long", "dec18", "boolean", "date", "timestamp", "ntz").save(
        path("partition_types")
    )
    save_delta("partition_types")

    # More than ten commits with a checkpoint, then MERGE, schema evolution, delete, and a transaction of an application.
    for i in range(12):
        simple(i).write.format("delta").mode("append").option("txnAppId", "bronze").option("txnVersion", i * 5).save(
            path("checkpointed")
        )
    save("checkpointed_v5", delta("checkpointed", 5), version=5)
    table = DeltaTable.forPath(spark, path("checkpointed"))
    (
        table.alias("t")
        .merge(simple(3, 4, 100).withColumn("name", F.lit("merged")).alias("s"), "t.id = s.id")
        .whenMatchedUpdateAll()
        .whenNotMatchedInsertAll()
        .execute()
    )
    simple(200).withColumn("extra", F.array(F.lit(1.5))).write.format("delta").mode("append").option(
        "mergeSchema", "true"
    ).option("userMetadata", "evolved").save(path("checkpointed"))
    table.delete("id = 5")
    save_delta("checkpointed", transactions={"bronze": 55})

    for i in range(3):
        simple(i).write.format("delta").mode("overwrite").save(path("overwritten"))
    save_delta("overwritten")

    simple().write.format("delta").save(path("empty"))
    save_delta("empty")

    for mode in ["name", "id"]:
        name = f"mapped_{mode}"
        spark.sql(
            f"CREATE TABLE delta.`{path(name)}` (id INT, old STRING, part STRING, s STRUCT<x: INT, y: STRING>) USING delta "
            f"PARTITIONED BY (part) TBLPROPERTIES ('delta.columnMapping.mode' = '{mode}')"
        )
        spark.sql(f"INSERT INTO delta.`{path(name)}` VALUES (1, 'a', 'p', struct(1, 'one')), (2, 'b', 'q', NULL)")
        spark.sql(f"ALTER TABLE delta.`{path(name)}` RENAME COLUMN old TO `new name`")
        spark.sql(f"ALTER TABLE delta.`{path(name)}` RENAME COLUMN s.x TO z")
        spark.sql(f"INSERT INTO delta.`{path(name)}` VALUES (3, 'c', 'p', struct(3, 'three'))")
        save_delta(name)

    spark.sql(
        f"CREATE TABLE delta.`{path('deletion_vectors')}` (id INT, name STRING) USING delta "
        "TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')"
    )
    spark.range(0, 200, 1, 1).selectExpr("cast(id as int) id", "concat('name ', id) name").write.format("delta").mode(
        "append"
    ).save(path("deletion_vectors"))
    spark.sql(f"DELETE FROM delta.`{path('deletion_vectors')}` WHERE id % 3 = 0")
    spark.sql(f"DELETE FROM delta.`{path('deletion_vectors')}` WHERE id BETWEEN 20 AND 190")
    save_delta("deletion_vectors")

    spark.conf.set("spark.databricks.delta.checkpoint.partSize", "3")
    for i in range(3):
        simple(i).write.format("delta").option("delta.checkpointInterval", "2").mode("append").save(path("multipart"))
    save_delta("multipart")
    spark.conf.unset("spark.databricks.delta.checkpoint.partSize")

    spark.sql(
        f"CREATE TABLE delta.`{path('v2_checkpoint')}` (id INT, name STRING) USING delta "
        "TBLPROPERTIES ('delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '3')"
    )
    for i in range(4):
        simple(i).write.format("delta").mode("append").save(path("v2_checkpoint"))
    save_delta("v2_checkpoint")

    spark.sql(f"CREATE TABLE delta.`{path('variant')}` (id INT, v VARIANT) USING delta")
    spark.sql(f"INSERT INTO delta.`{path('variant')}` SELECT 1, parse_json('{{\"a\":1}}')")

    # What a table needs no more: checksums of the local file system and of the log, and what was replaced long ago.
    for directory, _, names in os.walk(root):
        shutil.rmtree(os.path.join(directory, "_staged_commits"), ignore_errors=True)
        for name in names:
            if name.endswith(".crc") or name.startswith("._SUCCESS"):
                os.remove(os.path.join(directory, name))


main()
spark.stop()
