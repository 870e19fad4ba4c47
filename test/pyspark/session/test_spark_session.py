"""What needs Spark inside the kernel."""

import base64
import io
import json
import time
import zipfile

import pytest

JOBS = "sc._jsc.sc().dagScheduler().nextJobId()"


@pytest.fixture
def kernel(spark_kernel):
    return spark_kernel


def jobs(kernel):
    return kernel.value(f"__import__('re').sub(r'\\D', '', str({JOBS}))")


def frames(text):
    return [
        line.split('"')[1] + ":" + line.split("line ")[1].split(",")[0]
        for line in text.splitlines()
        if 'File "' in line
    ]


def test_spark_is_there(kernel):
    state = kernel.control("state")
    assert state["applicationId"].startswith("local-")
    assert state["sparkError"] is None
    assert kernel.value("spark.conf.get('spark.sql.session.timeZone')") == "UTC"
    assert kernel.value("spark.conf.get('spark.sql.adaptive.enabled')") == "false"
    assert kernel.value("sc is spark.sparkContext") is True
    assert "spark" not in kernel.run("%who").text
    # With the JVM's part.
    assert state["memory"]["rssBytes"] > 200_000_000
    # A second start is none.
    assert kernel.run("old = spark\n__medallion__.start_spark()\nprint(old is spark)").text == "True\n"


def test_the_library_uses_the_session_and_leaves_it(kernel):
    run = kernel.run(
        "import medallion\n"
        "with medallion.job('demo') as job:\n"
        "    print(job.root, job.spark is spark, spark.range(3).count())\n"
        "    job.report(rows_in=3)\n"
    )
    assert run.status == "ok", run.traceback
    assert run.text.endswith("True 3\ndemo: 3 rows in, 0 rows out.\n")
    assert "\x1e" not in run.text
    assert run.errors == ""
    run = kernel.run("spark.stop(); sc.stop()\nprint(spark.range(4).count())")
    assert run.text == "4\n"
    assert "restart the session" in run.errors
    assert (
        kernel.run("from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate() is spark").status == "ok"
    )


def test_a_frame_is_shown_by_its_first_rows(kernel):
    run = kernel.run(
        "from pyspark.sql import functions as F\n"
        "numbers = spark.range(0, 1_000_000, 1, 8).withColumn('text', F.concat(F.lit('<'), 'id'))\n"
        "numbers"
    )
    table = run.table
    assert (table["name"], table["more"], table["rowCount"]) == ("numbers", True, None)
    assert table["columns"] == [{"name": "id", "type": "bigint"}, {"name": "text", "type": "string"}]
    assert table["rows"] == [[i, f"<{i}"] for i in range(200)]
    (data,) = run.results
    assert "&lt;0" in data["text/html"]
    assert data["text/plain"].startswith("id  text")
    small = kernel.run("spark.range(3)").table
    assert (small["name"][0], small["more"], small["rowCount"]) == ("_", False, 3)


def test_all_kinds_of_values(kernel):
    run = kernel.run(
        "spark.sql('''select\n"
        "  cast(1 as tinyint) a, 9007199254740993L b, 1.10BD c, double('NaN') d, float('1.5') e, true f, null g,\n"
        "  timestamp'2026-01-01 08:00:00.5' h, timestamp_ntz'2026-07-01 08:00:00' i, date'2026-01-01' j,\n"
        "  X'00ff' k, array(1, null) l, map('x', 1.10BD) m, named_struct('p', date'2026-01-01', 'q', array('z')) n,\n"
        "  interval '1' day o, interval '2' month p, 1 a, timestamp'12000-01-01 00:00:00' r\n"
        "''')"
    )
    assert run.status == "ok", run.traceback
    (row,) = run.table["rows"]
    assert row[:7] == [1, "9007199254740993", "1.10", "NaN", 1.5, True, None]
    # One column has a year that Python has not: then times come as Spark writes them.
    assert row[9:14] == ["2026-01-01", "00ff", "[1, null]", '{"x": "1.10"}', '{"p": "2026-01-01", "q": ["z"]}']
    assert "month" in row[15].lower()
    assert row[16] == 1
    assert row[17].startswith("+12000-01-01")
    run = kernel.run("spark.sql(\"select timestamp'2026-07-01 08:00:00.5' h, timestamp_ntz'2026-07-01 08:00:00' i\")")
    assert run.table["rows"] == [["2026-07-01T08:00:00.500000Z", "2026-07-01T08:00:00"]]
    # Two columns of one name.
    run = kernel.run("a = spark.range(2)\na.join(a.withColumn('x', F.lit(1)), 'id').join(a.alias('b'), F.lit(True))")
    assert run.status == "ok", run.traceback
    assert kernel.run("spark.range(2).select()").results[0]["text/plain"] == "Done."


