"""Frames as tables: their first rows, never the rest."""

import html

from medallion_kernel.values import cell

TABLE_MIME = "application/vnd.medallion.table+json"
ROWS = 200
TEXT_ROWS = 20
#: Of all cells together: a notebook with many frames must stay small.
CHARACTERS = 2_000_000


def register(kernel):
    """By name, so that neither pyspark nor pandas is imported for it."""
    bundles = kernel.shell.display_formatter.mimebundle_formatter
    bundles.for_type_by_name("pyspark.sql.dataframe", "DataFrame", lambda frame: spark_bundle(kernel, frame))
    for module in ("pandas.core.frame", "pandas"):
        bundles.for_type_by_name(module, "DataFrame", lambda frame: pandas_bundle(kernel, frame))
    hook = kernel.shell.displayhook
    compute = hook.compute_format_data

    def compute_format_data(result):
        kernel.result = result
        try:
            return compute(result)
        finally:
            kernel.result = None

    hook.compute_format_data = compute_format_data


def spark_bundle(kernel, frame):
    fields = frame.schema.fields
    columns = [{"name": field.name, "type": field.dataType.simpleString()} for field in fields]
    if not columns:
        # What a command like CREATE TABLE gives.
        return {"text/plain": "Done.", "text/html": "<p>Done.</p>"}
    if frame.isStreaming:
        return bundle(name_of(kernel, frame), columns, [], True, None)
    rows = spark_rows(frame, ROWS + 1)
    more = len(rows) > ROWS
    return bundle(name_of(kernel, frame), columns, rows[:ROWS], more, None if more else len(rows))


def spark_rows(frame, limit):
    """The first rows as lists of cells. Spark's own collect of a limit reads no more partitions than it needs."""
    from pyspark.sql import types as T

    head = frame.limit(limit)
    kinds = [field.dataType for field in frame.schema.fields]
    odd = [type(kind).__name__ in ("YearMonthIntervalType", "CalendarIntervalType") for kind in kinds]
    instants = [isinstance(kind, T.TimestampType) for kind in kinds]

    def cells(texts):
        rows = (as_texts(head, texts) if any(texts) else head).collect()
        return [
            [cell(aware(value) if instant else value) for value, instant in zip(row, instants, strict=True)]
            for row in rows
        ]

    try:
        return cells(odd)
    except (ValueError, OverflowError):
        # Times that Python does not have, in the machine's zone or in UTC.
        times = (T.DateType, T.TimestampType, T.TimestampNTZType)
        return cells([o or isinstance(k, times) for o, k in zip(odd, kinds, strict=True)])


def as_texts(frame, which):
    """Some columns as Spark writes them; by position, for a join may have columns of the same name."""
    names = [f"c{i}" for i in range(len(which))]
    return frame.toDF(*names).selectExpr(
        *(f"CAST({n} AS STRING) {n}" if text else n for n, text in zip(names, which, strict=True))
    )


def aware(value):
    """Instants come in the machine's zone, without saying so."""
    return value.astimezone() if hasattr(value, "astimezone") else value


def pandas_bundle(kernel, frame):
    name, count = name_of(kernel, frame), len(frame)
    head = frame.head(ROWS)
    index = head.index
    if type(index).__name__ != "RangeIndex" or index.name is not None:
        head = head.reset_index(names=index_names(index, head.columns))
    columns = [{"name": str(n), "type": str(kind)} for n, kind in zip(head.columns, head.dtypes, strict=True)]
    values = [[cell(value) for value in head.iloc[:, i].tolist()] for i in range(len(columns))]
    rows = [list(row) for row in zip(*values, strict=True)] if columns else []
    return bundle(name, columns, rows, count > len(rows), count)


def index_names(index, columns):
    """Names for the index as columns, which no column has."""
    names = []
    for number, name in enumerate(index.names):
        name = ("index" if index.nlevels == 1 else f"level_{number}") if name is None else name
        while name in columns or name in names:
            name = f"{name}_"
        names.append(name)
    return names


def bundle(name, columns, rows, more, count):
    """The MIME types of a table; with fewer rows where their texts are too long together."""
    size, fit = 0, len(rows)
    for i, row in enumerate(rows):
        size += sum(len(value) if isinstance(value, str) else 8 for value in row)
        if size > CHARACTERS and i > 0:
            fit, more = i, True
            break
    rows = rows[:fit]
    table = {"name": name, "columns": columns, "rows": rows, "more": more, "rowCount": count}
    return {TABLE_MIME: table, "text/plain": as_text(columns, rows, more), "text/html": as_html(columns, rows, more)}


def shown(value):
    return "NULL" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def as_text(columns, rows, more):
    def short(text):
        text = " ".join(text.split())
        return text if len(text) <= 40 else text[:39] + "…"

    heads = [short(column["name"]) for column in columns]
    body = [[short(shown(value)) for value in row] for row in rows[:TEXT_ROWS]]
    widths = [max([len(head), *(len(row[i]) for row in body)]) for i, head in enumerate(heads)]
    right = [
        any(isinstance(row[i], (int, float)) and not isinstance(row[i], bool) for row in rows)
        for i in range(len(heads))
    ]

    def line(texts):
        return "  ".join(t.rjust(w) if r else t.ljust(w) for t, w, r in zip(texts, widths, right, strict=True)).rstrip()

    lines = [line(heads), "  ".join("-" * width for width in widths), *(line(row) for row in body)]
    if more or len(rows) > TEXT_ROWS:
        lines.append(f"Only the first {len(body)} rows are shown.")
    return "\n".join(lines)


def as_html(columns, rows, more):
    def tags(tag, texts):
        return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)

    head = tags("th", [column["name"] for column in columns])
    body = "".join(f"<tr>{tags('td', [shown(value) for value in row])}</tr>" for row in rows[:TEXT_ROWS])
    rest = f"<p>Only the first {min(len(rows), TEXT_ROWS)} rows are shown.</p>" if more or len(rows) > TEXT_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def name_of(kernel, frame):
    """The variable that holds it: one that a person has named, ours, or the `_3` that IPython gives the result of cell 3."""
    names = [name for name, value in list(kernel.user_ns.items()) if value is frame and isinstance(name, str)]
    named = [name for name in names if not name.startswith("_")]
    if named:
        return named[0]
    if "_sql" in names:
        return "_sql"
    return f"_{kernel.shell.displayhook.prompt_count}" if frame is kernel.result else None
