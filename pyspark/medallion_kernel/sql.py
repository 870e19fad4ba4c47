"""`%%sql [name]`: statements on the session, with the lake's tables under their names."""

import keyword
import re

from IPython.core.error import UsageError

from medallion_kernel.failures import CELL, SparkEnded
from medallion_kernel.sql_text import lake_tables, statements

DEFAULT_NAME = "_sql"


def register(kernel):
    def sql(line, cell=None):
        """Runs SQL; the last statement's frame is shown, and bound to the name behind `%%sql`."""
        if cell is None:
            return run(kernel, DEFAULT_NAME, line, 0)
        return run(kernel, line.strip() or DEFAULT_NAME, cell, 1)

    kernel.shell.register_magic_function(sql, "line_cell", "sql")


def run(kernel, name, text, lines_before):
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"{name!r} cannot name the frame: write `%%sql my_frame`.")
    if kernel.spark is None:
        raise SparkEnded("Spark does not run in this session: start it again.")
    frame = None
    for statement, line in statements(text):
        try:
            register_tables(kernel, statement)
            frame = kernel.spark.sql(statement)
        except Exception as error:
            place(kernel, error, statement, line + lines_before + leading_lines(kernel))
            raise
    if frame is not None:
        kernel.user_ns[name] = frame
    return frame


def register_tables(kernel, text):
    """Makes known to the catalog, which is in memory, the tables of the lake that the text names."""
    spark, settings = kernel.spark, kernel.settings
    lake = f"{settings.get('fileSystem', '')}{settings.get('lakeRoot') or '/data'}"
    for layer, table in lake_tables(text):
        if not spark.catalog.databaseExists(layer):
            # With its place, so that a table that SQL makes is where pipelines look for it.
            spark.sql(f"CREATE DATABASE IF NOT EXISTS {layer} LOCATION {literal(f'{lake}/{layer}')}")
        name = f"{layer}.{quoted(table)}"
        location = f"{lake}/{layer}/{table}"
        if spark.catalog.tableExists(name):
            if name in kernel.parquet_tables:
                # Unlike Delta's, its files are listed once.
                spark.catalog.refreshTable(name)
            continue
        kind = format_of(spark, location)
        if kind is not None:
            spark.sql(f"CREATE TABLE IF NOT EXISTS {name} USING {kind} LOCATION {literal(location)}")
        if kind == "parquet":
            kernel.parquet_tables.add(name)


def format_of(spark, location):
    """delta or parquet; None where there is no table."""
    path = spark._jvm.org.apache.hadoop.fs.Path(location)
    files = path.getFileSystem(spark._jsc.hadoopConfiguration())
    if not files.exists(path):
        return None
    return "delta" if files.exists(spark._jvm.org.apache.hadoop.fs.Path(location, "_delta_log")) else "parquet"


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


def literal(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def leading_lines(kernel):
    """Blank lines before `%%sql` in the code that was sent."""
    code = kernel.shell.kernel.get_parent("shell").get("content", {}).get("code", "")
    return code[: len(code) - len(code.lstrip())].count("\n")


def place(kernel, error, statement, line):
    """Tells the traceback on which line of the cell the error is, which Spark counts from the statement's beginning."""
    said = re.search(r"\bline (\d+),? pos \d+", str(error))
    within = int(said.group(1)) - 1 if said else 0
    lines = statement.splitlines()
    run = kernel.shell.kernel.get_parent("shell").get("header", {}).get("msg_id")
    if run and within < len(lines):
        error._medallion_place = (f"{CELL}{run}", line + within + 1, "<module>", lines[within])
