"""Values as cells of a table that is shown, and as previews. Code of users (`__repr__`, properties) is not run."""

import datetime
import decimal
import json
import math
import sys

#: Beyond it a double does not hold every integer.
SAFE = 2**53
TEXT_LENGTH = 2000


def cell(value, limit=TEXT_LENGTH):
    """What JSON can hold: exact numbers as numbers; other numbers, dates and times as text; nested values as JSON."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= SAFE else str(int(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else special(value)
    if isinstance(value, str):
        return str(value)[:limit]
    if is_nested(value):
        return json.dumps(nested(value), ensure_ascii=False)[:limit]
    text = scalar(value)
    return text[:limit] if isinstance(text, str) else cell(text, limit)


def special(number):
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def is_nested(value):
    if type(value).__module__ == "numpy":
        return hasattr(value, "ndim") and value.ndim > 0
    return isinstance(value, (list, tuple, dict, set, frozenset))


def scalar(value):
    """A value that is not nested, as text, or as the Python number that it stands for."""
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        if is_missing(value):
            return None
        zone = value.tzinfo is not None
        if zone:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat() + ("Z" if zone else "")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return None if is_missing(value) else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    module = type(value).__module__.partition(".")[0]
    if module == "numpy" and hasattr(value, "item"):
        plain = value.item()
        return plain if isinstance(plain, (bool, int, float, str)) else str(value)
    if module == "pandas":
        return None if is_missing(value) else str(value)
    if module == "pyspark":
        return str(value)
    return f"<{type(value).__name__}>"


def is_missing(value):
    """pandas' NaT and NA."""
    return type(value).__name__ in ("NaTType", "NAType")


def nested(value):
    """Lists, rows and maps as JSON has them."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else special(value)
    if is_nested(value):
        if isinstance(value, tuple) and hasattr(value, "__fields__"):  # a Row
            return {name: nested(part) for name, part in zip(value.__fields__, value, strict=False)}
        if isinstance(value, dict):
            return {str(cell(key)): nested(part) for key, part in value.items()}
        return [nested(part) for part in value]
    return scalar(value)


class Preview:
    """A value in a few words, without looking at more than that."""

    def __init__(self, limit=200, depth=4):
        self._left = limit
        self._limit = limit
        self._depth = depth

    def of(self, value):
        text = self._of(value, 0)
        return text if len(text) <= self._limit else text[: self._limit - 1] + "…"

    def _of(self, value, depth):
        kind = type(value)
        if kind is int and abs(value).bit_length() > 2000:
            return f"<an integer of {value.bit_length()} bits>"
        if value is None or kind in (bool, int, float, complex):
            return self._took(repr(value))
        if kind in (str, bytes, bytearray):
            return self._took(repr(value[: self._limit]))
        if kind in (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, decimal.Decimal):
            return self._took(str(value))
        if kind in (list, tuple, set, frozenset, dict) or is_row(value):
            return self._parts(value, kind, depth)
        if kind.__module__ == "numpy":
            return self._took(
                str(value) if not is_nested(value) or (value.size <= 20 and value.dtype != object) else ""
            )
        if isinstance(value, type):
            return f"class {value.__qualname__}"
        return self._took(f"<{kind.__name__}>")

    def _parts(self, value, kind, depth):
        opened, closed = {list: "[]", dict: "{}", set: "{}", frozenset: "{}"}.get(kind, "()")
        if depth >= self._depth:
            return f"{opened}…{closed}"
        names = getattr(value, "__fields__", None) if is_row(value) else None
        parts = []
        for i, part in enumerate(value.items() if kind is dict else value):
            if self._left <= 0:
                parts.append("…")
                break
            if kind is dict:
                parts.append(f"{self._of(part[0], depth + 1)}: {self._of(part[1], depth + 1)}")
            elif names:
                parts.append(f"{names[i]}={self._of(part, depth + 1)}")
            else:
                parts.append(self._of(part, depth + 1))
            self._left -= 2
        return opened + ", ".join(parts) + ("," if kind is tuple and len(value) == 1 else "") + closed

    def _took(self, text):
        self._left -= len(text)
        return text


def is_row(value):
    row = getattr(sys.modules.get("pyspark.sql.types"), "Row", None)
    return row is not None and type(value) is row
