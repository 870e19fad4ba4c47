"""Values of Arrow columns as JSON that rounds nothing; `src/session/rowValues.ts` reads them.

What JSON has is sent as it is. All else is an object with one letter:
  l  a whole number beyond 2^53, as text            d  a decimal of more than 15 digits, as text
  f  NaN, Infinity, -Infinity, -0                   b  bytes in base64
  t  an instant, in microseconds since 1970         n  a time without a zone, as if it were in UTC, likewise
  D  a date, in days since 1970                     c  a time of day, in microseconds
  a  an array                                       s  a struct or a map of strings: pairs of name and value
  m  another map: pairs of key and value            x  the beginning of a value, whose size is in `z`
"""

import base64
import math
import re

SAFE = 2**53 - 1
EXACT_DIGITS = 15

# A page shows 500 characters or 64 bytes of a cell; `z` of a text is in UTF-16 units.
SHOWN = {"text": 600, "parts": 600, "bytes": 64}


def encode(array, cut=False, inner=False):
    """The values of an Arrow array, in their order. With `cut`, only the beginning of long ones, as a page shows it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_dictionary(kind):
        return encode(array.dictionary_decode(), cut, inner)
    if pa.types.is_null(kind):
        return [None] * len(array)
    if pa.types.is_boolean(kind):
        return array.to_pylist()
    if pa.types.is_integer(kind):
        return [_integer(value) for value in array.to_pylist()] if kind.bit_width == 64 else array.to_pylist()
    if pa.types.is_floating(kind):
        return [_float(value) for value in array.to_pylist()]
    if pa.types.is_decimal(kind):
        return [_decimal(value, kind.precision) for value in array.to_pylist()]
    if pa.types.is_date(kind):
        return [_tagged("D", days) for days in array.cast(pa.date32()).cast(pa.int32()).to_pylist()]
    if pa.types.is_timestamp(kind):
        micros = array.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64()).to_pylist()
        return [_tagged("n" if kind.tz is None else "t", value) for value in micros]
    if pa.types.is_time(kind):
        micros = array.cast(pa.time64("us"), safe=False).cast(pa.int64()).to_pylist()
        return [_tagged("c", value) for value in micros]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return [_text(value, cut, inner) for value in _texts(array)]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [_bytes(value, cut, inner) for value in array.to_pylist()]
    if pa.types.is_map(kind):
        return _maps(_whole(array), cut, inner)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _lists(_whole(array), cut, inner)
    if pa.types.is_struct(kind):
        names = [field.name for field in kind]
        parts = [encode(part, cut, True) for part in array.flatten()]
        return [
            {"s": [[name, part[i]] for name, part in zip(names, parts, strict=True)]} if valid else None
            for i, valid in enumerate(pc.is_valid(array).to_pylist())
        ]
    return [None if value is None else str(value) for value in array.to_pylist()]


def rows_of(table, cut=False):
    """The rows of an Arrow table, each a list."""
    if table.num_columns == 0:
        return [[] for _ in range(table.num_rows)]
    columns = [encode(column.combine_chunks(), cut) for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def arrow_of(frame):
    """A pandas frame as an Arrow table that Spark takes too; a column of mixed values becomes text."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    index = frame.index
    levels = [] if isinstance(index, pd.RangeIndex) else range(index.nlevels)
    names = [f"index {i}" if index.names[i] is None else index.names[i] for i in levels]
    columns = [pd.Series(index.get_level_values(i)) for i in levels]
    columns += [frame.iloc[:, i] for i in range(frame.shape[1])]
    labels = unique([str(name) for name in [*names, *frame.columns]])
    return pa.Table.from_arrays([_series(column.reset_index(drop=True)) for column in columns], names=labels)


def unique(names):
    """Names that differ: of columns that are called the same, the later ones get a number."""
    result = []
    for name in names:
        own, number = name, 2
        while own in result or (own != name and own in names):
            own, number = f"{name} ({number})", number + 1
        result.append(own)
    return result


def _series(series):
    import pyarrow as pa

    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        missing = series.isna()
        return pa.array([None if gone is True else str(value) for value, gone in zip(series, missing, strict=True)])
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return _as_spark_has_it(array)