def test_looking_at_variables_runs_no_job(kernel):
    kernel.run(
        "import pyspark.pandas as ps\n"
        "orders = spark.range(1_000_000).withColumn('branch', F.lit('north'))\n"
        "lazy = orders.groupBy('branch').count().orderBy('count')\n"
        "rdd = sc.parallelize(range(10))\n"
        "on_spark = orders.pandas_api()\n"
        "spark.conf.set('spark.sql.repl.eagerEval.enabled', 'true')\n"
    )
    before = jobs(kernel)
    said = {v["name"]: v for v in kernel.answer("variables")["variables"]}
    assert jobs(kernel) == before
    kernel.run("spark.conf.unset('spark.sql.repl.eagerEval.enabled')")
    assert said["orders"] == {
        "name": "orders",
        "type": "pyspark.DataFrame",
        "kind": "frame",
        "shape": "2 columns",
        "preview": "id: bigint, branch: string",
        "bytes": None,
        "columns": [{"name": "id", "type": "bigint"}, {"name": "branch", "type": "string"}],
    }
    assert said["lazy"]["columns"][1] == {"name": "count", "type": "bigint"}
    assert said["rdd"]["kind"] == "value"
    assert not {"spark", "sc"} & set(said)


def test_dropping_a_frame_frees_what_it_has_cached(kernel):
    kernel.run("kept = spark.range(100).cache()\nkept.count()")
    assert kernel.value("len(sc._jsc.getPersistentRDDs())") == 1
    kernel.answer("drop", name="kept")
    assert kernel.value("len(sc._jsc.getPersistentRDDs())") == 0
    assert kernel.value("'kept' in globals()") is False


@pytest.mark.parametrize(
    "code",
    [
        "spark.range(0, 1000, 1, 1000).foreach(lambda row: __import__('time').sleep(1))",
        "spark.range(1 << 50).selectExpr('sum(id * 2)').collect()",
        "spark.range(1 << 50).selectExpr('sum(id * 3)')",
        "import asyncio\nawait asyncio.sleep(0)\nspark.range(1 << 50).selectExpr('sum(id * 5)').collect()",
        "%%sql\nselect sum(id * 7) from range(1125899906842624)",
        "for i in range(1000):\n    spark.range(1 << 22).selectExpr('sum(id)').collect()",
    ],
)
def test_an_interrupt_stops_the_jobs_and_keeps_the_rest(kernel, code):
    kernel.run("kept = spark.range(7)")
    run_id = kernel.send(code)
    for _ in range(600):
        if kernel.control("state")["busy"] == run_id:
            break
        time.sleep(0.05)
    time.sleep(2)
    kernel.manager.interrupt_kernel()
    began = time.monotonic()
    run = kernel.finish(run_id, timeout=60)
    took = time.monotonic() - began
    assert [c["ename"] for c in run.of("error")] == ["KeyboardInterrupt"]
    assert run.errors == ""
    assert took < 15
    # The next answers of the JVM are those of the next questions.
    for n in range(5):
        assert kernel.value(f"spark.range({n}).count()") == n
    assert kernel.value("kept.count()") == 7
    end = time.monotonic() + 20
    while kernel.value("len(sc.statusTracker().getActiveJobsIds())") and time.monotonic() < end:
        time.sleep(0.2)
    assert kernel.value("len(sc.statusTracker().getActiveJobsIds())") == 0


def test_each_run_has_a_job_group(kernel):
    run = kernel.run("# count\nspark.range(10).count()")
    assert kernel.value(f"len(sc.statusTracker().getJobIdsForGroup({run.id!r})) > 0") is True


def test_a_question_can_be_interrupted(kernel):
    question = json.dumps({"name": "slow", "args": {}})
    kernel.run(
        "from medallion_kernel.asks import answers as _answers\n"
        "@_answers('slow')\n"
        "def _slow(kernel): return kernel.spark.range(1 << 50).selectExpr('sum(id * 11)').collect()"
    )
    run_id = kernel.send(
        "", silent=True, store_history=False, user_expressions={"a": f"__medallion__.ask({question!r})"}
    )
    kernel.wait_for_busy(run_id)
    assert kernel.control("state")["silent"] is True
    time.sleep(1)
    kernel.manager.interrupt_kernel()
    answer = kernel.finish(run_id).reply["content"]["user_expressions"]["a"]["data"]
    assert answer["application/vnd.medallion.answer+json"]["error"]["type"] == "KeyboardInterrupt"
    assert kernel.value("spark.range(3).count()") == 3


