"""What a good row of the shop's history is. Pure: tables in, a verdict for each row out.

The verdict on a row depends on the final state of its order's rows alone, not on how they were cut into batches:
the first row of a status (by transaction, then by id) counts, whatever came before it.
"""

from pyspark.sql import Window
from pyspark.sql import functions as F

STATUSES = ("NEW", "INTRANSIT", "DELIVERED")
UNKNOWN_STATUS = "unknown status"
NO_ORDER = "no order"
NULL_BRANCH = "null branch"
DUPLICATE = "duplicate status"
WITHOUT_NEW = "delivery without NEW"
BEFORE_ORDER = "delivery before its order"


def latest_orders(orders):
    """One row per order: an update in the source is a later row of the same id."""
    newest = F.max_by(F.struct("branch", "ordertime"), "txid").alias("newest")
    return orders.groupBy("orderid").agg(newest).select("orderid", "newest.branch", "newest.ordertime")


def judge(history, orders):
    """Adds `branch, ordertime, newat, reason` to each row of `history`; `reason` is null for a good row.

    history: historyid, orderid, status, updatedat, txid and more, one row per historyid, all rows of each order.
    orders: as `latest_orders` gives them. INTRANSIT rows are good; whether they are wanted is not asked here.
    """
    of_order = Window.partitionBy("orderid")

    def first(status):
        row = F.when(F.col("status") == status, F.struct("txid", "historyid", "updatedat"))
        return F.min(row).over(of_order)

    rows = (
        history.withColumn("first_new", first("NEW"))
        .withColumn("first_delivered", first("DELIVERED"))
        .join(orders.withColumn("found", F.lit(True)), "orderid", "left")
    )
    status = F.col("status")
    delivered = status == "DELIVERED"
    reason = (
        F.when(status.isNull() | ~status.isin(*STATUSES), UNKNOWN_STATUS)
        .when(F.col("found").isNull(), NO_ORDER)
        .when(F.col("branch").isNull(), NULL_BRANCH)
        .when((status == "NEW") & (F.col("historyid") != F.col("first_new.historyid")), DUPLICATE)
        .when(delivered & (F.col("historyid") != F.col("first_delivered.historyid")), DUPLICATE)
        .when(delivered & F.col("first_new").isNull(), WITHOUT_NEW)
        .when(
            delivered & (F.col("updatedat") < F.greatest(F.col("first_new.updatedat"), F.col("ordertime"))),
            BEFORE_ORDER,
        )
    )
    return (
        rows.withColumn("newat", F.col("first_new.updatedat"))
        .withColumn("reason", reason)
        .drop("first_new", "first_delivered", "found")
    )
