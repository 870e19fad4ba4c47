"""Gold: deliveries per branch, and the average time from NEW to DELIVERED, each as a Delta table and as one CSV file.

A batch of silver's changes gives what to add to each branch. Both tables take it on their own: each commits the batch
as its bookmark, so a repeated batch is added where it is missing, and nowhere twice. Sums are whole microseconds.
"""

import csv
import io
import json

from pyspark.sql import functions as F

import medallion
from medallion.stream import follow, forget, last_batch, stream_id
from medallion.tables import TableState

SILVER = "silver/allorders"
MICROSECONDS_PER_HOUR = 3_600_000_000


class GoldTable:
    """One table: its name, its columns, and how it is made from {branch: (deliveries, microseconds)} and back."""

    def __init__(self, name, schema, header, rows, sums):
        self.name, self.schema, self.header, self.rows, self.sums = name, schema, header, rows, sums


def count_rows(sums):
    """Most deliveries first."""
    return sorted(((b, n) for b, (n, _) in sums.items()), key=lambda row: (-row[1], row[0]))


def average_rows(sums):
    """Fastest first."""
    rows = [(b, n, us, us / n / MICROSECONDS_PER_HOUR) for b, (n, us) in sums.items()]
    return sorted(rows, key=lambda row: (row[3], row[0]))


COUNT = GoldTable(
    "deliveriescount",
    "branch STRING, deliveries BIGINT",
    ["branch", "deliveries"],
    count_rows,
    lambda row: (row["deliveries"], 0),
)
AVERAGE = GoldTable(
    "deliveriesavg",
    "branch STRING, deliveries BIGINT, total_us BIGINT, avg_hours DOUBLE",
    ["branch", "deliveries", "total_us", "avg_hours"],
    average_rows,
    lambda row: (row["deliveries"], row["total_us"]),
)
TABLES = (COUNT, AVERAGE)


def increments(batch):
    """{branch: (deliveries, microseconds)} of a batch of silver's changes; a correction takes back what it replaces."""
    sign = F.when(F.col("_change_type").isin("insert", "update_postimage"), 1).otherwise(-1)
    took = F.unix_micros("updatedat") - F.unix_micros("newat")
    rows = (
        batch.where("status = 'DELIVERED'")
        .groupBy("branch")
        .agg(F.sum(sign).alias("deliveries"), F.sum(sign * took).alias("total_us"))
        .collect()
    )
    return {row["branch"]: (row["deliveries"], row["total_us"]) for row in rows}


def add(sums, more):
    """The sum of two such maps; a branch without deliveries is left out."""
    total = dict(sums)
    for branch, (n, us) in more.items():
        before = total.get(branch, (0, 0))
        total[branch] = (before[0] + n, before[1] + us)
    return {branch: value for branch, value in total.items() if value[0] != 0}


def read_sums(spark, path, table):
    return {row["branch"]: table.sums(row) for row in spark.read.format("delta").load(path).collect()}


def apply_batch(job, lease, spark, batch, stream, number):
    """Adds one batch to both tables, unless a table has it."""
    more = None
    for table in TABLES:
        path = job.path(f"gold/{table.name}")
        state = TableState(spark, path)
        done = state.bookmark(stream)
        if done is not None and done >= number:
            continue
        if more is None:
            more = increments(batch)
        # A new stream begins at silver's beginning, so what an older one added up is not to be added to.
        sums = add(read_sums(spark, path, table) if done is not None else {}, more)
        lease.check()
        rows = table.rows(sums)
        (
            spark.createDataFrame(rows, table.schema)
            .coalesce(1)
            .write.format("delta")
            .mode("overwrite")
            .option("txnAppId", stream)
            .option("txnVersion", str(number))
            .option("userMetadata", json.dumps({"stream": stream, "batch": number, "branches": len(more)}))
            .save(path)
        )
        publish(job, table, rows)
        job.report(rows_out=len(more))
    if more:
        job.report(rows_in=sum(n for n, _ in more.values()))


def publish(job, table, rows):
    """The same rows as one CSV file, put in place by a rename."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows(rows)
    path = job.path(f"gold/{table.name}.csv")
    if job.files.read(path) != text.getvalue():
        job.files.write(path, text.getvalue())


def consistent(job, checkpoint):
    """Whether both tables carry all batches that the stream counts as done; not so if one of them was removed."""
    done = last_batch(job, checkpoint)
    if done is None:
        return True
    stream = stream_id(job, checkpoint)
    marks = [TableState(job.spark, job.path(f"gold/{table.name}")).bookmark(stream) for table in TABLES]
    return all(mark is not None and mark >= done for mark in marks)


def main():
    with medallion.job() as job, job.lease() as lease:
        silver = TableState(job.spark, job.path(SILVER))
        if not silver.exists:
            raise SystemExit(f"There is no table {job.path(SILVER)}. Run silver.py first.")
        checkpoint = f"{job.path('gold/deliveriesavg')}/_checkpoint/{silver.id}"
        if not consistent(job, checkpoint):
            job.say("A gold table is missing or older than the stream: building both anew from silver.")
            forget(job, checkpoint)
        changes = (
            job.spark.readStream.format("delta")
            .option("readChangeFeed", "true")
            .option("maxFilesPerTrigger", "20000")
            .load(job.path(SILVER))
        )
        batches = follow(
            job,
            changes,
            checkpoint=f"{job.path('gold/deliveriesavg')}/_checkpoint",
            of=[silver.id],
            apply=lambda spark, batch, name: apply_batch(
                job, lease, spark, batch, stream_id(job, checkpoint), int(name.rsplit("/", 1)[1])
            ),
        )
        for table in TABLES:
            path = job.path(f"gold/{table.name}")
            if TableState(job.spark, path).exists:
                # After a crash between a commit and its file, the file is the older one.
                publish(job, table, table.rows(read_sums(job.spark, path, table)))
        bookmark = job.files.read_json(f"{job.path(SILVER)}/_bookmark.json") or {}
        for table in TABLES:
            job.files.write(f"{job.path(f'gold/{table.name}')}/_bookmark.json", json.dumps(bookmark))
        job.report(rows_in=0, rows_out=0, bookmark=bookmark, batches=batches)


if __name__ == "__main__":
    main()
