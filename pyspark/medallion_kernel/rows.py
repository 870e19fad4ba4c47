"""Rows of a table, of a frame in a variable or of a query: a window at a time, sorted and filtered by Spark.

A source is one of `{"table": {"path", "format", "version"?}}`, `{"variable": name}` and `{"sql": text}`. Columns are
known by their number; in here they are called `c0`, `c1`, ..., so that no name and no text of a person gets into SQL.
"""

import collections
import json
import re
import weakref

from medallion_kernel.asks import Refused, answers
from medallion_kernel.row_values import arrow_of, encode, rows_of, unique
from medallion_kernel.sql import quoted, register_tables
from medallion_kernel.sql_text import statements

# The first rows of a view are read without computing the others.
HEAD_ROWS = 1_000
WINDOW_ROWS = 1_000
WINDOW_BYTES = 64 * 1024 * 1024
KEPT_VIEWS = 8
# Those whose rows all are in the executors' memory and on their disks.
STORED_VIEWS = 3
PARTITION_BITS = 33

_kept = weakref.WeakKeyDictionary()


@answers("columns")
def columns(kernel, source):
    """What a frame has: its columns with their types, and of a pandas frame how many rows and bytes."""
    frame = _frame(kernel, source)
    if _is_spark(frame):
        return {"kind": "spark", "columns": _columns(frame.schema), "rows": None, "bytes": None}
    table = arrow_of(frame)
    return {
        "kind": "pandas",
        "columns": _columns(_arrow_schema(table)),
        "rows": table.num_rows,
        "bytes": table.nbytes,
    }


@answers("rows")
def rows(
    kernel,
    source,
    opened,
    start,
    end,
    names=None,
    only=None,
    sort=None,
    filters=(),
    search="",
    zone="UTC",
    group=",",
    point=".",
    count=False,
    cut=False,
):
    """The rows from `start` to before `end` of what passes filters and search, in the order of `sort`.

    `opened` names the opening of the source: its views show what they showed first. `names` are the columns that the
    page knows, which a table must have; `only` the numbers of those that are sent. `count` wants the number of all
    rows, which takes a pass over all of them. With `cut` long values are sent as their beginnings.
    """
    if not 0 <= start <= end or end - start > WINDOW_ROWS:
        raise Refused(f"At most {WINDOW_ROWS} rows are read at once.")
    is_plain = not filters and not search and not sort
    words = None if is_plain else [sort, filters, search, zone, group, point]
    view = _views(kernel).get(
        json.dumps([source, opened, names, words]),
        lambda: _view(kernel, source, names, sort, filters, search, (zone, group, point)),
    )
    if count or end > HEAD_ROWS:
        view.store()
        _views(kernel).trim()
    window = view.window(start, end, only)
    if window.nbytes > WINDOW_BYTES:
        raise Refused("These rows have more than 64 MB: select fewer columns of the frame, or cut its long values.")
    return {"rows": rows_of(window, cut), "rowCount": {"rows": view.rows, "isFinal": view.is_final}}


@answers("release")
def release(kernel, opened):
    """Lets go of what is kept for an opening."""
    _views(kernel).release(opened)
    return {}


@answers("chartRows")
def chart_rows(kernel, sql, limit, fields=()):
    """The first `limit` rows of a query by columns: those called as `fields`, or all where one of these is missing."""
    frame = _query(kernel, sql)
    names = unique(frame.columns)
    wanted = [names.index(field) for field in fields if field in names]
    if len(wanted) < len(fields) or not wanted:
        wanted = list(range(len(names)))
    table = _first(_numbered(frame).select(*(f"c{i}" for i in wanted)), limit + 1)
    return {
        "columns": [{"name": one["name"], "type": one["type"]} for one in _columns(frame.schema)],
        "fields": wanted,
        "values": [encode(column.combine_chunks()) for column in table.slice(0, limit).columns],
        "rows": min(table.num_rows, limit),
        "more": table.num_rows > limit,
    }


@answers("view")
def view(kernel, variable):
    """Makes a frame of a variable known to SQL, under its own name where that is free."""
    frame = _variable(kernel, variable)
    name = variable if _is_free(kernel, variable) else f"{variable}_frame"
    _make_view(kernel, name, variable, frame)
    return {"name": name, "sql": f"SELECT * FROM {quoted(name)}"}


