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
