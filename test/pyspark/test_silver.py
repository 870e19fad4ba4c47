import pytest

import gold
import silver
from medallion.stream import checkpoint_of, last_batch
from medallion.tables import TableState


def test_orders_come_out_of_order_and_are_mended(lake):
    """Orphans wait in quarantine, with the reason, until what they lack arrives."""
    lake.append(
        orders=[(1, 0, "A"), (3, 0, None)],
        history=[
            (1, 1, "DELIVERED", 60),
            (2, 2, "NEW", 0),
            (3, 3, "NEW", 0),
            (4, 1, "LOST", 5),
            (5, None, "DELIVERED", 5),
        ],
    )
    report = lake.run(silver)
    assert lake.rows("silver/allorders", "historyid") == []
    assert lake.quarantine() == {
        1: "delivery without NEW",
        2: "no order",
        3: "null branch",
        4: "unknown status",
        5: "no order",
    }
    assert report["rowsIn"] == 5
    assert report["quarantined"] == 5

    # The NEW of 1, the order 2, and the branch of 3 as an update in the source; 9 touches nothing of before.
    lake.append(orders=[(2, 0, "B"), (3, 0, "C"), (9, 0, "D")], history=[(6, 1, "NEW", 0), (7, 9, "NEW", 0)])
    report = lake.run(silver)
    assert lake.rows("silver/allorders", "historyid", "orderid", "branch", "status") == [
        (1, 1, "A", "DELIVERED"),
        (2, 2, "B", "NEW"),
        (3, 3, "C", "NEW"),
        (6, 1, "A", "NEW"),
        (7, 9, "D", "NEW"),
    ]
    assert lake.quarantine() == {4: "unknown status", 5: "no order"}
    assert (report["released"], report["quarantined"]) == (3, 0)

    # Nothing new: nothing is done, and no version is made.
    before = TableState(lake.spark, f"{lake.root}/silver/allorders").version
    assert lake.run(silver)["rowsIn"] == 0
    assert TableState(lake.spark, f"{lake.root}/silver/allorders").version == before


def test_the_same_row_again_is_no_violation(lake):
    history = [(1, 1, "NEW", 0, 7), (2, 1, "INTRANSIT", 5, 7), (3, 1, "DELIVERED", 60, 7)]
    lake.append(orders=[(1, 0, "A", 7)], history=history)
    lake.run(silver)
    lake.append(orders=[(1, 0, "A", 7)], history=history + history)
    report = lake.run(silver)
    assert lake.rows("silver/allorders", "historyid") == [(1,), (3,)]
    assert lake.quarantine() == {}
    assert report["rowsOut"] == 0


def test_a_lost_checkpoint_and_a_repeated_batch_change_nothing(lake):
    lake.append(orders=[(1, 0, "A")], history=[(1, 1, "NEW", 0), (2, 1, "DELIVERED", 60), (3, 1, "DELIVERED", 70)])
    lake.run(silver)
    lake.append(orders=[(2, 0, "B")], history=[(4, 2, "NEW", 0), (5, 2, "DELIVERED", 30)])
    lake.run(silver)
    kept, held = lake.rows("silver/allorders", "historyid", "branch"), lake.quarantine()
    assert held == {3: "duplicate status"}
    ids = [TableState(lake.spark, f"{lake.root}/bronze/{name}").id for name in ("orders", "ordershistory")]
    place = checkpoint_of(f"{lake.root}/silver/allorders/_checkpoint", ids)
    files = lake.job().files

    # As if killed after the MERGE and before the checkpoint knew.
    files.remove(f"{place}/commits/{last_batch(lake.job(), place)}")
    assert lake.run(silver)["batches"] == 1
    assert (lake.rows("silver/allorders", "historyid", "branch"), lake.quarantine()) == (kept, held)

    files.remove(place)
    assert lake.run(silver)["rowsOut"] == 0
    assert (lake.rows("silver/allorders", "historyid", "branch"), lake.quarantine()) == (kept, held)


def test_corrections_in_the_source_reach_gold(lake):
    """An updated row comes again with a later transaction: silver is corrected, and gold takes back what it replaces."""
    lake.append(
        orders=[(1, 0, "A"), (2, 0, "A")],
        history=[(1, 1, "NEW", 0), (2, 1, "DELIVERED", 60), (3, 2, "NEW", 0), (4, 2, "DELIVERED", 120)],
    )
    lake.run(silver)
    lake.run(gold)
    assert lake.csv("deliveriescount") == "branch,deliveries\nA,2\n"
    lake.append(orders=[(1, 0, "B")], history=[(4, 2, "INTRANSIT", 120)])
    lake.run(silver)
    lake.run(gold)
    assert lake.csv("deliveriescount") == "branch,deliveries\nB,1\n"
    assert lake.csv("deliveriesavg") == "branch,deliveries,total_us,avg_hours\nB,1,3600000000,1.0\n"


def test_without_bronze_it_says_what_to_do(spark, tmp_path):
    from small_lake import Lake

    empty = Lake.__new__(Lake)
    empty.spark, empty.root = spark, f"file://{tmp_path}/none"
    with pytest.raises(SystemExit, match=r"Run bronze\.py"):
        empty.run(silver)
