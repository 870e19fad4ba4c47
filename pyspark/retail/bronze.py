"""Bronze: `bronze.py TABLE...` appends the shop's new rows of `ordershistory`, `orders` to /data/bronze.

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
        if not job.args or not set(job.args) <= set(TABLES):
            sys.exit(f"usage: bronze.py {' '.join(f'[{table}]' for table in TABLES)}")
        for table in job.args:
            ingest(job, job.source("retail"), table, **TABLES[table])


if __name__ == "__main__":
    main()
