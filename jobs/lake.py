"""What the four job programs share: their arguments, the folders of the lake, the types of columns, the catalog.

The programs need nothing of Glue itself. Outside of it, LAKE_ROOT is where the buckets lie, `file:///tmp/lake/` say, and
nothing is written to the catalog; items are read from the endpoint of AWS_ENDPOINT_URL_DYNAMODB.
"""

import argparse
import datetime
import os
import random
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

ROOT = os.environ.get("LAKE_ROOT", "s3://")
IN_GLUE = "LAKE_ROOT" not in os.environ

# A number as text has it, without a sign for infinity or for what is no number.
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
WHOLE = r"^[+-]?\d+$"
DATE = r"^\d{4}-\d{2}-\d{2}$"
# RFC 3339, as DynamoDB's clients write moments.
MOMENT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$"


def arguments(*names):
    """The values of the named arguments, the day of the run, and the names that Glue gives to job and run.

    Glue passes on everything of the job's definition, so what has another name is left alone. What is not given is empty.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    of_glue = ("JOB_NAME", "JOB_RUN_ID", "WORKFLOW_NAME", "WORKFLOW_RUN_ID")
    for name in (*names, "layer", "folder", "table_name", "day", *of_glue):
        parser.add_argument(f"--{name}", default="")
    given, _ = parser.parse_known_args()
    given.day = datetime.date.fromisoformat(given.day) if given.day else day_of_run(given)
    return given


def day_of_run(given):
    """The day, UTC, on which the workflow's run began: a run that goes on past midnight is of one day. Of a job by itself, today."""
    if IN_GLUE and given.WORKFLOW_RUN_ID:
        run = client("glue").get_workflow_run(Name=given.WORKFLOW_NAME, RunId=given.WORKFLOW_RUN_ID)["Run"]
        return run["StartedOn"].astimezone(datetime.timezone.utc).date()
    return datetime.datetime.now(datetime.timezone.utc).date()


def region():
    """The Region of the driver; executors are told, since they may not know it."""
    import boto3

    return boto3.session.Session().region_name or os.environ.get("AWS_REGION")


def client(service, of_region=None):
    """A client that waits and tries again when it is told that it is too fast."""
    import boto3
    from botocore.config import Config

    settings = Config(retries={"mode": "adaptive", "max_attempts": 10})
    return boto3.client(service, region_name=of_region or region(), config=settings)


def split(text, separator=","):
    """The parts of a list in text."""
    return [part.strip() for part in text.split(separator) if part.strip()]


def session():
    """Spark, with the settings on which the results depend."""
    spark = SparkSession.builder.getOrCreate()
    for name, value in {
        # Two attributes may differ in case only.
        "spark.sql.caseSensitive": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS",
        # What does not convert becomes NULL and is counted; it does not end the job.
        "spark.sql.ansi.enabled": "false",
        "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    }.items():
        spark.conf.set(name, value)
    return spark


def location(bucket, *folders):
    """The address of a folder of a bucket, with a slash at its end."""
    return "/".join([f"{ROOT}{bucket}", *folders]) + "/"


def _files(spark, address):
    path = spark.sparkContext._jvm.org.apache.hadoop.fs.Path(address)
    return path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()), path


def folders(spark, address):
    """The names of the folders in a folder; none where there is no such folder."""
    system, path = _files(spark, address)
    if not system.exists(path):
        return []
    return sorted(status.getPath().getName() for status in system.listStatus(path) if status.isDirectory())


def read(spark, address):
    """The rows of a folder's files; None where there are no files. New columns of some files are columns of all."""
    system, path = _files(spark, address)
    if not system.exists(path):
        return None
    names = [status.getPath().getName() for status in system.listStatus(path)]
    if not any(name.endswith(".parquet") for name in names):
        return None
    # Without the path as a base, Spark would make a column of `as_of_date=…`.
    return spark.read.option("mergeSchema", "true").option("recursiveFileLookup", "true").parquet(address)


def replace(frame, address):
    """Writes rows in place of whatever the folder held."""
    frame.coalesce(max(1, min(frame.rdd.getNumPartitions(), 8))).write.mode("overwrite").parquet(address)


def add_file(frame, folder, scratch, name):
    """Adds rows to a folder as one file of a name of its own, whatever others add at the same time.

    Spark's own way to append has all writers of a folder share its temporary files, so the file is written elsewhere first.
    """
    frame.coalesce(1).write.mode("overwrite").parquet(scratch)
    spark = frame.sparkSession
    system, source = _files(spark, scratch)
    _, target = _files(spark, folder)
    system.mkdirs(target)
    written = [s.getPath() for s in system.listStatus(source) if s.getPath().getName().endswith(".parquet")]
    for path in written:
        system.rename(path, _files(spark, f"{folder}{name}.snappy.parquet")[1])
    system.delete(source, True)


