import os

import pytest
from warm_kernel import WarmKernel


@pytest.fixture(scope="module")
def kernel():
    """A kernel without Spark."""
    warm = WarmKernel()
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def lake_root(tmp_path_factory):
    return tmp_path_factory.mktemp("lake")


@pytest.fixture(scope="session")
def spark_kernel(lake_root):
    """A kernel with Spark in local mode; the lake is a local directory."""
    warm = WarmKernel(
        {
            "master": "local[1]",
            "fileSystem": "file://",
            "lakeRoot": str(lake_root),
            "properties": {
                "spark.driver.memory": "1g",
                "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "spark.driver.maxResultSize": "16m",
                "spark.ui.enabled": "false",
                "spark.driver.host": "127.0.0.1",
            },
        },
        # That of the tests' own session is for another JVM.
        {"PYSPARK_SUBMIT_ARGS": "pyspark-shell", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
    )
    run = warm.run("__medallion__.start_spark(warm_up=False)\nfrom pyspark.sql import functions as F", timeout=300)
    assert run.status == "ok", run.reply["content"].get("evalue")
    yield warm
    warm.close()
