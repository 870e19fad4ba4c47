def test_rows_are_answered_by_the_kernel(spark_kernel, lake_root):
    assert (
        spark_kernel.run("import pandas\nframe = spark.range(1500)\nsmall = pandas.DataFrame({'a': [1.5]})").status
        == "ok"
    )
    args = {"source": {"variable": "frame"}, "opened": "1", "start": 0, "end": 3}
    answer = spark_kernel.answer("rows", **args)
    assert answer == {"rows": [[0], [1], [2]], "rowCount": {"rows": 1000, "isFinal": False}}
    found = spark_kernel.answer("rows", **args, search="149", count=True, sort={"column": 0, "descending": True})
    assert found == {"rows": [[1499], [1498], [1497]], "rowCount": {"rows": 12, "isFinal": True}}
    assert spark_kernel.answer("columns", source={"variable": "small"})["kind"] == "pandas"
    assert spark_kernel.answer("view", variable="small")["sql"] == "SELECT * FROM `small`"
    chart = spark_kernel.answer("chartRows", sql="SELECT sum(a) AS total FROM small", limit=10, fields=["total"])
    assert (chart["values"], chart["more"]) == ([[1.5]], False)
    refused = spark_kernel.ask("chartRows", sql="DROP VIEW small", limit=1)
    assert refused["ok"] is False
    assert spark_kernel.answer("release", opened="1") == {}


def test_a_chart_has_the_first_rows(spark_kernel):
    """In the order of the query, and not some of each of its partitions."""
    query = "SELECT id FROM range(0, 1000, 1, 8)"
    chart = spark_kernel.answer("chartRows", sql=query, limit=300, fields=["id"])
    assert (chart["values"], chart["rows"], chart["more"]) == ([list(range(300))], 300, True)


def test_another_spark_has_no_views_of_the_one_before(spark_kernel):
    spark_kernel.run("frame = spark.range(1500)")
    args = {"source": {"variable": "frame"}, "start": 0, "end": 1}
    for opened in "abc":
        spark_kernel.answer("rows", **args, opened=opened, count=True)
    again = "old = sc\ntype(sc).stop.__wrapped__(sc)\n__medallion__.start_spark(warm_up=False)\nprint(old is sc)"
    assert spark_kernel.run(again, timeout=300).text == "False\n"
    spark_kernel.run("frame = spark.range(1500)")
    for opened in "abcd":
        assert spark_kernel.answer("rows", **args, opened=opened, count=True)["rowCount"]["rows"] == 1500
    # The other tests' own.
    spark_kernel.run("from pyspark.sql import functions as F")
