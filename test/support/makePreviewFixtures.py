"""Writes the files of test/fixtures/preview/spark and avro with real Spark and Avro, and what Spark itself reads of them and
of test/fixtures/preview/parquet-testing, which is there before.

Run once, by hand, with a Python that has pyspark:
    python test/support/makePreviewFixtures.py test/fixtures/preview
"""

import datetime
import decimal
import glob
import json
import os
import shutil
import sys

os.environ["TZ"] = "UTC"

from pyspark.sql import SparkSession
from pyspark.sql import types as T

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
root = os.path.abspath(sys.argv[1])

spark = (
    SparkSession.builder.master("local[1]")
    .appName("preview fixtures")
    .config("spark.hadoop.fs.defaultFS", "file:///")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.ui.enabled", "false")
    .config("spark.eventLog.enabled", "false")
    .config("spark.sql.ansi.enabled", "false")
    .config("spark.sql.warehouse.dir", "/tmp/preview-fixtures-warehouse")
    # As the vectorized reader refuses some encodings that Spark can read without it.
    .config("spark.sql.parquet.enableVectorizedReader", "false")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("OFF")


# Of longer files only the first rows are kept.
MOST_ROWS = 300


def plain(value, kind):
    """A value as src/lake/values.ts has it; what JSON has not is an object with a key that begins with `$`."""
    if value is None:
        return None
    if isinstance(kind, T.StructType):
        return {f.name: plain(value[i], f.dataType) for i, f in enumerate(kind.fields)}
    if isinstance(kind, T.ArrayType):
        return [plain(v, kind.elementType) for v in value]
    if isinstance(kind, T.MapType):
        if isinstance(kind.keyType, T.StringType):
            return {k: plain(v, kind.valueType) for k, v in value.items()}
        # The order of entries is lost on the way from the JVM.
        return [{"key": plain(k, kind.keyType), "value": plain(value[k], kind.valueType)} for k in sorted(value)]
    if isinstance(kind, T.LongType):
        return value if abs(value) < 2**53 else {"$bigint": str(value)}
    if isinstance(kind, T.DecimalType):
        return float(value) if kind.precision <= 15 else f"{value:.{kind.scale}f}"
    if isinstance(kind, T.TimestampType):
        if isinstance(value, int):
            return {"$micros": str(value)}
        return {"$micros": str((value.replace(tzinfo=UTC) - EPOCH) // datetime.timedelta(microseconds=1))}
    if isinstance(kind, (T.TimestampNTZType, T.DateType)) or type(kind).__name__ == "TimeType":
        return value.isoformat()
    if isinstance(kind, T.DayTimeIntervalType):
        return value // datetime.timedelta(microseconds=1)
    if isinstance(kind, T.BinaryType):
        return {"$hex": bytes(value).hex()}
    if isinstance(kind, (T.FloatType, T.DoubleType)):
        return value if value == value and abs(value) != float("inf") else {"$number": str(value)}
    if isinstance(value, (str, int, bool)):
        return value
    return {"$other": type(kind).__name__}


def reading(frame):
    """What Spark reads, or why it does not."""
    try:
        frame = frame()
        # Python knows no year above 9999.
        rows = frame.selectExpr(
            *[
                f"unix_micros(`{f.name}`) `{f.name}`" if isinstance(f.dataType, T.TimestampType) else f"`{f.name}`"
                for f in frame.schema.fields
            ]
        ).collect()
        return {
            "columns": [{"name": f.name, "type": f.dataType.simpleString()} for f in frame.schema.fields],
            "count": len(rows),
            "rows": [plain(r, frame.schema) for r in rows[:MOST_ROWS]],
        }
    except Exception as error:
        text = str(error)
        return {"error": type(error).__name__, "message": text.split("\n")[0][:300].replace(root, "")}


def save(path, known):
    with open(f"{path}.json", "w", encoding="utf-8") as out:
        json.dump(known, out, ensure_ascii=False, separators=(",", ":"))
        out.write("\n")


TYPES = [
    "cast(id as int) id",
    "cast(n % 128 as tinyint) byte",
    "cast(n * 97 as smallint) short",
    "cast(if(id = 5, 9223372036854775807, if(id = 6, -9223372036854775808, n * 4611686018427)) as bigint) long",
    "cast(case id when 1 then 'NaN' when 2 then 'Infinity' when 3 then '-0.0' else n / 3 end as float) float",
    "cast(case id when 1 then 'NaN' when 2 then '-Infinity' when 3 then '1e300' else n / 7 end as double) double",
    "n % 3 = 0 boolean",
    "if(n % 5 = 0, '', concat('wörd ', n % 11)) string",
    "concat('long text of row ', n, ' ', repeat('x', cast(n % 40 as int))) text",
    "if(n % 6 = 0, binary(''), encode(concat('b', n), 'utf-8')) binary",
    "date_add(date'2024-02-29', cast(n * 37 as int)) date",
    "timestamp_micros(n * 86400123457 - 1000000000000001) timestamp",
    "cast(timestamp_micros(n * 3600123457 - 7) as timestamp_ntz) ntz",
    "make_dt_interval(0, cast(n as int), 0, 1.000001) span",
    "cast(n / 100 as decimal(5,2)) dec5",
    "cast(n * 1000003 as decimal(9,0)) dec9",
    "cast(n / 1000 as decimal(10,3)) dec10",
    "cast(n * -12345.6789 as decimal(15,4)) dec15",
    "cast(n as decimal(18,3)) * 100000000000 dec18",
    "cast(cast(n as decimal(20,2)) * 1000000000000.01 as decimal(20,2)) dec20",
    "cast(cast(n as decimal(38,10)) * 1234567890123456 as decimal(38,10)) dec38",
    "cast(n / 100000 as decimal(38,37)) dec3837",
    "if(n % 4 = 0, array(), array(n, null, n + 1)) list",
    "array(array(concat('a', n)), null, array()) lists",
    "map('k', n, concat('k', n % 3), null) map",
    "if(n % 4 = 1, map(), map(cast(n as int), array(cast(n as decimal(20,2)), null))) mapByInt",
    "named_struct('a', n, 'b', named_struct('c', cast(n as string), 'd', if(n % 2 = 0, null, date'2000-01-01'))) struct",
    "array(named_struct('x', n, 'y', array(n)), null, named_struct('x', null, 'y', null)) structs",
    "map('m', named_struct('p', n, 'q', map('r', n))) mapOfStructs",
    "cast(null as string) nothing",
]
CODECS = ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "lz4", "brotli"]


def every_type():
    """300 rows; each column is null in some of them, at other places than the others."""
    columns = [TYPES[0]]
    for i, text in enumerate(TYPES[1:]):
        expression, name = text.rsplit(" ", 1)
        columns.append(f"if(id % 13 = {i % 13} and id > 6, null, {expression}) {name}")
    return spark.range(0, 300, 1, 1).selectExpr("id", "if(id % 2 = 0, id, -id) n").selectExpr(*columns).coalesce(1)


def write_one(frame, kind, path, **options):
    """Spark writes directories; here their one file is wanted. False if Spark has not what it takes."""
    temporary = f"{path}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    writer = frame.write
    for key, value in options.items():
        writer = writer.option(key.replace("__", "."), value)
    try:
        writer.format(kind).save(temporary)
    except Exception as error:
        print("not written:", os.path.basename(path), str(error).split("\n")[0][:120])
        shutil.rmtree(temporary, ignore_errors=True)
        return False
    (part,) = [p for p in glob.glob(f"{temporary}/part-*") if not p.endswith(".crc")]
    shutil.move(part, path)
    shutil.rmtree(temporary)
    return True


def make_parquet():
    out = os.path.join(root, "spark")
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    frame = every_type().cache()
    expected = reading(lambda: frame)
    save(os.path.join(out, "types"), expected)
    variants = {}
    for codec in CODECS:
        variants[f"types_{codec}_v1"] = {"compression": codec}
    for codec in ["uncompressed", "snappy", "zstd"]:
        variants[f"types_{codec}_v2"] = {"compression": codec, "parquet__writer__version": "v2"}
    variants["types_plain_v1"] = {"compression": "snappy", "parquet__enable__dictionary": "false"}
    variants["types_plain_v2"] = {
        "compression": "gzip",
        "parquet__enable__dictionary": "false",
        "parquet__writer__version": "v2",
    }
    small = {
        "parquet__block__size": "30000",
        "parquet__page__size": "512",
        "parquet__block__size__row__check__min": "50",
        "parquet__page__size__row__check__min": "20",
    }
    variants["types_pages_v1"] = {"compression": "snappy", **small}
    variants["types_pages_v2"] = {"compression": "zstd", "parquet__writer__version": "v2", **small}
    for name, options in variants.items():
        path = os.path.join(out, f"{name}.parquet")
        if write_one(frame, "parquet", path, **options):
            assert reading(lambda path=path: spark.read.parquet(path)) == expected, name

    for name, kind in [("int96", "INT96"), ("millis", "TIMESTAMP_MILLIS")]:
        spark.conf.set("spark.sql.parquet.outputTimestampType", kind)
        path = os.path.join(out, f"{name}.parquet")
        write_one(frame.select("id", "timestamp", "ntz"), "parquet", path)
        save(os.path.join(out, name), reading(lambda path=path: spark.read.parquet(path)))
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")

    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "true")
    path = os.path.join(out, "legacy.parquet")
    write_one(frame, "parquet", path)
    save(os.path.join(out, "legacy"), reading(lambda: spark.read.parquet(path)))
    spark.conf.set("spark.sql.parquet.writeLegacyFormat", "false")

    # Types that Spark has and others have not.
    odd = {
        "chars": "select 1 id, cast('a' as varchar(3)) v, cast('b' as char(4)) c",
        "collated": "select 1 id, 'ä' collate UNICODE_CI u",
        "time": "select 1 id, time'12:34:56.123456' t",
        "variant": "select 1 id, parse_json('{\"a\":1}') v",
    }
    for name, sql in odd.items():
        path = os.path.join(out, f"{name}.parquet")
        if write_one(spark.sql(sql), "parquet", path):
            save(os.path.join(out, name), reading(lambda path=path: spark.read.parquet(path)))


OLD_LISTS = """message m {
  required int32 id;
  optional group records (LIST) { repeated group array { optional int32 x; optional binary y (STRING); } }
  optional group single (LIST) { repeated group array { optional int32 x; } }
  optional group tuple (LIST) { repeated group tuple_tuple { optional int32 x; } }
  optional group plain (LIST) { repeated int32 element; }
  optional group nested (LIST) { repeated group array (LIST) { repeated int32 array; } }
  optional group three (LIST) { repeated group list { optional int32 element; } }
  optional group deep (LIST) { repeated group list { optional group element (LIST) { repeated int32 array; } } }
  required group must (LIST) { repeated group list { required int32 element; } }
  repeated int32 bare;
  repeated group bares { optional int32 x; }
  optional group kv (MAP) { repeated group map { required binary key (STRING); optional int32 value; } }
  optional int32 unsigned (INTEGER(32,false));
  optional int64 unsigned64 (INTEGER(64,false));
}"""


def make_old_lists():
    """Ways of writing lists that Spark reads and does not write."""
    jvm = spark._jvm
    parquet = jvm.org.apache.parquet
    schema = parquet.schema.MessageTypeParser.parseMessageType(OLD_LISTS)
    path = os.path.join(root, "spark", "old_lists.parquet")
    conf = spark.sparkContext._jsc.hadoopConfiguration()
    writer = (
        parquet.hadoop.example.ExampleParquetWriter.builder(jvm.org.apache.hadoop.fs.Path(path))
        .withType(schema)
        .withConf(conf)
        .build()
    )
    groups = parquet.example.data.simple.SimpleGroupFactory(schema)
    for i in range(12):
        row = groups.newGroup()
        row.add("id", i)
        kind = i % 4
        must = row.addGroup("must")
        if kind == 0:
            row.add("unsigned", -1 - i)
            row.add("unsigned64", -5_000_000_000 - i)
        if kind == 1:
            for name in ["records", "single", "tuple", "plain", "nested", "three", "deep", "kv"]:
                row.addGroup(name)
        if kind >= 2:
            for n in range(kind):
                must.addGroup("list").add("element", n)
                row.add("bare", n)
                row.addGroup("bares").add("x", n)
            records = row.addGroup("records")
            for n in range(kind):
                record = records.addGroup("array")
                if n > 0:
                    record.add("x", n)
                record.add("y", f"y{n}")
            for name, inner in [("single", "array"), ("tuple", "tuple_tuple")]:
                outer = row.addGroup(name)
                outer.addGroup(inner).add("x", i)
                outer.addGroup(inner)
            plain = row.addGroup("plain")
            plain.add("element", i)
            plain.add("element", -i)
            nested = row.addGroup("nested")
            nested.addGroup("array").add("array", i)
            nested.addGroup("array")
            three = row.addGroup("three")
            three.addGroup("list").add("element", i)
            three.addGroup("list")
            deep = row.addGroup("deep")
            deep.addGroup("list").addGroup("element").add("array", i)
            deep.addGroup("list").addGroup("element")
            deep.addGroup("list")
            kv = row.addGroup("kv")
            entry = kv.addGroup("map")
            entry.add("key", "k")
            entry.add("value", i)
        writer.write(row)
    writer.close()
    os.remove(os.path.join(root, "spark", ".old_lists.parquet.crc"))
    save(os.path.join(root, "spark", "old_lists"), reading(lambda: spark.read.parquet(path)))


def make_text():
    out = os.path.join(root, "spark")
    frame = every_type()
    flat = [f.name for f in frame.schema.fields if not isinstance(f.dataType, (T.ArrayType, T.MapType, T.StructType))]
    flat = [name for name in flat if name not in ("binary", "span")]
    texts = spark.createDataFrame(
        [
            (1, 'say "hi"'),
            (2, "a,b;c"),
            (3, "two\nlines"),
            (4, "back\\slash"),
            (5, ""),
            (6, None),
            (7, 'end\\"'),
            (8, " x "),
        ],
        "id int, words string",
    ).coalesce(1)
    for name, source, options in [
        ("flat.csv", frame.select(*flat), {"header": "true"}),
        ("flat.csv.gz", frame.select(*flat), {"header": "true", "compression": "gzip"}),
        ("flat.tsv", frame.select(*flat), {"header": "true", "sep": "\t"}),
        ("words.csv", texts, {"header": "true"}),
        ("words_rfc.csv", texts, {"header": "true", "escape": '"', "quoteAll": "true"}),
    ]:
        path = os.path.join(out, name)
        write_one(source, "csv", path, **options)
        known = reading(lambda path=path, options=options: spark.read.options(**options, multiLine="true").csv(path))
        if not name.startswith("flat") or name == "flat.csv":
            save(path, known)
        else:
            with open(os.path.join(out, "flat.csv.json"), encoding="utf-8") as first:
                assert known == json.load(first), name
    few = frame.limit(40)
    for name, options in [("lines.json", {}), ("lines.jsonl.gz", {"compression": "gzip"})]:
        write_one(few, "json", os.path.join(out, name), **options)
    known = reading(lambda: spark.read.json(os.path.join(out, "lines.json")))
    assert known == reading(lambda: spark.read.json(os.path.join(out, "lines.jsonl.gz")))
    save(os.path.join(out, "lines.json"), known)


AVRO_SCHEMA = {
    "type": "record",
    "name": "Row",
    "namespace": "a.b",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "int", "type": "int"},
        {"name": "float", "type": "float"},
        {"name": "double", "type": "double"},
        {"name": "boolean", "type": "boolean"},
        {"name": "string", "type": ["null", "string"], "default": None},
        {"name": "bytes", "type": "bytes"},
        {"name": "fixed", "type": {"type": "fixed", "name": "Four", "size": 4}},
        {"name": "enum", "type": {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN"]}},
        {"name": "list", "type": {"type": "array", "items": ["null", "long"]}},
        {"name": "map", "type": {"type": "map", "values": "int"}},
        {"name": "inner", "type": {"type": "record", "name": "Inner", "fields": [{"name": "c", "type": "Colour"}]}},
        {"name": "again", "type": ["Inner", "null"]},
        {"name": "date", "type": {"type": "int", "logicalType": "date"}},
        {"name": "millis", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "micros", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "local", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
        {"name": "decimal", "type": {"type": "bytes", "logicalType": "decimal", "precision": 20, "scale": 2}},
        {"name": "wide", "type": ["int", "long"]},
        {"name": "mixed", "type": ["null", "string", "double"]},
    ],
}


def avro_row(i):
    """A row as Avro's JSON encoding has it, and as it is to be read."""
    big = 2**60 + i
    unscaled = -123456789012345678 - i
    data = unscaled.to_bytes(9, "big", signed=True)
    micros = i * 1234567891 - 5
    encoded = {
        "id": big,
        "int": -i,
        "float": i / 4,
        "double": i / 8,
        "boolean": i % 2 == 0,
        "string": None if i % 3 == 0 else {"string": f"wörd {i}"},
        "bytes": "\x00\xff",
        "fixed": "\x01\x02\x03" + chr(i % 256),
        "enum": "GREEN" if i % 2 else "RED",
        "list": [None, {"long": big}] if i % 4 else [],
        "map": {"a": i},
        "inner": {"c": "RED"},
        "again": {"a.b.Inner": {"c": "GREEN"}} if i % 2 else None,
        "date": i - 10,
        "millis": i * 1000 + 7,
        "micros": micros,
        "local": 1_000_001 * i,
        "decimal": data.decode("latin-1"),
        "wide": {"long": big} if i % 2 else {"int": i},
        "mixed": [None, {"string": "s"}, {"double": 0.5}][i % 3],
    }
    day = datetime.date(1970, 1, 1) + datetime.timedelta(days=i - 10)
    local = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=1_000_001 * i)
    read = {
        **{name: encoded[name] for name in ["int", "float", "double", "boolean", "enum", "map", "inner"]},
        "id": {"$bigint": str(big)},
        "string": None if i % 3 == 0 else f"wörd {i}",
        "bytes": {"$hex": "00ff"},
        "fixed": {"$hex": f"010203{i % 256:02x}"},
        "list": [None, {"$bigint": str(big)}] if i % 4 else [],
        "again": {"c": "GREEN"} if i % 2 else None,
        "date": day.isoformat(),
        "millis": {"$micros": str((i * 1000 + 7) * 1000)},
        "micros": {"$micros": str(micros)},
        "local": local.isoformat(),
        "decimal": f"{decimal.Decimal(unscaled) / 100:.2f}",
        "wide": {"$bigint": str(big)} if i % 2 else i,
        "mixed": [None, {"member0": "s", "member1": None}, {"member0": None, "member1": 0.5}][i % 3],
    }
    return encoded, {f["name"]: read[f["name"]] for f in AVRO_SCHEMA["fields"]}


def make_avro():
    """Spark's Avro source is no part of Spark; Avro's own library is."""
    out = os.path.join(root, "avro")
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    jvm = spark._jvm
    avro = jvm.org.apache.avro
    parser = avro.Schema.Parser()
    schema = parser.parse(json.dumps(AVRO_SCHEMA))
    rows = [avro_row(i) for i in range(200)]
    save(os.path.join(out, "rows"), {"rows": [read for _, read in rows]})
    for codec in ["null", "deflate", "snappy", "zstandard", "bzip2"]:
        writer = avro.file.DataFileWriter(avro.generic.GenericDatumWriter(schema))
        writer.setCodec(avro.file.CodecFactory.fromString(codec))
        writer.setSyncInterval(2000)
        writer.setMeta("note", "from a test")
        writer.create(schema, jvm.java.io.File(os.path.join(out, f"{codec}.avro")))
        reader = avro.generic.GenericDatumReader(schema)
        for encoded, _ in rows:
            decoder = avro.io.DecoderFactory.get().jsonDecoder(schema, json.dumps(encoded))
            writer.append(reader.read(None, decoder))
        writer.close()


def read_testing():
    for path in glob.glob(os.path.join(root, "parquet-testing", "**", "*.parquet*"), recursive=True):
        if not path.endswith(".json"):
            save(path, reading(lambda path=path: spark.read.parquet(path)))


make_parquet()
make_old_lists()
make_text()
make_avro()
read_testing()
spark.stop()
