"""Filters, search and order of the table page as Spark expressions: they mean what `webview/table/tableView.ts` means.

A column comes as its expression and its Spark type; what a person wrote only ever becomes a literal. Known differences
from the page: nested values are compared as Spark's JSON, doubles have the digits that Java gives them, and texts are
compared whole, of which the page has the first 500 characters.
"""

import decimal
import math
import re

from pyspark.sql import functions as F
from pyspark.sql import types as T

EXACT_DIGITS = 15
SAFE = 2**53 - 1
_EXACT = decimal.Context(prec=1000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
_INTEGERS = {T.ByteType: 8, T.ShortType: 16, T.IntegerType: 32, T.LongType: 64}
_NESTED = (T.ArrayType, T.MapType, T.StructType)


class Page:
    """How the page that asks writes its cells: an IANA zone, and what stands in numbers of its language."""

    def __init__(self, spark, zone="UTC", group=",", point="."):
        self.zone = zone if _is_zone(spark, zone) else "UTC"
        self.group = group
        self.point = point


def condition(column, kind, wanted, value, page):
    """Whether the column's cell passes one filter of the page."""
    if wanted == "null":
        return column.isNull()
    if wanted == "notNull":
        return column.isNotNull()
    if wanted == "contains":
        return has_text(column, kind, value, page)
    if is_number(kind):
        number = number_in(value)
        return F.lit(False) if number is None else _compared(column, kind, wanted, number)
    if isinstance(kind, T.TimestampType):
        return _ordered(_whole_time(column, page), wanted, whole_time(value.strip()))
    return _ordered(shown(column, kind, page), wanted, value)


def has_text(column, kind, text, page):
    """Whether the cell has the text, as it is shown or as plain digits, in small or large letters."""
    small = F.lit(text.lower())
    found = F.contains(F.lower(shown(column, kind, page)), small)
    return found | F.contains(plain_number(column, kind), small) if is_number(kind) else found


def order_of(column, kind, descending):
    """Nulls come last either way."""
    if isinstance(kind, _NESTED) or not _is_sortable(kind):
        column = _nested_text(column, kind) if isinstance(kind, _NESTED) else column.cast("string")
    return column.desc_nulls_last() if descending else column.asc_nulls_last()


def is_number(kind):
    return isinstance(kind, (*_INTEGERS, T.FloatType, T.DoubleType, T.DecimalType))


def shown(column, kind, page):
    """The cell as the page shows it."""
    if isinstance(kind, tuple(_INTEGERS)):
        return _in_language(F.format_number(column, 0), page)
    if isinstance(kind, T.DecimalType):
        return _shown_decimal(column, kind, page)
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        return _shown_double(column.cast("double"), page)
    if isinstance(kind, T.TimestampType):
        return _shown_time(column, page)
    if isinstance(kind, T.TimestampNTZType):
        return _six_digits(F.translate(column.cast("string"), " ", "T"))
    if isinstance(kind, T.BinaryType):
        size = F.octet_length(column)
        start = F.concat(F.lit("0x"), F.lower(F.hex(F.substring(column, 1, 64))))
        rest = F.concat(F.lit("… ("), _in_language(F.format_number(size, 0), page), F.lit(" bytes)"))
        return F.when(size > 64, F.concat(start, rest)).otherwise(start)
    if isinstance(kind, _NESTED):
        return _nested_text(column, kind)
    if type(kind).__name__ == "TimeType":
        return _six_digits(column.cast("string"))
    return column.cast("string")


def plain_number(column, kind):
    """Its digits as JavaScript writes them."""
    if isinstance(kind, T.DecimalType):
        if kind.precision <= EXACT_DIGITS:
            return _digits(column.cast("double"))
        return F.translate(F.format_number(column, kind.scale), ",", "")
    return column.cast("string") if isinstance(kind, tuple(_INTEGERS)) else _digits(column.cast("double"))


def number_in(text):
    """The number that a person wrote, as a Decimal or a float that is none of the finite ones; else None."""
    text = text.strip()
    plain = text.replace(",", "") if re.fullmatch(r"-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text) else text
    if re.fullmatch(r"-?(infinity|nan)", plain, re.IGNORECASE):
        return float(plain)
    if not re.fullmatch(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?", plain, re.IGNORECASE):
        return None
    if "e" not in plain.lower() and len(plain) <= 400:
        return decimal.Decimal(plain)
    number = float(plain)
    return decimal.Decimal(repr(number)) if math.isfinite(number) else number


def whole_time(text):
    """A time that is written in part, such as a date, filled up to its microseconds."""
    time = re.sub(r"Z$", "", text.replace("T", " ", 1))
    none = "0000-01-01 00:00:00.000000"
    if len(time) >= len(none) or not re.match(r"[0-9]", time):
        return time
    return time + "." + none[20:] if len(time) == 19 else time + none[len(time) :]


def _ordered(column, wanted, value):
    return {"equals": column == F.lit(value), "less": column < F.lit(value), "greater": column > F.lit(value)}[wanted]


def _compared(column, kind, wanted, number):
    if isinstance(number, float):
        # NaN is the largest number.
        if isinstance(kind, (T.FloatType, T.DoubleType)):
            return _ordered(column.cast("double"), wanted, number)
        return _always(column, wanted == ("greater" if number < 0 else "less"))
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        return _compared_double(column.cast("double"), wanted, number)
    scale = kind.scale if isinstance(kind, T.DecimalType) else 0
    if isinstance(kind, T.DecimalType):
        most = 10**kind.precision - 1
        least = -most
    else:
        bits = _INTEGERS[type(kind)]
        least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    # In steps of the column's last digit: below the number, and whether it is one of them.
    steps = _EXACT.scaleb(number, scale)
    below = int(steps.to_integral_value(decimal.ROUND_FLOOR))
    is_step = below == steps
    if below > most:
        return _always(column, wanted == "less")
    if below < least:
        return _always(column, wanted == "greater")
    if isinstance(kind, T.DecimalType):
        step = F.lit(_EXACT.scaleb(decimal.Decimal(below), -scale)).cast(kind)
    else:
        step = F.lit(below).cast(kind)
    if wanted == "equals":
        return column == step if is_step else _always(column, False)
    if wanted == "greater":
        return column > step
    return column < step if is_step else column <= step


def _compared_double(column, wanted, number):
    """Against the digits that a double is written with, which are not all that it has."""
    near = float(number)
    if not math.isfinite(near):
        return _ordered(column, wanted, near)
    written = decimal.Decimal(repr(near))
    point = F.lit(near)
    if written == number:
        return _ordered(column, wanted, near)
    if wanted == "equals":
        return F.lit(False)
    if number > written:
        return column <= point if wanted == "less" else column > point
    return column < point if wanted == "less" else column >= point


def _always(column, passes):
    return column.isNotNull() if passes else F.lit(False)


def _shown_decimal(column, kind, page):
    grouped = _in_language(F.format_number(column, kind.scale), page)
    if kind.scale > 20:
        # More digits are not asked of a page's number format than these, but zeros at their end.
        grouped = F.regexp_replace(grouped, f"0{{1,{kind.scale - 20}}}$", "")
    if kind.precision > EXACT_DIGITS:
        return grouped
    size = F.abs(column)
    is_tiny = (size > 0) & (size.cast("double") < 1e-6)
    return F.when(is_tiny, _digits(column.cast("double"))).otherwise(grouped)


def _shown_double(column, page):
    size = F.abs(column)
    fixed = _no_last_zeros(F.format_number(F.round(column.try_cast("decimal(38,22)"), 20), 20))
    whole = F.format_number(column.try_cast("bigint"), 0)
    return (
        F.when((size >= 1e-6) & (size < 1e15), _in_language(fixed, page))
        .when((size >= 1e15) & (size <= float(SAFE)) & (column == F.floor(column)), _in_language(whole, page))
        .otherwise(_digits(column))
    )


def _digits(column):
    """A double as JavaScript writes it: `0.1`, `1e-7`, `123456789012345680000`, `1e+21`."""
    size = F.abs(column)
    text = column.cast("string")
    power = F.regexp_replace(F.regexp_replace(text, r"\.0E", "E"), r"E(\d)", "E+$1")
    return (
        F.when(F.isnan(column), F.lit("NaN"))
        .when(size == math.inf, text)
        .when(column == 0, F.when(F.startswith(text, F.lit("-")), F.lit("-0")).otherwise(F.lit("0")))
        .when((size >= 1e-6) & (size < 1e15), _no_last_zeros(column.try_cast("decimal(38,22)").cast("string")))
        .when((size >= 1e15) & (size < 1e21), column.try_cast("decimal(38,0)").cast("string"))
        .otherwise(F.translate(power, "E", "e"))
    )


def _no_last_zeros(text):
    return F.regexp_replace(text, r"\.?0+$", "")


def _in_language(number, page):
    if page.group == "," and page.point == ".":
        return number
    return F.translate(number, ",.", page.group + page.point)


def _local_time(column, page):
    """The instant in the page's zone, as a text with the date and the time in seconds."""
    micros = F.unix_micros(column).cast("decimal(20,0)")
    seconds = (micros / F.lit(1_000_000).cast("decimal(10,0)")).try_cast("decimal(18,6)")
    none = F.lit(0)
    utc = F.lit("1970-01-01 00:00:00").cast("timestamp_ntz") + F.make_dt_interval(none, none, none, seconds)
    local = utc if page.zone == "UTC" else F.convert_timezone(F.lit("UTC"), F.lit(page.zone), utc)
    return F.regexp_replace(local.cast("string"), r"\.\d+$", "")


def _micros(column):
    return F.pmod(F.unix_micros(column), F.lit(1_000_000))


def _shown_time(column, page):
    micros = _micros(column)
    millis = F.lpad((micros / 1000).cast("int").cast("string"), 3, "0")
    fraction = (
        F.when(micros == 0, F.lit(""))
        .when(micros % 1000 == 0, F.concat(F.lit("."), millis))
        .otherwise(F.concat(F.lit("."), F.lpad(micros.cast("string"), 6, "0")))
    )
    return F.concat(_local_time(column, page), fraction)


def _whole_time(column, page):
    return F.concat(_local_time(column, page), F.lit("."), F.lpad(_micros(column).cast("string"), 6, "0"))


def _six_digits(text):
    """A fraction of a second is written with six digits, or not at all."""
    point = F.instr(text, ".")
    return F.when(point > 0, F.rpad(text, point + 6, "0")).otherwise(text)


def _nested_text(column, kind):
    if isinstance(kind, T.MapType) and not isinstance(kind.keyType, T.StringType):
        column = F.map_entries(column)
    options = {"ignoreNullFields": "false", "timeZone": "UTC", "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSX"}
    return F.to_json(column, options)


def _is_sortable(kind):
    simple = (T.StringType, T.BooleanType, T.BinaryType, T.DateType, T.TimestampType, T.TimestampNTZType)
    return is_number(kind) or isinstance(kind, simple)


def _is_zone(spark, zone):
    try:
        spark._jvm.java.time.ZoneId.of(zone)
    except Exception:
        return False
    return True
