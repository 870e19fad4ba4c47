"""Silver: orders and their history joined, without INTRANSIT, one row per good history row; the others in quarantine.

Each batch of new bronze rows names the orders that it touches. For these the verdicts are made anew from all that is
known of them, and silver and quarantine get the difference. So a batch may be repeated: the second time there is none.
"""

import json

from delta.tables import DeltaTable
from pyspark.sql import functions as F

import medallion
from medallion.stream import follow
from medallion.tables import Sized, TableState, bucket, create, ranges, tidy, within
from rules import judge, latest_orders

SILVER = "silver/allorders"
QUARANTINE = "silver/quarantine"
HISTORY = ["historyid", "orderid", "status", "updatedat", "txid"]
KEPT = ["orderid", "branch", "status", "updatedat", "ordertime", "newat", "txid"]


def prepare(job):
    """Makes the two tables. The change feed lets gold take back what a correction in the source changes."""
    create(
        job.spark,
        job.path(SILVER),
        "historyid INT, orderid INT, branch STRING, status STRING, updatedat TIMESTAMP, ordertime TIMESTAMP, "
        "newat TIMESTAMP, txid BIGINT, date DATE",
        partition="date",
        properties={"delta.enableChangeDataFeed": "true"},
    )
    create(
        job.spark,
        job.path(QUARANTINE),
        "historyid INT, orderid INT, status STRING, updatedat TIMESTAMP, txid BIGINT, reason STRING, batch STRING, "
        "since TIMESTAMP, released TIMESTAMP",
    )


def changes(spark, batch, paths, spans):
    """What silver and quarantine lack after `batch`: rows with `action` (insert, update, delete) and `hold`.

    batch: rows of both bronze tables, `kind` o or h. paths: of bronze orders, silver, quarantine.
    spans: the ranges of order ids in the batch. Gives one row per history row that something is to be done with.
    """
    orders_path, silver_path, quarantine_path = paths
    touched = batch.where("orderid IS NOT NULL").select("orderid").distinct()

    def of_touched(path):
        table = spark.read.format("delta").load(path)
        return table.where(within(F.col("orderid"), spans)).join(touched, "orderid", "left_semi")

    no_silver = F.lit(None).cast(
        "struct<orderid:int,branch:string,status:string,updatedat:timestamp,ordertime:timestamp,newat:timestamp,"
        "txid:bigint>"
    )
    new = batch.where("kind = 'h'").select(*HISTORY, no_silver.alias("kept"), F.lit(None).cast("string").alias("held"))
    kept = of_touched(silver_path).select(
        *HISTORY, F.struct(*KEPT).alias("kept"), F.lit(None).cast("string").alias("held")
    )
    quarantine = spark.read.format("delta").load(quarantine_path).where("released IS NULL")
    # A row that named no order may name one of these now.
    held = (
        quarantine.where(within(F.col("orderid"), spans) | F.col("orderid").isNull())
        .join(touched.withColumn("touched", F.lit(True)), "orderid", "left")
        .where("touched OR orderid IS NULL")
        .select(*HISTORY, no_silver.alias("kept"), F.col("reason").alias("held"))
    )
    known = (
        new.unionByName(kept)
        .unionByName(held)
        .groupBy("historyid")
        .agg(
            F.max_by(F.struct("orderid", "status", "updatedat", "txid"), "txid").alias("row"),
            F.max("kept").alias("kept"),
            F.max("held").alias("held"),
        )
        .select("historyid", "row.*", "kept", "held")
    )
    judged = judge(known, latest_orders(of_touched(orders_path)))
    wanted = F.col("reason").isNull() & F.col("status").isin("NEW", "DELIVERED")
    action = (
        F.when(wanted & F.col("kept").isNull(), "insert")
        .when(wanted & ~F.struct(*KEPT).eqNullSafe(F.col("kept")), "update")
        .when(~wanted & F.col("kept").isNotNull(), "delete")
    )
    hold = F.when(F.col("reason").isNotNull() & ~F.col("reason").eqNullSafe(F.col("held")), "hold").when(
        F.col("reason").isNull() & F.col("held").isNotNull(), "release"
    )
    return (
        judged.withColumn("action", action)
        .withColumn("hold", hold)
        .withColumn("date", F.to_date("updatedat"))
        .where("action IS NOT NULL OR hold IS NOT NULL")
        .select("historyid", *KEPT, "date", "reason", "action", "hold")
    )


def apply_batch(job, lease, spark, batch, batch_name):
    """Brings one batch of bronze rows into silver and quarantine."""
    paths = [job.path(table) for table in ("bronze/orders", SILVER, QUARANTINE)]
    batch = batch.persist()
    try:
        counts = batch.groupBy("kind", bucket("orderid").alias("bucket")).count().collect()
        if not counts:
            return
        spans = ranges([row["bucket"] for row in counts if row["bucket"] is not None])
        total = sum(row["count"] for row in counts)
        with Sized(spark, total):
            difference = changes(spark, batch, paths, spans).persist()
            try:
                write(job, lease, spark, difference, paths, batch_name)
            finally:
                difference.unpersist()
        job.report(rows_in=sum(row["count"] for row in counts if row["kind"] == "h"))
    finally:
        batch.unpersist()


