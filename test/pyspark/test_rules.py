from rules import judge, latest_orders
from small_lake import at

HISTORY = "historyid INT, orderid INT, status STRING, updatedat TIMESTAMP, txid BIGINT"
ORDERS = "orderid INT, ordertime TIMESTAMP, branch STRING, txid BIGINT"


def test_each_rule_names_its_reason(spark):
    orders = [(i, at(0), "A", 1) for i in (1, 2, 3, 4, 5, 6, 10)]
    orders += [(7, at(0), None, 1), (8, at(0), None, 1), (8, at(0), "B", 5), (9, at(60), "A", 1)]
    history = [
        (1, 1, "NEW", at(0), 1),
        (2, 1, "INTRANSIT", at(5), 2),
        (3, 1, "DELIVERED", at(30), 3),
        (4, 2, "LOST", at(1), 1),
        (5, 2, None, at(2), 1),
        (6, 3, "DELIVERED", at(30), 1),
        (7, 4, "NEW", at(10), 1),
        (8, 4, "DELIVERED", at(9), 2),
        (9, 5, "NEW", at(0), 1),
        (10, 5, "DELIVERED", at(0), 1),
        (11, 5, "DELIVERED", at(90), 2),
        (12, 5, "NEW", at(1), 3),
        (13, 7, "NEW", at(0), 1),
        (14, 8, "NEW", at(0), 1),
        (15, 99, "NEW", at(0), 1),
        (16, None, "DELIVERED", at(0), 1),
        (17, 9, "NEW", at(0), 1),
        (18, 9, "DELIVERED", at(30), 2),
        # The first by transaction counts, although its id is the higher one.
        (19, 10, "NEW", at(3), 9),
        (20, 10, "NEW", at(4), 8),
    ]
    judged = judge(
        spark.createDataFrame(history, HISTORY), latest_orders(spark.createDataFrame(orders, ORDERS))
    ).collect()
    reasons = {row["historyid"]: row["reason"] for row in judged}
    assert reasons == {
        1: None,
        2: None,
        3: None,
        4: "unknown status",
        5: "unknown status",
        6: "delivery without NEW",
        7: None,
        8: "delivery before its order",
        9: None,
        10: None,
        11: "duplicate status",
        12: "duplicate status",
        13: "null branch",
        14: None,
        15: "no order",
        16: "no order",
        17: None,
        18: "delivery before its order",
        19: "duplicate status",
        20: None,
    }
    assert len(judged) == len(history)
