"""Bronze: `bronze.py orders` or `bronze.py ordershistory` appends the shop's new rows to /data/bronze.

The history goes first in a run: what it refers to is then in the orders that are read after it.
"""

import sys

import medallion
from medallion.bronze import ingest

TABLES = {
    "orders": {
        "key": "orderid",
        "columns": {"orderid": "INT", "ordertime": "TIMESTAMP", "branch": "STRING"},
        "day": "ordertime",
    },
    "ordershistory": {
        "key": "historyid",
        "columns": {"historyid": "INT", "orderid": "INT", "status": "STRING", "updatedat": "TIMESTAMP"},
        "day": "updatedat",
    },
}


def main():
    with medallion.job() as job:
        if len(job.args) != 1 or job.args[0] not in TABLES:
            sys.exit(f"usage: bronze.py {'|'.join(TABLES)}")
        table = job.args[0]
        ingest(job, job.source("retail"), table, **TABLES[table])


if __name__ == "__main__":
    main()