class View:
    """One order of the rows of a source that pass a filter."""

    def __init__(self, frame):
        self._frame = frame
        self._head = None
        self._stored = None
        # Of each partition its number, and how many rows come before it.
        self._parts = []
        self.rows = 0
        self.is_final = False

    @property
    def is_stored(self):
        return self._stored is not None

    def window(self, start, end, only):
        """An Arrow table of the rows from `start` to before `end`."""
        if self._stored is not None:
            return self._stored_window(start, end, only)
        if self._head is None:
            head = _first(self._frame, HEAD_ROWS + 1)
            self._head = head.slice(0, HEAD_ROWS)
            self.rows, self.is_final = self._head.num_rows, head.num_rows <= HEAD_ROWS
        table = self._head.slice(start, end - start)
        return table if only is None else table.select([f"c{i}" for i in only])

    def store(self):
        """Computes all rows once, and keeps them where Spark computes."""
        from pyspark.sql import functions as F
        from pyspark.storagelevel import StorageLevel

        if self._stored is not None or self.is_final:
            return
        stored = self._frame.withColumn("at", F.monotonically_increasing_id()).persist(StorageLevel.MEMORY_AND_DISK)
        try:
            part = F.shiftright(F.col("at"), PARTITION_BITS).alias("part")
            sizes = sorted((row["part"], row["count"]) for row in stored.groupBy(part).count().collect())
        except BaseException:
            stored.unpersist()
            raise
        self._parts, rows = [], 0
        for number, size in sizes:
            self._parts.append((number, rows, size))
            rows += size
        self.rows, self.is_final, self._stored = rows, True, stored
        # Of a frame whose plan is not the same each time, the first rows may have been others.
        self._head = None

    def drop(self):
        stored, self._stored, self._head = self._stored, None, None
        self._parts, self.rows, self.is_final = [], 0, False
        if stored is not None:
            stored.unpersist()

    def _stored_window(self, start, end, only):
        from pyspark.sql import functions as F

        ranges = F.lit(False)
        for number, before, size in self._parts:
            first, last = max(start, before) - before, min(end, before + size) - before - 1
            if first <= last:
                base = number << PARTITION_BITS
                ranges = ranges | F.col("at").between(base + first, base + last)
        shown = self._stored.filter(ranges).drop("at")
        return (shown if only is None else shown.select(*(f"c{i}" for i in only))).toArrow()


class ArrowView:
    """A pandas frame as it is: all of it is here already."""

    def __init__(self, table):
        self._table = table.rename_columns([f"c{i}" for i in range(table.num_columns)])
        self.rows = table.num_rows
        self.is_final = True
        self.is_stored = False

    def window(self, start, end, only):
        table = self._table.slice(start, end - start)
        return table if only is None else table.select([f"c{i}" for i in only])

    def store(self):
        pass

    def drop(self):
        pass


class Views:
    """The views that were looked at last; what was not looked at for longest is dropped."""

    def __init__(self):
        self._views = collections.OrderedDict()
        # Views of SQL that were made of variables: the name, and the frame at that time.
        self.made = {}

    def get(self, key, make):
        if key not in self._views:
            self._views[key] = make()
        self._views.move_to_end(key)
        self.trim()
        return self._views[key]

    def trim(self):
        stored = [key for key, one in self._views.items() if one.is_stored]
        for key in stored[: max(0, len(stored) - STORED_VIEWS)]:
            self._views[key].drop()
        while len(self._views) > KEPT_VIEWS:
            self._views.popitem(last=False)[1].drop()

    def release(self, opened):
        for key in [key for key in self._views if json.loads(key)[1] == opened]:
            self._views.pop(key).drop()


def forget(kernel):
    """Another Spark has begun: what views had of the one before is gone."""
    _kept.pop(kernel, None)


def _views(kernel):
    return _kept.setdefault(kernel, Views())


def _view(kernel, source, names, sort, filters, search, page):
    frame = _frame(kernel, source)
    is_plain = not filters and not search and not sort
    if not _is_spark(frame):
        table = arrow_of(frame)
        if is_plain:
            return ArrowView(table)
        frame = _of_arrow(kernel, table)
    places = None
    if names is not None:
        missing = [name for name in names if name not in frame.columns]
        if missing:
            raise Refused(f'The table has no column "{missing[0]}" any more: refresh.')
        places = [frame.columns.index(name) for name in names]
    frame = _numbered(frame, places)
    return View(frame if is_plain else _arranged(_spark(kernel), frame, sort, filters, search, page))


def _arranged(spark, frame, sort, filters, search, page):
    from pyspark.sql import functions as F

    from medallion_kernel.row_filters import Page, condition, has_text, order_of

    zone, group, point = page
    page = Page(spark, zone, group, point)
    kinds = [field.dataType for field in frame.schema.fields]
    for one in filters:
        number = _place(one["column"], kinds)
        frame = frame.filter(condition(F.col(f"c{number}"), kinds[number], one["is"], one["value"], page))
    if search:
        found = F.lit(False)
        for number, kind in enumerate(kinds):
            found = found | F.coalesce(has_text(F.col(f"c{number}"), kind, search, page), F.lit(False))
        frame = frame.filter(found)
    if sort:
        number = _place(sort["column"], kinds)
        # Equal ones stay in their order.
        numbered = frame.withColumn("place", F.monotonically_increasing_id())
        order = order_of(F.col(f"c{number}"), kinds[number], sort["descending"])
        frame = numbered.orderBy(order, F.col("place").asc()).drop("place")
    return frame