def test_errors_of_workers_name_the_cell_of_the_function(kernel):
    first = kernel.run("@F.udf('int')\ndef share(n):\n    return 1 // n")
    second = kernel.run("\nspark.range(1).select(share('id')).collect()")
    text = second.traceback
    assert f'File "cell://{second.id}", line 2' in text
    assert f'File "cell://{first.id}", line 3' in text
    # Shown, and not collected: the line that shows it.
    third = kernel.run("frame = spark.range(1).select(share('id'))\nframe")
    assert third.status == "error"
    assert frames(third.traceback)[0] == f"cell://{third.id}:2"


def test_errors_of_spark_name_the_line(kernel):
    run = kernel.run("frame = spark.range(1)\nframe.select('brnch')")
    assert frames(run.traceback)[0] == f"cell://{run.id}:2"
    assert "AnalysisException" in run.traceback


def test_a_result_that_is_too_large_is_refused_with_advice(kernel):
    run = kernel.run("big = spark.range(0, 1_000_000, 1, 16).selectExpr('uuid() u')\nrows = big.collect()")
    (error,) = run.of("error")
    assert error["ename"] == "ResultTooLarge"
    assert "16.0 MiB" in error["evalue"]
    assert ".limit(n)" in error["evalue"]
    assert run.traceback.splitlines()[-1].startswith("ResultTooLarge: The result is larger")
    assert frames(run.traceback)[0] == f"cell://{run.id}:2"
    assert kernel.value("spark.range(3).count()") == 3


def test_times_at_the_end_of_what_python_has(kernel):
    """In a zone east of UTC the last day has no time that Python can convert."""
    zone = "import os, time\nos.environ['TZ'] = {!r}\ntime.tzset()\nspark.conf.set('spark.sql.session.timeZone', {!r})"
    before = kernel.value("(__import__('os').environ.get('TZ', 'UTC'), spark.conf.get('spark.sql.session.timeZone'))")
    assert kernel.run(zone.format("Asia/Tokyo", "Asia/Tokyo")).status == "ok"
    try:
        run = kernel.run("spark.sql(\"select timestamp'9999-12-31 23:30:00' as t\")")
    finally:
        kernel.run(zone.format(*before))
    assert run.status == "ok", run.traceback
    assert run.table["rows"] == [["9999-12-31 23:30:00"]]


def test_sql_shows_and_binds_the_last_statement(kernel):
    run = kernel.run("%%sql totals\nselect 1 as `;`;\n-- done;\nselect id, 'a;b' as t from range(3)")
    assert run.status == "ok", run.traceback
    assert run.table == {
        "name": "totals",
        "columns": [{"name": "id", "type": "bigint"}, {"name": "t", "type": "string"}],
        "rows": [[0, "a;b"], [1, "a;b"], [2, "a;b"]],
        "more": False,
        "rowCount": 3,
    }
    assert kernel.value("totals.count()") == 3
    assert kernel.run("%%sql\nselect 5 as n").table["name"] == "_sql"
    assert kernel.run("%%sql\n-- nothing").status == "ok"
    assert kernel.run("%%sql no-name\nselect 1").status == "error"


def test_sql_knows_the_tables_of_the_lake(kernel, lake_root):
    root = f"file://{lake_root}"
    kernel.run(
        f"spark.range(3).write.format('delta').save('{root}/bronze/orders')\n"
        f"spark.range(4).withColumn('day', F.lit(1)).write.partitionBy('day').parquet('{root}/silver/plain')\n"
    )
    run = kernel.run("%%sql\nselect count(*) as n from bronze.orders join Silver.`plain` using (id)")
    assert run.status == "ok", run.traceback
    assert run.table["rows"] == [[3]]
    kernel.run(
        f"spark.range(5).withColumn('day', F.lit(2)).write.mode('append').partitionBy('day').parquet('{root}/silver/plain')"
    )
    assert kernel.run("%%sql\nselect day, count(*) from silver.plain group by day order by 1").table["rows"] == [
        [1, 4],
        [2, 5],
    ]
    # What SQL makes is where pipelines look for it; it is found again without the catalog.
    run = kernel.run(
        "%%sql\ncreate table gold.total using delta as select count(*) n from bronze.orders;\nselect * from gold.total"
    )
    assert run.status == "ok", run.traceback
    assert (lake_root / "gold" / "total" / "_delta_log").is_dir()
    missing = kernel.run("%%sql\nselect * from bronze.nothing")
    assert "TABLE_OR_VIEW_NOT_FOUND" in missing.traceback


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("%%sql\nselect 1;\n\nselct 2", 4),
        ("%%sql\nselect 1;\nselect\n  brnch\nfrom range(3)", 4),
        ("\n%%sql x\nselect\n  from from range(3)", 4),
        ("%%sql\n\nselect * from no_such_table", 3),
    ],
)
def test_errors_of_sql_name_the_line_of_the_cell(kernel, code, line):
    run = kernel.run(code)
    assert frames(run.traceback) == [f"cell://{run.id}:{line}"]
    assert run.status == "error"


