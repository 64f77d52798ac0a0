"""The bronze job: a whole DynamoDB table, as it is now, as Parquet under FOLDER/YYYY-MM-DD/.

Nothing is transformed. Numbers stay the text that DynamoDB sends; the column `as_of_date` is added, and `type` where the
items have none. A run on
the same day overwrites the day's folder.
"""

import json

import lake
from pyspark import StorageLevel
from pyspark.sql import types as T

# How much of the table is read at a time, for each core.
SEGMENTS_A_CORE = 2


def scan(table, segment, segments, region):
    """The items of a segment, as DynamoDB's Scan gives them: attributes with their type."""
    client = lake.client("dynamodb", region)
    pages = client.get_paginator("scan").paginate(TableName=table, Segment=segment, TotalSegments=segments)
    for page in pages:
        yield from page["Items"]


def plain(value):
    """A value without its type: text for a number, JSON's kinds for the rest."""
    (kind, content), = value.items()
    if kind == "NULL":
        return None
    if kind == "L":
        return [plain(entry) for entry in content]
    if kind == "M":
        return {name: plain(entry) for name, entry in content.items()}
    if kind == "B":
        return content.hex()
    if kind == "BS":
        return [entry.hex() for entry in content]
    return content


def text(value):
    """A value as text: JSON for what is nested."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def column_type(kinds, keys, configured):
    """The type of a column, by the configuration or else by the types that its values have."""
    configured = lake.plain_type(configured) if configured else ""
    if configured == "boolean" or (not configured and kinds == {"BOOL"}):
        return T.BooleanType()
    if configured == "array" or (not configured and kinds and kinds <= {"L", "SS", "NS", "BS"}):
        return T.ArrayType(T.StringType())
    if configured == "map" or (not configured and kinds == {"M"}):
        return T.StructType([T.StructField(key, T.StringType()) for key in sorted(keys)])
    return T.StringType()


def cell(value, kind):
    """A value as its column has it; NULL where it is of another type."""
    if value is None:
        return None
    value = plain(value)
    if isinstance(kind, T.BooleanType):
        return value if isinstance(value, bool) else None
    if isinstance(kind, T.ArrayType):
        return [text(entry) for entry in value] if isinstance(value, list) else None
    if isinstance(kind, T.StructType):
        return tuple(text(value.get(field.name)) for field in kind) if isinstance(value, dict) else None
    return text(value)


def described(item):
    """Attribute, type and keys of each value that there is."""
    for name, value in item.items():
        (kind, content), = value.items()
        if kind != "NULL":
            yield name, (kind, tuple(sorted(content)) if kind == "M" else ())


def main():
    given = lake.arguments("dynamo_table_name", "target_bucket", "data_types")
    spark = lake.session()
    context = spark.sparkContext
    segments = SEGMENTS_A_CORE * context.defaultParallelism
    table, region = given.dynamo_table_name, lake.region()
    items = context.parallelize(range(segments), segments).flatMap(lambda n: scan(table, n, segments, region))
    # The table changes while it is read: it is read once, and what memory does not hold goes to the disk.
    items = items.persist(StorageLevel.MEMORY_AND_DISK)

    kinds, keys, order = {}, {}, []
    for name, (kind, inside) in items.flatMap(described).distinct().collect():
        kinds.setdefault(name, set()).add(kind)
        keys.setdefault(name, set()).update(inside)
    configured = dict(pair.split(":", 1) for pair in lake.split(given.data_types))
    # The day is that of the run, whatever the item says; the type is added where the items have none.
    dropped = kinds.pop("as_of_date", None)
    if dropped:
        lake.log("as_of_date of the items is left out: it is the day of the run")
    configured.pop("as_of_date", None)
    order = list(configured) + sorted(name for name in kinds if name not in configured)
    columns = [
        T.StructField(name, column_type(kinds.get(name, set()), keys.get(name, set()), configured.get(name)))
        for name in order
    ]
    # A struct without fields cannot be written: nothing is known of what the attribute holds.
    columns = [field for field in columns if not (isinstance(field.dataType, T.StructType) and not field.dataType.fields)]
    day = str(given.day)
    added = {"as_of_date": day, "type": "bronze"}
    if any(field.name == "type" for field in columns):
        del added["type"]
    schema = T.StructType(columns + [T.StructField(name, T.StringType()) for name in added])
    rows = items.map(lambda item: (*(cell(item.get(f.name), f.dataType) for f in columns), *added.values()))
    frame = spark.createDataFrame(rows, schema)
    read = items.count()
    lake.log(f"read {read} rows")
    lake.replace(frame, lake.location(given.target_bucket, given.folder, day))
    lake.log(f"wrote {read} rows")


if __name__ == "__main__":
    main()
