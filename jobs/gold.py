"""The gold job: the newest as_of_date of silver, whole, in place of what gold held before. It makes its table itself."""

import datetime

import lake
from pyspark.sql import functions as F

KEY = "as_of_date="


def main():
    given = lake.arguments("source_bucket", "target_bucket", "database")
    spark = lake.session()
    source = lake.location(given.source_bucket, given.folder)
    days = [name[len(KEY):] for name in lake.folders(spark, source) if name.startswith(KEY)]
    days = [day for day in days if datetime.date.fromisoformat(day) <= given.day]
    frame = lake.read(spark, lake.location(given.source_bucket, given.folder, KEY + max(days))) if days else None
    if frame is None:
        raise SystemExit(f"no data in {source}: the silver job has written nothing yet")
    rows = frame.count()
    lake.log(f"read {rows} rows of {max(days)}")
    newest = frame.withColumn("as_of_date", F.lit(max(days)).cast("date"))
    address = lake.location(given.target_bucket, given.folder)
    lake.replace(newest, address)
    lake.register(given.database, given.table_name, newest, address)
    lake.log(f"wrote {rows} rows")


if __name__ == "__main__":
    main()