def plain_type(name):
    """Spark's name of a type of the configuration."""
    base = name.split("(")[0].split("<")[0].strip().lower()
    same = {
        "char": "string", "varchar": "string", "bool": "boolean", "byte": "tinyint", "short": "smallint",
        "integer": "int", "long": "bigint", "number": "double", "list": "array", "struct": "map",
    }
    base = same.get(base, base)
    return name.lower().replace(" ", "") if base == "decimal" else base


def converted(column, source, target):
    """A column as another type: values that cannot be it become NULL.

    `source` is the type that the column has in Spark, `target` one of the configuration.
    """
    target = plain_type(target)
    if source == "boolean":
        return column if target == "boolean" else column.cast(target)
    if source.startswith(("array", "struct", "map")):
        return F.to_json(column) if target == "string" else column
    if source != "string":
        return column.cast(target)
    text = F.trim(column)
    if target == "string":
        return column
    if target == "boolean":
        return F.when(text == "true", True).when(text == "false", False)
    if target in ("tinyint", "smallint", "int", "bigint"):
        return F.when(text.rlike(WHOLE), text.cast(target))
    if target == "date":
        return F.when(text.rlike(DATE) | text.rlike(MOMENT), F.to_date(F.substring(text, 1, 10), "yyyy-MM-dd"))
    if target == "timestamp":
        return F.when(text.rlike(DATE) | text.rlike(MOMENT), F.upper(text).cast("timestamp"))
    return F.when(text.rlike(NUMBER), text.cast(target))


def null(kind):
    """A column of nothing, of a type of the configuration."""
    kind = plain_type(kind)
    return F.lit(None).cast("array<string>" if kind == "array" else kind)


def register(database, table, frame, address, partition=None):
    """Brings the table in the Glue Data Catalog up to date: new columns are added, types changed, none is dropped.

    Several jobs may do so at once: what another one has made is taken, and what collides is tried again.

    `partition` is the day of a table with the partition key `as_of_date`, whose folder is `address`.
    """
    if not IN_GLUE:
        return
    glue = client("glue")
    found = [
        {"Name": field.name.lower(), "Type": field.dataType.simpleString()}
        for field in frame.schema.fields
        if not (partition and field.name == "as_of_date")
    ]
    root = address if partition is None else address[: address.rindex("as_of_date=")]
    keys = [] if partition is None else [{"Name": "as_of_date", "Type": "date"}]
    for attempt in range(6):
        try:
            _bring(glue, database, table, found, (root, keys))
            break
        except (glue.exceptions.AlreadyExistsException, glue.exceptions.ConcurrentModificationException):
            if attempt == 5:
                raise
            time.sleep(random.uniform(0.5, 1.5) * 2**attempt)
    if partition is not None:
        value = {"Values": [str(partition)], "StorageDescriptor": _storage(found, address)}
        try:
            glue.create_partition(DatabaseName=database, TableName=table, PartitionInput=value)
        except glue.exceptions.AlreadyExistsException:
            glue.update_partition(
                DatabaseName=database, TableName=table, PartitionValueList=value["Values"], PartitionInput=value
            )


def _bring(glue, database, table, found, place):
    """Makes the table, or gives it what is new; a table that is as it should be is left alone."""
    try:
        known = glue.get_table(DatabaseName=database, Name=table)["Table"]["StorageDescriptor"]["Columns"]
    except glue.exceptions.EntityNotFoundException:
        glue.create_table(DatabaseName=database, TableInput=_table(table, found, *place))
        return
    types = {column["Name"]: column["Type"] for column in found}
    columns = [{**column, "Type": types.pop(column["Name"], column["Type"])} for column in known]
    columns += [{"Name": name, "Type": kind} for name, kind in types.items()]
    if columns != known:
        glue.update_table(DatabaseName=database, TableInput=_table(table, columns, *place))


def _table(name, columns, root, keys):
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
        "PartitionKeys": keys,
        "StorageDescriptor": _storage(columns, root),
    }


def _storage(columns, address):
    return {
        "Columns": columns,
        "Location": address,
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    }


def log(text):
    """One line of the job's output."""
    print(text, flush=True, file=sys.stdout)
