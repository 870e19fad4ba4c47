"""The variables of the session. Looking at them runs no Spark job and none of a person's own code."""

import sys
import types

from medallion_kernel.asks import Refused, answers
from medallion_kernel.values import Preview

MOST = 500
COLUMNS = 200
TIMES = " \u00d7 "
OWN = {"spark", "sc", "In", "Out", "exit", "quit", "get_ipython", "open"}


@answers("variables")
def variables(kernel):
    shown = [name for name in list(kernel.user_ns) if is_shown(kernel, name)]
    names = sorted(shown, key=str.lower)[:MOST]
    return {"variables": [describe(name, kernel.user_ns[name]) for name in names], "more": len(shown) - len(names)}


@answers("drop")
def drop(kernel, name):
    """Takes a variable away; what a frame has in the executors' memory, too."""
    if name not in kernel.user_ns or not is_shown(kernel, name):
        raise Refused(f'There is no variable "{name}" in the session.')
    value = kernel.user_ns[name]
    others = sum(other is value for other in list(kernel.user_ns.values()))
    if is_frame(value) and value.is_cached and others == 1:
        value.unpersist()
    # IPython's own `del`: also from the results that it remembers.
    kernel.shell.del_var(name)
    return {}


def is_shown(kernel, name):
    if not isinstance(name, str) or name.startswith("_") or name in OWN:
        return False
    hidden = kernel.shell.user_ns_hidden
    return not (name in hidden and hidden[name] is kernel.user_ns.get(name))


def describe(name, value):
    facts = {"name": name, "type": type_name(value), "kind": "value", "shape": None, "preview": "", "bytes": None}
    facts["columns"] = None
    try:
        facts.update(facts_of(value))
    except Exception as error:
        # A frame whose session has ended, or a strange object: it is still a variable.
        facts["preview"] = f"<{type(error).__name__}>"
    return facts


def facts_of(value):
    if is_frame(value):
        columns = [{"name": field.name, "type": field.dataType.simpleString()} for field in value.schema.fields]
        return {
            "kind": "frame",
            "shape": counted(len(columns), "column"),
            "preview": names_and_types(columns),
            "columns": columns[:COLUMNS],
        }
    if is_pandas(value, "DataFrame"):
        columns = [
            {"name": str(name), "type": str(kind)} for name, kind in zip(value.columns, value.dtypes, strict=True)
        ]
        return {
            "kind": "pandas",
            "shape": f"{len(value)}{TIMES}{len(columns)}",
            "preview": names_and_types(columns),
            "bytes": int(value.memory_usage(index=True).sum()),
            "columns": columns[:COLUMNS],
        }
    if is_pandas(value, "Series"):
        return {
            "kind": "pandas",
            "shape": f"{len(value)}{TIMES}1",
            "preview": Preview().of(value.head(20).tolist()),
            "bytes": int(value.memory_usage()),
            "columns": [{"name": str(value.name if value.name is not None else 0), "type": str(value.dtype)}],
        }
    if isinstance(value, types.ModuleType):
        return {"kind": "module", "preview": value.__name__}
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return {"kind": "function", "preview": signature(value)}
    return {"kind": "value", "shape": shape(value), "preview": Preview().of(value), "bytes": size(value)}


def type_name(value):
    kind = type(value)
    module = kind.__module__
    if module in ("builtins", "__main__"):
        return kind.__qualname__
    # `pyspark.sql.classic.dataframe.DataFrame` is nobody's word for it.
    return f"{module.partition('.')[0]}.{kind.__qualname__}"


def counted(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def names_and_types(columns):
    text = ", ".join(f"{column['name']}: {column['type']}" for column in columns[:50])
    return text if len(text) <= 200 else text[:199] + "…"


def shape(value):
    kind = type(value)
    if kind in (list, tuple, set, frozenset, dict, str, bytes, bytearray):
        return str(len(value))
    dimensions = getattr(value, "shape", None) if kind.__module__.partition(".")[0] in ("numpy", "pyarrow") else None
    return TIMES.join(str(d) for d in dimensions) if isinstance(dimensions, tuple) and dimensions else None


def size(value):
    kind = type(value)
    if kind in (str, bytes, bytearray):
        return sys.getsizeof(value)
    if kind.__module__.partition(".")[0] in ("numpy", "pyarrow"):
        nbytes = getattr(value, "nbytes", None)
        return int(nbytes) if isinstance(nbytes, int) else None
    return None


def signature(function):
    """Names of the parameters; their defaults have code of their own to be shown."""
    code = getattr(function, "__code__", None)
    if code is None:
        return f"{function.__name__}(…)"
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    return f"{function.__name__}({', '.join(names)})"[:200]


def is_frame(value):
    module = sys.modules.get("pyspark.sql.dataframe")
    return module is not None and isinstance(value, module.DataFrame)


def is_pandas(value, name):
    pandas = sys.modules.get("pandas")
    kind = getattr(pandas, name, None)
    return kind is not None and isinstance(value, kind)
