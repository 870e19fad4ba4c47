import base64
import datetime
import decimal
import json
import pathlib

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import functions as F

from medallion_kernel import rows
from medallion_kernel.asks import Refused

FIXTURE = pathlib.Path(__file__).parent.parent / "fixtures" / "session" / "views.json"


class FakeKernel:
    """What the questions about rows need of the kernel."""

    def __init__(self, spark, lake=""):
        self.spark = spark
        self.user_ns = {}
        self.settings = {"fileSystem": "file://", "lakeRoot": lake}


@pytest.fixture
def kernel(spark, tmp_path):
    made = FakeKernel(spark, str(tmp_path))
    yield made
    for name in rows._views(made).made:
        spark.catalog.dropTempView(name)
    spark.catalog.clearCache()


def window(kernel, source, start=0, end=200, opened="1", **view):
    return rows.rows(kernel, source, opened, start, end, **view)


@pytest.fixture
def interpreted(spark):
    """Expressions that are used once are not worth compiling."""
    spark.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    yield
    spark.conf.unset("spark.sql.codegen.factoryMode")


@pytest.mark.usefixtures("interpreted")
def test_a_view_shows_what_the_page_shows(spark, kernel):
    cases = json.loads(FIXTURE.read_text())
    kernel.user_ns["t"] = spark.createDataFrame(*fixture_table(cases))
    wrong = []
    for view in cases["views"]:
        group, point = (".", ",") if view["language"] == "de" else (",", ".")
        asked = {key: view[key] for key in ("sort", "filters", "search", "zone") if key in view}
        # The first columns tell rows apart.
        answer = window(kernel, {"variable": "t"}, only=[len(cases["columns"])], group=group, point=point, **asked)
        found = [row[0] for row in answer["rows"]]
        expected = view["rows"]
        if not view.get("sort"):
            found, expected = sorted(found), sorted(expected)
        if found != expected:
            wrong.append((view, found))
    assert not wrong, f"{len(wrong)} of {len(cases['views'])}: {wrong[:5]}"


def test_values_arrive_as_the_page_reads_them(spark, kernel):
    cases = json.loads(FIXTURE.read_text())
    kernel.user_ns["t"] = spark.createDataFrame(*fixture_table(cases))
    answer = window(kernel, {"variable": "t"})
    assert [row[:-1] for row in answer["rows"]] == cases["rows"]
    assert answer["rowCount"] == {"rows": len(cases["rows"]), "isFinal": True}
    shown = rows.columns(kernel, {"variable": "t"})
    assert [one["type"] for one in shown["columns"]][:-1] == [one["type"] for one in cases["columns"]]


def test_a_frame_is_read_on_when_somebody_goes_on(spark, kernel):
    kernel.user_ns["df"] = spark.range(5_000, numPartitions=7).select("id", (F.col("id") % 10).alias("id"))
    source = {"variable": "df"}
    assert [one["name"] for one in rows.columns(kernel, source)["columns"]] == ["id", "id (2)"]
    first = window(kernel, source, 0, 200)
    assert [row[0] for row in first["rows"]] == list(range(200))
    assert first["rowCount"] == {"rows": 1_000, "isFinal": False}
    on = window(kernel, source, 900, 1_100)
    assert [row[0] for row in on["rows"]] == list(range(900, 1_100))
    assert on["rowCount"] == {"rows": 5_000, "isFinal": True}
    assert [row[0] for row in window(kernel, source, 4_990, 5_190)["rows"]] == list(range(4_990, 5_000))
    assert window(kernel, source, 2_000, 2_001, only=[1])["rows"] == [[0]]
    with pytest.raises(Refused, match="At most"):
        window(kernel, source, 0, 5_000)


def test_equal_rows_stay_in_their_order_over_all_pages(spark, kernel):
    kernel.user_ns["df"] = spark.range(3_000, numPartitions=5).select("id", (F.col("id") % 3).alias("k"))
    view = {"sort": {"column": 1, "descending": True}, "count": True}
    found = []
    for start in range(0, 3_000, 1_000):
        answer = window(kernel, {"variable": "df"}, start, start + 1_000, **view)
        assert answer["rowCount"] == {"rows": 3_000, "isFinal": True}
        found += [row[0] for row in answer["rows"]]
    assert found == sorted(range(3_000), key=lambda n: (-(n % 3), n))


def test_only_the_last_views_are_stored(spark, kernel):
    kernel.user_ns["df"] = spark.range(2_000)
    for least in range(6):
        filters = [{"column": 0, "is": "greater", "value": str(least)}]
        answer = window(kernel, {"variable": "df"}, filters=filters, count=True)
        assert answer["rowCount"]["rows"] == 1_999 - least
    views = rows._views(kernel)
    assert sum(one.is_stored for one in views._views.values()) == rows.STORED_VIEWS
    # One that was dropped is made again.
    again = window(kernel, {"variable": "df"}, filters=[{"column": 0, "is": "greater", "value": "0"}], count=True)
    assert again["rowCount"]["rows"] == 1_999
    rows.release(kernel, "1")
    assert not views._views


