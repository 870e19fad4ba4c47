import datetime
import decimal
import math

import pandas as pd
import pyarrow as pa

from medallion_kernel.row_values import SHOWN, arrow_of, encode, rows_of, unique


def test_what_json_cannot_hold_is_tagged():
    assert encode(pa.array([1, 2**53 - 1, 2**53, -(2**53), None])) == [
        1,
        2**53 - 1,
        {"l": "9007199254740992"},
        {"l": "-9007199254740992"},
        None,
    ]
    assert encode(pa.array([0.5, math.nan, math.inf, -math.inf, -0.0, None])) == [
        0.5,
        {"f": "NaN"},
        {"f": "Infinity"},
        {"f": "-Infinity"},
        {"f": "-0"},
        None,
    ]
    assert encode(pa.array([True, None])) == [True, None]
    assert encode(pa.nulls(2)) == [None, None]
    assert encode(pa.array([b"\x00\xff"])) == [{"b": "AP8="}]


def test_decimals_have_all_their_digits():
    exact = decimal.Decimal("12345678901234567890.123456789012345678")
    assert encode(pa.array([exact, None], pa.decimal128(38, 18))) == [{"d": str(exact)}, None]
    assert encode(pa.array([decimal.Decimal("0")], pa.decimal128(38, 18))) == [{"d": "0.000000000000000000"}]
    assert encode(pa.array([decimal.Decimal("1.10")], pa.decimal128(10, 2))) == [1.1]


def test_times_are_microseconds_and_dates_days():
    at = datetime.datetime(2024, 2, 29, 12, 34, 56, 789012, tzinfo=datetime.timezone.utc)
    assert encode(pa.array([at], pa.timestamp("us", "UTC"))) == [{"t": 1709210096789012}]
    assert encode(pa.array([at.replace(tzinfo=None)], pa.timestamp("us"))) == [{"n": 1709210096789012}]
    assert encode(pa.array([253402300799999999], pa.int64()).cast(pa.timestamp("us", "UTC"))) == [
        {"t": "253402300799999999"}
    ]
    assert encode(pa.array([datetime.date(1969, 12, 31)])) == [{"D": -1}]
    assert encode(pa.array([1_000], pa.int64()).cast(pa.time64("ns"))) == [{"c": 1}]


def test_nested_values_keep_their_parts_also_in_a_slice():
    lists = pa.array([[1], None, [2, None], []])
    assert encode(lists) == [{"a": [1]}, None, {"a": [2, None]}, {"a": []}]
    assert encode(lists.slice(2)) == [{"a": [2, None]}, {"a": []}]
    structs = pa.array([{"a": 1, "b": {"c": "x"}}, None, {"a": None, "b": None}])
    assert encode(structs.slice(1)) == [None, {"s": [["a", None], ["b", None]]}]
    assert encode(structs)[0] == {"s": [["a", 1], ["b", {"s": [["c", "x"]]}]]}
    maps = pa.array([[("b", 1), ("10", 2), ("2", 3)], None, []], pa.map_(pa.string(), pa.int32()))
    assert encode(maps) == [{"s": [["2", 3], ["10", 2], ["b", 1]]}, None, {"s": []}]
    assert encode(pa.array([[(1, "x")]], pa.map_(pa.int32(), pa.string()))) == [{"m": [[1, "x"]]}]


def test_long_values_are_cut_where_a_page_cuts_them():
    text = "é" * SHOWN["text"] + "😀"
    assert encode(pa.array([text])) == [text]
    assert encode(pa.array([text]), cut=True) == [{"x": "é" * SHOWN["text"], "z": SHOWN["text"] + 2}]
    [cut] = encode(pa.array([bytes(1000)]), cut=True)
    assert (len(cut["x"]["b"]), cut["z"]) == (88, 1000)
    [cut] = encode(pa.array([list(range(5000))]), cut=True)
    assert (cut["x"]["a"], cut["z"]) == (list(range(SHOWN["parts"])), 5000)
    assert encode(pa.array([[text]]), cut=True) == [{"a": ["é" * SHOWN["text"]]}]


def test_bytes_that_are_no_utf8_are_shown_as_such():
    wrong = pa.array([b"a\xffb"]).view(pa.string())
    assert encode(wrong) == ["a\ufffdb"]


def test_rows_without_columns_are_rows():
    assert rows_of(pa.table({"a": [1, 2]}).select([])) == [[], []]
    assert rows_of(pa.table({"a": [1, 2], "b": ["x", None]})) == [[1, "x"], [2, None]]


def test_names_of_columns_differ():
    assert unique(["a", "b"]) == ["a", "b"]
    assert unique(["a", "a", "a (2)", "a"]) == ["a", "a (3)", "a (2)", "a (4)"]


def test_a_pandas_frame_is_shown_with_its_index_and_any_values():
    frame = pd.DataFrame(
        {"n": [1, 2], "mixed": [1, "x"], "when": pd.to_datetime(["2024-01-01", None])}, index=pd.Index(["p", "q"])
    )
    table = arrow_of(frame)
    assert table.column_names == ["index 0", "n", "mixed", "when"]
    assert rows_of(table) == [["p", 1, "1", {"n": 1704067200000000}], ["q", 2, "x", None]]
    assert rows_of(arrow_of(pd.Series([1.5, None], name="s"))) == [[1.5], [None]]
    assert rows_of(arrow_of(pd.DataFrame([[1, 2]], columns=["a", "a"]))) == [[1, 2]]
    nanos = arrow_of(pd.DataFrame({"t": pd.to_datetime(["2024-01-01 00:00:00.123456789"])}))
    assert rows_of(nanos) == [["2024-01-01T00:00:00.123456789"]]
    assert rows_of(arrow_of(pd.DataFrame({"c": pd.Categorical(["x", None]), "u": [2**64 - 1, 0]}))) == [
        ["x", {"d": "18446744073709551615"}],
        [None, {"d": "0"}],
    ]