def test_an_error_while_sql_runs_names_the_cell(kernel):
    run = kernel.run("%%sql\nselect raise_error('no shelf') as x")
    assert run.status == "error"
    assert frames(run.traceback)[0].startswith(f"cell://{run.id}:")
    assert "no shelf" in run.traceback


def modules(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, source in files.items():
            archive.writestr(f"{name}.py", source)
    return base64.b64encode(data.getvalue()).decode()


def test_modules_of_a_script_are_replaced_after_a_change(kernel):
    code = (
        "import sys\n"
        "from rules import rate\n"
        "print(sys.argv, rate(10), spark.range(1, 2).select(F.udf(rate, 'long')('id')).first()[0])"
    )
    first = modules(rules="def rate(n):\n    return n * 2\n", other="x = 1\n")
    kernel.answer("imports", hash="a" * 64, zip=first, argv=["/home/me/silver.py", "--day", "1"])
    assert kernel.run(code).text == "['/home/me/silver.py', '--day', '1'] 20 2\n"
    # The same once more needs no zip.
    kernel.answer("imports", hash="a" * 64, argv=["/home/me/gold.py"])
    assert kernel.run(code).text == "['/home/me/gold.py'] 20 2\n"
    second = modules(rules="def rate(n):\n    return n * 3\n")
    kernel.answer("imports", hash="b" * 64, zip=second)
    assert kernel.run(code).text == "['/home/me/gold.py'] 30 3\n"
    assert kernel.run("import other").status == "error"
    # And back.
    kernel.answer("imports", hash="a" * 64)
    assert kernel.run(code).text == "['/home/me/gold.py'] 20 2\n"
    broken = modules(rules="def rate(n):\n    return 1 // 0\n")
    kernel.answer("imports", hash="c" * 64, zip=broken)
    run = kernel.run("from rules import rate\nrate(1)")
    assert f'{"c" * 32}.zip/rules.py", line 2, in rate' in run.traceback
    assert "return 1 // 0" in run.traceback
    run = kernel.run("spark.range(1).select(F.udf(rate, 'long')('id')).collect()")
    assert f'{"c" * 32}.zip/rules.py", line 2' in run.traceback
    kernel.answer("imports")
    assert kernel.run("import rules").status == "error"
    assert kernel.ask("imports", hash="../../etc", zip=first)["ok"] is False
    assert kernel.ask("imports", hash="d" * 64)["error"]["type"] == "Refused"


def kill_java(kernel):
    """What the session then says of Spark."""
    kernel.run("import os, signal\nos.kill(sc._gateway.proc.pid, signal.SIGKILL)")
    for _ in range(100):
        error = kernel.control("state")["sparkError"] or ""
        if "Java" in error:
            return error
        time.sleep(0.1)
    raise AssertionError(error)


def test_the_java_process_may_end_and_spark_be_started_again(kernel):
    """Among the last, for it costs the session of the others."""
    kernel.run("kept = [1, 2]")
    assert "killed" in kill_java(kernel)
    run = kernel.run("\nspark.range(1).count()")
    assert [c["ename"] for c in run.of("error")] == ["SparkEnded"]
    assert frames(run.traceback)[0] == f"cell://{run.id}:2"
    assert kernel.answer("variables")["variables"]
    run = kernel.run("__medallion__.start_spark(warm_up=False)", timeout=300)
    assert run.status == "ok", run.traceback
    assert kernel.value("spark.range(5).count()") == 5
    assert kernel.value("kept") == [1, 2]
    assert kernel.control("state")["sparkError"] is None


def test_a_start_that_fails_says_why_in_one_line(kernel):
    kill_java(kernel)
    start = "__medallion__.driver._settings['properties']['spark.serializer'] = '{}'\n__medallion__.start_spark({})"
    run = kernel.run(start.format("no.such.Kind", ""), timeout=300)
    assert run.status == "error"
    assert kernel.control("state")["sparkError"] == "java.lang.ClassNotFoundException: no.such.Kind"
    run = kernel.run(start.format("org.apache.spark.serializer.JavaSerializer", "warm_up=False"), timeout=300)
    assert run.status == "ok", run.traceback
    assert kernel.control("state")["sparkError"] is None
