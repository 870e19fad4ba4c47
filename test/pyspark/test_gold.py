import random

import gold
import silver
from medallion.stream import last_batch, stream_id
from medallion.tables import TableState
from small_lake import at


def reference(orders, history):
    """The two gold results by plain Python over all rows: {branch: (deliveries, microseconds)}."""
    newest = {}
    for i, minutes, branch, _ in sorted(orders, key=lambda row: row[3]):
        newest[i] = (minutes, branch)
    first = {}
    for _, order, status, minutes, _ in sorted(history, key=lambda row: (row[4], row[0])):
        first.setdefault((order, status), minutes)
    sums = {}
    for (order, status), minutes in first.items():
        placed = first.get((order, "NEW"))
        if status != "DELIVERED" or placed is None or order not in newest:
            continue
        ordered, branch = newest[order]
        if branch is None or minutes < max(ordered, placed):
            continue
        n, us = sums.get(branch, (0, 0))
        sums[branch] = (n + 1, us + (minutes - placed) * 60_000_000)
    return sums


def random_shop(seed, size=60):
    """Orders and history with every kind of trouble, in the order of their transactions."""
    draw = random.Random(seed)
    orders, events, ids, txid = [], [], 0, 1
    for i in range(1, size):
        txid += draw.choice([0, 1])
        start = draw.randrange(3000)
        orders.append((i, start, draw.choice(["A", "B", "C", None]), txid))
        for status in ("NEW", "INTRANSIT", "DELIVERED"):
            for _ in range(draw.choice([0, 1, 1, 1, 1, 1, 2])):
                ids += 1
                when = start + draw.randrange(-20, 400) if status == "DELIVERED" else start
                events.append((ids, draw.choice([i] * 9 + [i + 1]), status, when, txid + draw.randrange(25)))
        if draw.random() < 0.1:
            ids += 1
            events.append((ids, draw.choice([i, None]), draw.choice([None, "LOST"]), start, txid))
        if draw.random() < 0.1:
            # The order is changed later.
            orders.append((i, start, draw.choice(["A", "D"]), txid + draw.randrange(1, 25)))
    return orders, events


def check(lake, orders, history):
    expected = reference(orders, history)
    table = "gold/deliveriesavg"
    assert {b: (n, us) for b, n, us in lake.rows(table, "branch", "deliveries", "total_us")} == expected
    assert dict(lake.rows("gold/deliveriescount", "branch", "deliveries")) == {b: n for b, (n, _) in expected.items()}
    lines = lake.csv("deliveriescount").splitlines()[1:]
    assert [int(line.split(",")[1]) for line in lines] == sorted((n for n, _ in expected.values()), reverse=True)


def test_increments_equal_a_recompute_however_the_rows_are_cut(lake):
    for seed in (random.randrange(10**6),):
        print("seed", seed)
        orders, history = random_shop(seed)
        last = max(row[-1] for row in orders + history) + 1
        cuts = [0, *sorted(random.Random(seed).sample(range(1, last), 3)), last]
        for low, high in zip(cuts, cuts[1:], strict=False):
            seen = [row for row in orders if low <= row[3] < high]
            lake.append(orders=seen, history=[row for row in history if low <= row[4] < high])
            lake.run(silver)
            lake.run(gold)
            check(lake, [r for r in orders if r[3] < high], [r for r in history if r[4] < high])


def place(lake):
    silver_id = TableState(lake.spark, f"{lake.root}/silver/allorders").id
    return f"{lake.root}/gold/deliveriesavg/_checkpoint/{silver_id}"


def test_a_crash_never_counts_twice(lake, monkeypatch):
    orders = [(1, 0, "A", 1), (2, 0, "B", 1)]
    history = [(1, 1, "NEW", 0, 1), (2, 1, "DELIVERED", 60, 1), (3, 2, "NEW", 0, 1)]
    lake.append(orders, history)
    lake.run(silver)

    # Killed between the two tables.
    publish = gold.publish
    monkeypatch.setattr(gold, "publish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        lake.run(gold)
        raise AssertionError("the crash was swallowed")
    except KeyboardInterrupt:
        pass
    monkeypatch.setattr(gold, "publish", publish)
    lake.run(gold)
    check(lake, orders, history)

    more = [(4, 2, "DELIVERED", 30, 2)]
    lake.append([], more)
    lake.run(silver)
    lake.run(gold)
    # Killed after the commits and before the checkpoint.
    files = lake.job().files
    files.remove(f"{place(lake)}/commits/{last_batch(lake.job(), place(lake))}")
    lake.run(gold)
    check(lake, orders, history + more)

    # The checkpoint, then one of the tables, is gone: both are built anew, from silver.
    before = stream_id(lake.job(), place(lake))
    files.remove(place(lake))
    lake.run(gold)
    assert stream_id(lake.job(), place(lake)) != before
    check(lake, orders, history + more)
    files.remove(f"{lake.root}/gold/deliveriescount")
    lake.run(gold)
    check(lake, orders, history + more)


def test_sums_forget_a_branch_without_deliveries():
    assert gold.add({"A": (1, 5), "B": (2, 7)}, {"A": (-1, -5), "B": (1, 1)}) == {"B": (3, 8)}
    assert gold.average_rows({"A": (2, 7_200_000_000), "B": (1, 1_800_000_000)})[0] == ("B", 1, 1_800_000_000, 0.5)
    assert at(0).isoformat() == "2026-01-01T08:00:00+00:00"
