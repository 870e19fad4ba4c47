from medallion_kernel.shell_requests import title_of
from medallion_kernel.spark import Spark


def test_the_clients_properties_win():
    own = Spark({"master": "spark://m:7077", "lakeRoot": "/lake", "fileSystem": "hdfs://n:8020"}).properties()
    assert own["spark.master"] == "spark://m:7077"
    assert own["spark.medallion.lakeRoot"] == "/lake"
    assert own["spark.driver.maxResultSize"] == "512m"
    assert own["spark.sql.shuffle.partitions"] == "2"
    assert own["spark.sql.warehouse.dir"] == "hdfs://n:8020/tmp/medallion-warehouse"
    given = {"spark.driver.maxResultSize": "1g", "spark.sql.shuffle.partitions": "9", "spark.cores.max": "1"}
    assert given.items() <= Spark({"properties": given}).properties().items()
    assert "spark.sql.warehouse.dir" not in Spark({}).properties()


def test_before_it_is_started_there_is_nothing():
    spark = Spark({})
    assert (spark.session, spark.jvm_pid, spark.death(), spark.is_running()) == (None, None, None, False)
    spark.begin_group("run", "title")
    spark.cancel_group("run")


def test_titles_of_runs():
    assert title_of("# %% a comment\n\nframe = 1\nmore = 2") == "frame = 1"
    assert title_of("%%sql x\n-- why\nselect 1") == "select 1"
    assert title_of("") == "cell"
    assert len(title_of("x" * 500)) == 80
