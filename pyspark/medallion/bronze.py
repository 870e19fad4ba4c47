"""Ingestion from PostgreSQL that loses and doubles nothing.

Rows carry the transaction that wrote them, `txid xid8`. A run reads the transactions [lo, hi): lo is where the last
run ended, kept as the bookmark of the same commit as its rows; hi is the oldest transaction that was still open.
"""

import json

from pyspark.sql import functions as F

from medallion.sources import SourceError
from medallion.tables import Sized, TableState, create, last_commit, tidy

ROWS_PER_PARTITION = 100_000
MOST_PARTITIONS = 16

IDENTITY = (
    "SELECT s.system_identifier::text || '/' || d.oid::text FROM pg_control_system() s, pg_database d "
    "WHERE d.datname = current_database()"
)
FLOOR = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint FROM pg_current_snapshot() s"
# Who holds the floor back. A user that can only select sees the locks and who has them, not since when.
OPEN_TRANSACTIONS = (
    "SELECT l.transactionid::text, a.pid::text, a.usename::text, a.datname::text FROM pg_locks l "
    "LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'transactionid' AND l.granted "
    "AND l.mode = 'ExclusiveLock' ORDER BY age(l.transactionid) DESC LIMIT 3"
)


def ingest(job, source, table, key, columns, day):
    """Appends the new rows of `source`.`table` to bronze/<table>, under the lake's lease.

    `key`: the integer primary key. `columns`: SQL name -> Spark type, the key first. `day`: the timestamp column
    whose date the table is partitioned by. Gives {rows, lo, hi}.
    """
    with job.lease() as lease:
        return _ingest(job, lease, source, table, key, columns, day)


def _ingest(job, lease, source, table, key, columns, day):
    spark, files = job.spark, job.files
    path = job.path(f"bronze/{table}")
    app = f"{source.name}.{table}"
    property_name = f"medallion.source.{source.name}"

    identity, floor, blockers = source.query(spark, IDENTITY, FLOOR, OPEN_TRANSACTIONS)
    identity, hi, newest = identity[0][0], int(floor[0][0]), int(floor[0][1])
    if newest > hi:
        _report_open(job, hi, newest, blockers)

    state = TableState(spark, path)
    known = state.property(property_name)
    if not state.exists:
        create(
            spark,
            path,
            ", ".join(f"{name} {kind}" for name, kind in columns.items()) + ", txid BIGINT, date DATE",
            partition="date",
            properties={property_name: identity},
        )
    elif known is None:
        spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('{property_name}' = '{identity}')")
    elif known != identity:
        raise SourceError(
            f"The database behind the source {source.name} is another one ({identity}) than the one that {path} was "
            f"filled from ({known}): its transaction numbers mean nothing here. Connect the old one, or give the "
            "new one a name of its own, or remove the lake's tables to begin anew."
        )

    lo = state.bookmark(app) or 0
    bookmark = {"source": app, "lo": lo, "hi": hi}
    if hi < lo:
        raise SourceError(
            f"The transactions of the source {source.name} end at {hi}, but {path} has been filled up to {lo}: the "
            "server was restored from an older backup. Remove the lake's tables to begin anew."
        )
    if hi == lo:
        job.report(rows_in=0, rows_out=0, bookmark=bookmark)
        return {"rows": 0, "lo": lo, "hi": hi}

    span = f"txid >= '{lo}'::xid8 AND txid < '{hi}'::xid8"
    (((count, low, high),),) = source.query(spark, f"SELECT count(*), min({key}), max({key}) FROM {table} WHERE {span}")
    count = int(count)
    if count == 0:
        # The bookmark may stay: the range holds nothing, and will hold nothing.
        job.report(rows_in=0, rows_out=0, bookmark=bookmark)
        return {"rows": 0, "lo": lo, "hi": hi}

    # A closed range of ended transactions does not change, so each partition may have a snapshot of its own.
    selected = ", ".join(columns)
    options = {
        **source.options(),
        "dbtable": f"(SELECT {selected}, txid::text::bigint AS txid FROM {table} WHERE {span}) AS new",
    }
    partitions = min(MOST_PARTITIONS, -(-count // ROWS_PER_PARTITION))
    if partitions > 1:
        options |= {
            "partitionColumn": key,
            "lowerBound": str(low),
            "upperBound": str(int(high) + 1),
            "numPartitions": str(partitions),
        }
    rows = spark.read.format("jdbc").options(**options).load()
    rows = rows.select(
        *(F.col(name).cast(kind).alias(name) for name, kind in columns.items()),
        F.col("txid").cast("bigint").alias("txid"),
        F.to_date(F.col(day)).alias("date"),
    )

    lease.check()
    before = TableState(spark, path)
    if (before.bookmark(app) or 0) != lo:
        raise SourceError(f"Another run has written to {path} meanwhile. Run again.")
    with Sized(spark, count):
        (
            rows.write.format("delta")
            .mode("append")
            .option("txnAppId", app)
            .option("txnVersion", str(hi))
            .option("userMetadata", json.dumps({"lo": lo, "hi": hi, "rows": count}))
            .save(path)
        )
    written = _written(files, spark, path, hi, app, count)
    tidy(spark, path, before.version)
    job.report(rows_in=count, rows_out=written, bookmark=bookmark)
    return {"rows": written, "lo": lo, "hi": hi}


def _written(files, spark, path, hi, app, count):
    """The rows of our commit as Delta counted them; an update in the source may have moved a row to a later range."""
    state = TableState(spark, path)
    if state.bookmark(app) != hi:
        raise SourceError(f"The rows were not committed to {path}, for another run was quicker. Run again.")
    for version in range(state.version, max(state.version - 3, -1), -1):
        commit = last_commit(files, path, version)
        if json.loads(commit.get("userMetadata") or "{}").get("hi") == hi:
            return int(commit.get("operationMetrics", {}).get("numOutputRows", count))
    return count


def _report_open(job, hi, newest, blockers):
    held = [b for b in blockers if b[0] and int(b[0]) == hi & 0xFFFFFFFF]
    if not held:
        return
    _, pid, user, database = held[0]
    job.say(
        f"Transaction {hi} of {user or 'another user'} (process {pid}, database {database or 'unknown'}) is still open. "
        f"Rows from it on are taken when it ends; {newest - hi} transaction(s) wait."
    )
    job.report(heldBackBy={"transaction": hi, "process": pid, "user": user, "waiting": newest - hi})