def write(job, lease, spark, difference, paths, batch_name):
    """Silver first: a crash between the two leaves a difference that the repeated batch finds again."""
    summary = difference.groupBy("action", "hold", bucket("historyid").alias("bucket")).count().collect()
    rows = {"insert": 0, "update": 0, "delete": 0, "hold": 0, "release": 0}
    for row in summary:
        for what in (row["action"], row["hold"]):
            if what:
                rows[what] += row["count"]
    spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", json.dumps({"batch": batch_name, **rows}))
    try:
        if rows["insert"] + rows["update"] + rows["delete"]:
            lease.check()
            spans = ranges([row["bucket"] for row in summary if row["action"]])
            merge_silver(spark, paths[1], difference.where("action IS NOT NULL"), spans, rows)
        if rows["hold"] + rows["release"]:
            lease.check()
            spans = ranges([row["bucket"] for row in summary if row["hold"]])
            merge_quarantine(spark, paths[2], difference.where("hold IS NOT NULL"), spans, batch_name)
    finally:
        spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
    job.report(
        rows_out=rows["insert"],
        quarantined=job.report_values.get("quarantined", 0) + rows["hold"],
        released=job.report_values.get("released", 0) + rows["release"],
        corrected=job.report_values.get("corrected", 0) + rows["update"] + rows["delete"],
    )


def merge_silver(spark, path, rows, spans, count):
    values = {name: F.col(f"new.{name}") for name in ["historyid", *KEPT, "date"]}
    merge = (
        DeltaTable.forPath(spark, path)
        .alias("kept")
        .merge(
            rows.alias("new"),
            (F.col("kept.historyid") == F.col("new.historyid")) & within(F.col("kept.historyid"), spans),
        )
    )
    # Without the other clauses Delta only adds files, which is the usual and the cheap case.
    if count["delete"]:
        merge = merge.whenMatchedDelete("new.action = 'delete'")
    if count["update"]:
        merge = merge.whenMatchedUpdate("new.action = 'update'", values)
    merge.whenNotMatchedInsert("new.action <> 'delete'", values).execute()


def merge_quarantine(spark, path, rows, spans, batch_name):
    now = F.current_timestamp()
    values = {name: F.col(f"new.{name}") for name in HISTORY} | {
        "reason": F.col("new.reason"),
        "batch": F.lit(batch_name),
    }
    (
        DeltaTable.forPath(spark, path)
        .alias("held")
        .merge(
            rows.alias("new"),
            (F.col("held.historyid") == F.col("new.historyid")) & within(F.col("held.historyid"), spans),
        )
        .whenMatchedUpdate("new.hold = 'release'", {"released": now})
        .whenMatchedUpdate("new.hold = 'hold'", values | {"released": F.lit(None)})
        .whenNotMatchedInsert("new.hold = 'hold'", values | {"since": now, "released": F.lit(None)})
        .execute()
    )


def bronze_stream(job):
    """New rows of both bronze tables as one stream, so that one batch sees what belongs together."""

    def table(name):
        return (
            job.spark.readStream.format("delta").option("maxFilesPerTrigger", "20000").load(job.path(f"bronze/{name}"))
        )

    orders = table("orders").select(
        F.lit("o").alias("kind"),
        "orderid",
        F.lit(None).cast("int").alias("historyid"),
        F.lit(None).cast("string").alias("status"),
        F.lit(None).cast("timestamp").alias("updatedat"),
        F.lit(None).cast("bigint").alias("txid"),
    )
    history = table("ordershistory").select(F.lit("h").alias("kind"), *HISTORY)
    return orders.unionByName(history)


def main():
    with medallion.job() as job, job.lease() as lease:
        bronze = {name: TableState(job.spark, job.path(f"bronze/{name}")) for name in ("orders", "ordershistory")}
        for name, state in bronze.items():
            if not state.exists:
                raise SystemExit(f"There is no table {job.path(f'bronze/{name}')}. Run bronze.py {name} first.")
        prepare(job)
        before = {table: TableState(job.spark, job.path(table)).version for table in (SILVER, QUARANTINE)}
        query = follow(
            job,
            bronze_stream(job),
            checkpoint=f"{job.path(SILVER)}/_checkpoint",
            of=[state.id for state in bronze.values()],
            apply=lambda spark, batch, name: apply_batch(job, lease, spark, batch, name),
        )
        for table, version in before.items():
            tidy(job.spark, job.path(table), version)
        bookmark = {f"retail.{name}": state.bookmark(f"retail.{name}") or 0 for name, state in bronze.items()}
        job.files.write(f"{job.path(SILVER)}/_bookmark.json", json.dumps(bookmark))
        job.report(rows_in=0, rows_out=0, bookmark=bookmark, batches=query)


if __name__ == "__main__":
    main()