def _place(number, kinds):
    if not 0 <= number < len(kinds):
        raise Refused("This column is not there any more: refresh.")
    return number


def _frame(kernel, source):
    if "variable" in source:
        return _variable(kernel, source["variable"])
    if "sql" in source:
        return _query(kernel, source["sql"])
    table = source["table"]
    kind, path = table["format"], table["path"]
    if kind not in ("delta", "parquet") or not path.startswith("/"):
        raise Refused("This is no table of the lake.")
    reader = _spark(kernel).read.format(kind)
    if table.get("version") is not None:
        reader = reader.option("versionAsOf", int(table["version"]))
    if kind == "parquet":
        # A path is a path: no pattern.
        reader = reader.option("__globPaths__", "false")
    return reader.load(f"{kernel.settings.get('fileSystem', '')}{path}")


def _variable(kernel, name):
    frame = kernel.user_ns.get(name)
    if frame is None:
        raise Refused(f'There is no "{name}" in the session: run the code that makes it.')
    if not _is_spark(frame) and not _is_pandas(frame):
        raise Refused(f'"{name}" is no frame any more, but of the type {type(frame).__name__}.')
    return frame


def _query(kernel, text):
    """As a part of a query, which nothing but a query can be: what changes something is refused by Spark's own parser."""
    spark = _spark(kernel)
    queries = statements(text)
    if len(queries) != 1:
        raise Refused("One query is drawn, and nothing else: a text with several statements is for a cell.")
    [(query, _line)] = queries
    register_tables(kernel, query)
    _make_views(kernel, query)
    return spark.sql("SELECT * FROM (\n" + query + "\n)")


def _make_views(kernel, text):
    """Frames of the session can be named in a query like tables."""
    for name in set(re.findall(r"[^\W\d]\w*", text)):
        frame = kernel.user_ns.get(name)
        if (_is_spark(frame) or _is_pandas(frame)) and _is_free(kernel, name):
            _make_view(kernel, name, name, frame)


def _is_free(kernel, name):
    """Whether the name is no table's, nor a view's that somebody else has made."""
    made = _views(kernel).made
    return name in made or not _spark(kernel).catalog.tableExists(quoted(name))


def _make_view(kernel, name, variable, frame):
    made = _views(kernel).made
    if name in made and made[name] is frame and _is_spark(frame):
        return
    of_spark = frame if _is_spark(frame) else _of_arrow(kernel, arrow_of(frame))
    of_spark.toDF(*unique(of_spark.columns)).createOrReplaceTempView(quoted(name))
    made[name] = frame


def _spark(kernel):
    if kernel.spark is None:
        raise Refused("Spark does not run in this session: start it again.")
    return kernel.spark


def _is_spark(value):
    from pyspark.sql import DataFrame

    return isinstance(value, DataFrame)


def _is_pandas(value):
    import sys

    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series))


def _numbered(frame, places=None):
    """Columns, or those at `places`, by their numbers; values of types that cannot be sent, such as intervals, as text."""
    from pyspark.sql import functions as F

    fields = frame.schema.fields
    named = frame.toDF(*(f"c{i}" for i in range(len(fields))))
    taken = []
    for number, place in enumerate(range(len(fields)) if places is None else places):
        column = F.col(f"c{place}")
        taken.append((column if _is_sent(fields[place].dataType) else column.cast("string")).alias(f"c{number}"))
    return named.select(*taken)


def _is_sent(kind):
    from pyspark.sql import types as T

    if isinstance(kind, T.ArrayType):
        return _is_sent(kind.elementType)
    if isinstance(kind, T.MapType):
        return _is_sent(kind.keyType) and _is_sent(kind.valueType)
    if isinstance(kind, T.StructType):
        return len(set(kind.names)) == len(kind.names) and all(_is_sent(field.dataType) for field in kind.fields)
    plain = (T.NumericType, T.StringType, T.BinaryType, T.BooleanType, T.DateType, T.NullType)
    times = (T.TimestampType, T.TimestampNTZType)
    return isinstance(kind, (*plain, *times)) or type(kind).__name__ == "TimeType"


def _columns(schema):
    return [
        {"name": name, "type": field.dataType.simpleString(), "nullable": field.nullable}
        for name, field in zip(unique(schema.names), schema.fields, strict=True)
    ]


def _first(frame, count):
    """The first rows in the order of the frame. A limit of Arrow's would take some of each partition, and mix them."""
    from pyspark.sql import DataFrame

    jvm_rows = frame._jdf.takeAsList(count)
    spark = frame.sparkSession
    return DataFrame(spark._jsparkSession.createDataFrame(jvm_rows, frame._jdf.schema()), spark).toArrow()


def _of_arrow(kernel, table):
    """Times without a zone stay what they are."""
    return _spark(kernel).createDataFrame(table, schema=_arrow_schema(table))


def _arrow_schema(table):
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(table.schema, prefer_timestamp_ntz=True)