def test_a_table_is_read_by_its_names_at_its_version(spark, kernel, tmp_path):
    path = f"{tmp_path}/silver/odd [x] names"
    kinds = "`a``b` BIGINT, `c.d` STRING, `select` INT"
    spark.createDataFrame([(1, "x", 1)], kinds).write.format("delta").save(f"file://{path}")
    spark.createDataFrame([(2, "y", 2)], kinds).write.format("delta").mode("append").save(f"file://{path}")
    source = {"table": {"path": path, "format": "delta", "version": 0}}
    names = ["select", "c.d", "a`b"]
    assert window(kernel, source, names=names)["rows"] == [[1, "x", 1]]
    source["table"]["version"] = 1
    filters = [{"column": 1, "is": "equals", "value": "y"}]
    assert window(kernel, source, names=names, filters=filters)["rows"] == [[2, "y", 2]]
    with pytest.raises(Refused, match="no column"):
        window(kernel, source, names=["gone"])
    with pytest.raises(Refused, match="no table"):
        window(kernel, {"table": {"path": path, "format": "jdbc"}})


def test_a_parquet_path_is_no_pattern(spark, kernel, tmp_path):
    path = f"{tmp_path}/bronze/[ab]"
    spark.range(3).write.parquet(f"file://{path}")
    assert window(kernel, {"table": {"path": path, "format": "parquet"}})["rowCount"]["rows"] == 3


def test_what_a_person_writes_is_never_sql(spark, kernel):
    kernel.user_ns["df"] = spark.createDataFrame([("'; DROP TABLE x; --",), ("%",), ("b\\",)], "`x) OR (1=1` STRING")
    for text in ("'; DROP TABLE x; --", "%", "b\\"):
        filters = [{"column": 0, "is": "equals", "value": text}]
        assert window(kernel, {"variable": "df"}, filters=filters)["rows"] == [[text]]
        assert window(kernel, {"variable": "df"}, search=text)["rows"] == [[text]]
    with pytest.raises(Refused, match="column"):
        window(kernel, {"variable": "df"}, sort={"column": 7, "descending": False})


def test_a_pandas_frame_is_looked_at_without_spark_and_sorted_with_it(spark, kernel):
    kernel.user_ns["p"] = pd.DataFrame({"n": range(2_500), "when": pd.Timestamp("2024-05-01")})
    source = {"variable": "p"}
    facts = rows.columns(kernel, source)
    assert (facts["kind"], facts["rows"]) == ("pandas", 2_500)
    assert [one["type"] for one in facts["columns"]] == ["bigint", "timestamp_ntz"]
    kernel.spark = None
    assert window(kernel, source, 1_500, 1_501)["rows"] == [[1500, {"n": 1714521600000000}]]
    kernel.spark = spark
    view = {"sort": {"column": 0, "descending": True}, "filters": [{"column": 0, "is": "less", "value": "2,000"}]}
    answer = window(kernel, source, 0, 1, count=True, **view)
    assert answer == {"rows": [[1999, {"n": 1714521600000000}]], "rowCount": {"rows": 2_000, "isFinal": True}}


def test_values_that_cannot_be_sent_are_text(spark, kernel):
    kernel.user_ns["df"] = spark.sql(
        "SELECT INTERVAL '1' DAY AS i, array(INTERVAL '2' MONTH) AS a, parse_json('{\"x\":1}') AS v, NULL AS n"
    )
    [[day, months, variant, none]] = window(kernel, {"variable": "df"})["rows"]
    assert (variant, none) == ('{"x":1}', None)
    assert "1" in day
    assert "2" in months
    assert window(kernel, {"variable": "df"}, search='"x"')["rowCount"]["rows"] == 1


def test_long_values_are_cut_for_a_page_only(spark, kernel):
    kernel.user_ns["df"] = spark.createDataFrame([("x" * 5_000,)], "t STRING")
    assert window(kernel, {"variable": "df"})["rows"] == [["x" * 5_000]]
    assert window(kernel, {"variable": "df"}, cut=True)["rows"] == [[{"x": "x" * 600, "z": 5_000}]]


def test_a_variable_that_is_gone_or_no_frame_says_so(kernel):
    with pytest.raises(Refused, match="run the code"):
        rows.columns(kernel, {"variable": "nobody"})
    kernel.user_ns["x"] = 3
    with pytest.raises(Refused, match="no frame"):
        rows.columns(kernel, {"variable": "x"})


