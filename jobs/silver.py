"""The silver job: a day of bronze, with the columns of the mapping only, renamed and typed, in as_of_date=YYYY-MM-DD/.

Values that cannot be what the mapping says become NULL; how many is told in the log. It makes its table itself.
"""

import lake
from pyspark.sql import functions as F


def mappings(text):
    """Source, target and the target's type of each part of `source:type:target:type-…`."""
    parts = [part.split(":") for part in lake.split(text, "-")]
    return [(source, target, kind) for source, _, target, kind in parts]


def main():
    given = lake.arguments("source_bucket", "target_bucket", "database", "apply_mapping", "columns_to_remove")
    spark = lake.session()
    day = str(given.day)
    source = lake.location(given.source_bucket, given.folder, day)
    frame = lake.read(spark, source)
    if frame is None:
        raise SystemExit(f"no data in {source}: the bronze job has not written this day")
    frame = frame.drop(*lake.split(given.columns_to_remove))
    types = dict(frame.dtypes)
    selected, lost = [], []
    for name, target, kind in mappings(given.apply_mapping):
        if name not in types:
            selected.append(lake.null(kind).alias(target))
            continue
        # A name may have a dot in it.
        column = F.col(f"`{name}`")
        made = lake.converted(column, types[name], kind)
        selected.append(made.alias(target))
        lost.append(F.sum((column.isNotNull() & made.isNull()).cast("long")).alias(target))
    counted = frame.agg(F.count(F.lit(1)).alias("*"), *lost).first().asDict()
    lake.log(f"read {counted['*']} rows")
    for target, values in counted.items():
        if target != "*" and values:
            lake.log(f"{target}: {values} values did not convert")
    mapped = frame.select(*selected)
    address = lake.location(given.target_bucket, given.folder, f"as_of_date={day}")
    lake.replace(mapped, address)
    lake.register(given.database, given.table_name, mapped, address, given.day)
    lake.log(f"wrote {counted['*']} rows")


if __name__ == "__main__":
    main()