def _as_spark_has_it(array):
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    signed = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.float16(): pa.float32()}
    if kind in signed:
        return array.cast(signed[kind])
    if kind == pa.uint64():
        return array.cast(pa.decimal128(20, 0))
    if pa.types.is_timestamp(kind):
        if kind.unit == "ns" and pc.any(pc.not_equal(pc.nanosecond(array), 0)).as_py():
            # Nanoseconds, which Spark has not: as text nothing of them is lost.
            return pc.strftime(array, format="%Y-%m-%dT%H:%M:%S" + ("" if kind.tz is None else "%z"))
        return array.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False)
    if pa.types.is_date64(kind):
        return array.cast(pa.date32())
    if pa.types.is_duration(kind) or pa.types.is_decimal256(kind):
        return pa.array([None if value is None else str(value) for value in array.to_pylist()], pa.string())
    return array


def _whole(array):
    """Not a part of a longer one, whose offsets would be those of the longer one."""
    import pyarrow as pa

    return array if array.offset == 0 else array.take(pa.array(range(len(array))))


def _lists(array, cut, inner):
    values = encode(array.values, cut, True)
    offsets = array.offsets.to_pylist()
    valid = array.is_valid().to_pylist()
    return [
        _parts("a", values[start:end], cut, inner) if is_there else None
        for start, end, is_there in zip(offsets, offsets[1:], valid, strict=False)
    ]


def _maps(array, cut, inner):
    import pyarrow as pa

    is_named = pa.types.is_string(array.type.key_type) or pa.types.is_large_string(array.type.key_type)
    keys = _texts(array.keys) if is_named else encode(array.keys, cut, True)
    values = encode(array.items, cut, True)
    offsets = array.offsets.to_pylist()
    valid = array.is_valid().to_pylist()
    result = []
    for start, end, is_there in zip(offsets, offsets[1:], valid, strict=False):
        if not is_there:
            result.append(None)
            continue
        pairs = [[key, value] for key, value in zip(keys[start:end], values[start:end], strict=True)]
        if is_named:
            pairs = _as_an_object_has_them(pairs)
        result.append(_parts("s" if is_named else "m", pairs, cut, inner))
    return result


def _as_an_object_has_them(pairs):
    """JavaScript puts names that are whole numbers first, so what is cut off is what it has last."""
    numbers = sorted((pair for pair in pairs if _number_name(pair[0])), key=lambda pair: int(pair[0]))
    return numbers + [pair for pair in pairs if not _number_name(pair[0])] if numbers else pairs


def _number_name(name):
    return re.fullmatch(r"0|[1-9][0-9]{0,9}", name) is not None


def _parts(letter, parts, cut, inner):
    most = SHOWN["parts"]
    if not cut or len(parts) <= most:
        return {letter: parts}
    return {letter: parts[:most]} if inner else {"x": {letter: parts[:most]}, "z": len(parts)}


def _texts(array):
    """The texts of an array. Bytes that are no UTF-8, which Spark lets through, are shown as what they are not."""
    import pyarrow as pa

    try:
        return array.to_pylist()
    except UnicodeDecodeError:
        is_large = pa.types.is_large_string(array.type)
        raw = array.view(pa.large_binary() if is_large else pa.binary()).to_pylist()
        return [None if value is None else value.decode("utf-8", "replace") for value in raw]


def _text(value, cut, inner):
    most = SHOWN["text"]
    if not cut or value is None or len(value) <= most:
        return value
    if inner:
        return value[:most]
    return {"x": value[:most], "z": len(value) + sum(letter > "\uffff" for letter in value)}


def _bytes(value, cut, inner):
    if value is None:
        return None
    most = SHOWN["bytes"]
    is_cut = cut and len(value) > most
    sent = {"b": base64.b64encode(value[:most] if is_cut else value).decode("ascii")}
    return {"x": sent, "z": len(value)} if is_cut and not inner else sent


def _integer(value):
    return value if value is None or -SAFE <= value <= SAFE else {"l": str(value)}


def _float(value):
    if value is None:
        return None
    if math.isnan(value):
        return {"f": "NaN"}
    if math.isinf(value):
        return {"f": "Infinity" if value > 0 else "-Infinity"}
    return {"f": "-0"} if value == 0 and math.copysign(1, value) < 0 else value


def _decimal(value, precision):
    if value is None:
        return None
    return float(value) if precision <= EXACT_DIGITS else {"d": format(value, "f")}


def _tagged(letter, number):
    if number is None:
        return None
    return {letter: number if -SAFE <= number <= SAFE else str(number)}