def test_a_chart_reads_the_columns_it_draws(kernel):
    text = "SELECT id, id * 2 AS twice, date'2024-01-01' AS day FROM range(5) ORDER BY id DESC; -- all"
    answer = rows.chart_rows(kernel, text, 3, ["day", "id"])
    assert [one["name"] for one in answer["columns"]] == ["id", "twice", "day"]
    assert answer["fields"] == [2, 0]
    assert answer["values"] == [[{"D": 19723}] * 3, [4, 3, 2]]
    assert (answer["rows"], answer["more"]) == (3, True)
    assert rows.chart_rows(kernel, text, 5, ["nothing"])["fields"] == [0, 1, 2]
    assert rows.chart_rows(kernel, text, 5)["more"] is False


@pytest.mark.parametrize(
    "text",
    [
        "DROP TABLE x",
        "CREATE TABLE x AS SELECT 1",
        "INSERT INTO x SELECT 1",
        "SELECT 1; DROP TABLE x",
        "SELECT 1) t; DROP TABLE x; SELECT * FROM (SELECT 1",
        "SET spark.sql.shuffle.partitions=9",
        "BEGIN SELECT 1; END",
        "EXECUTE IMMEDIATE 'DROP TABLE x'",
        "",
    ],
)
def test_a_chart_runs_queries_only(kernel, text):
    with pytest.raises(Exception, match=r"PARSE|PARSER|One query|Syntax"):
        rows.chart_rows(kernel, text, 3)


def test_a_chart_reads_frames_by_their_names(spark, kernel):
    kernel.user_ns["orders"] = spark.range(3)
    text = "SELECT count(*) AS n FROM orders"
    assert rows.chart_rows(kernel, text, 10)["values"] == [[3]]
    kernel.user_ns["orders"] = pd.DataFrame({"id": [1]})
    assert rows.chart_rows(kernel, text, 10)["values"] == [[1]]
    assert rows.view(kernel, "orders") == {"name": "orders", "sql": "SELECT * FROM `orders`"}


def test_a_view_of_somebody_else_is_left_alone(spark, kernel):
    spark.range(7).createOrReplaceTempView("theirs")
    try:
        kernel.user_ns["theirs"] = spark.range(2)
        assert rows.view(kernel, "theirs")["name"] == "theirs_frame"
        assert rows.chart_rows(kernel, "SELECT count(*) AS n FROM theirs", 10)["values"] == [[7]]
        assert rows.chart_rows(kernel, "SELECT count(*) AS n FROM theirs_frame", 10)["values"] == [[2]]
    finally:
        spark.catalog.dropTempView("theirs")


def test_a_chart_reads_tables_of_the_lake(spark, kernel, tmp_path):
    spark.range(4).write.format("delta").save(f"file://{tmp_path}/gold/sums")
    try:
        answer = rows.chart_rows(kernel, "SELECT max(id) AS m FROM gold.sums", 10)
        assert answer["values"] == [[3]]
    finally:
        spark.sql("DROP DATABASE IF EXISTS gold CASCADE")


def fixture_table(cases):
    """(Arrow table, Spark's types) of the fixture's rows, with their numbers as the last column."""
    arrays = [arrow_array(one["type"], [row[i] for row in cases["rows"]]) for i, one in enumerate(cases["columns"])]
    arrays.append(pa.array(range(len(cases["rows"]))))
    table = pa.Table.from_arrays(arrays, names=[one["name"] for one in cases["columns"]] + ["row"])
    return table, rows._arrow_schema(table)


def arrow_array(kind, values):
    def each(read):
        return [None if value is None else read(value) for value in values]

    if kind == "bigint":
        return pa.array(each(lambda value: int(value["l"]) if isinstance(value, dict) else value), pa.int64())
    if kind == "int":
        return pa.array(values, pa.int32())
    if kind == "decimal(10,2)":
        return pa.array(each(lambda value: decimal.Decimal(f"{value:.2f}")), pa.decimal128(10, 2))
    if kind == "decimal(38,18)":
        return pa.array(each(lambda value: decimal.Decimal(value["d"])), pa.decimal128(38, 18))
    if kind == "double":
        return pa.array(each(lambda value: float(value["f"] if isinstance(value, dict) else value)), pa.float64())
    if kind == "date":
        days = each(lambda value: datetime.date(1970, 1, 1) + datetime.timedelta(value["D"]))
        return pa.array(days, pa.date32())
    if kind.startswith("timestamp"):
        letter, zone = ("t", "UTC") if kind == "timestamp" else ("n", None)
        return pa.array(each(lambda value: value[letter]), pa.int64()).cast(pa.timestamp("us", zone))
    if kind == "binary":
        return pa.array(each(lambda value: base64.b64decode(value["b"])), pa.binary())
    if kind == "array<string>":
        return pa.array(each(lambda value: value["a"]), pa.list_(pa.string()))
    if kind.startswith("struct"):
        fields = pa.struct([("city", pa.string()), ("no", pa.int32())])
        return pa.array(each(lambda value: dict(value["s"])), fields)
    return pa.array(values)
