"""Lakes whose bronze a test fills row by row."""

import datetime
import itertools

from medallion import context

START = datetime.datetime(2026, 1, 1, 8, 0, tzinfo=datetime.timezone.utc)


def at(minutes):
    return START + datetime.timedelta(minutes=minutes)


class Lake:
    """A lake whose bronze a test fills row by row, each append one transaction or more, as ingestion does."""

    ORDERS = "orderid INT, ordertime TIMESTAMP, branch STRING, txid BIGINT"
    HISTORY = "historyid INT, orderid INT, status STRING, updatedat TIMESTAMP, txid BIGINT"

    def __init__(self, spark, root):
        self.spark = spark
        self.root = root
        self.transactions = itertools.count(100)
        self.append(orders=[], history=[])

    def job(self, name="test", args=()):
        job = context.Job(self.spark, self.root, name)
        job.args = list(args)
        return job

    def append(self, orders=(), history=()):
        """orders: (id, minutes, branch[, txid]); history: (id, order, status, minutes[, txid])."""
        txid = next(self.transactions)
        orders = [(i, at(m), b, *(rest or [txid])) for i, m, b, *rest in orders]
        history = [(i, o, s, at(m), *(rest or [txid])) for i, o, s, m, *rest in history]
        for name, schema, rows, day in (
            ("orders", self.ORDERS, orders, "ordertime"),
            ("ordershistory", self.HISTORY, history, "updatedat"),
        ):
            path = f"{self.root}/bronze/{name}"
            if rows or not context.Files(self.spark).names(path):
                (
                    self.spark.createDataFrame(rows, schema)
                    .selectExpr("*", f"to_date({day}) AS date")
                    .coalesce(1)
                    .write.format("delta")
                    .partitionBy("date")
                    .mode("append")
                    .option("txnAppId", f"retail.{name}")
                    .option("txnVersion", str(txid + 1))
                    .save(path)
                )

    def run(self, module, name="step"):
        """Runs a step's script in this process; gives what it reported."""
        job = self.job(name)
        with context.step(job):
            module.main()
        return job.report_values

    def rows(self, table, *columns):
        return sorted(
            tuple(row)
            for row in self.spark.read.format("delta").load(f"{self.root}/{table}").select(*columns).collect()
        )

    def quarantine(self):
        """{historyid: reason} of what is held now."""
        table = self.spark.read.format("delta").load(f"{self.root}/silver/quarantine").where("released IS NULL")
        return {row["historyid"]: row["reason"] for row in table.collect()}

    def csv(self, name):
        return context.Files(self.spark).read(f"{self.root}/gold/{name}.csv")
