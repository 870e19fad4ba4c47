"""One Spark session for all tests, and lakes in temporary directories."""

import os

import pytest

from medallion import context
from small_lake import Lake

# Before the JVM starts: only what a test needs of it.
os.environ.setdefault(
    "PYSPARK_SUBMIT_ARGS",
    "--master local[1] --driver-memory 1g "
    "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dderby.system.home=/dev/null' pyspark-shell",
)


@pytest.fixture(scope="session")
def spark():
    from pyspark.sql import SparkSession

    (
        SparkSession.builder.config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.codegen.wholeStage", "false")
        .getOrCreate()
    )
    session = context.session()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def lake(spark, tmp_path):
    return Lake(spark, f"file://{tmp_path}/data")
