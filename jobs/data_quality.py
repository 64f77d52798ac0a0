"""The data-quality job, one program for three layers: KPI fields must be filled, date fields must hold dates, and the
number of rows must not have moved too far against the day before.

Each verdict is a row of `column_checks`, each run a row of `job_runs`. A violated check fails the run, after both are
written.
"""

import datetime

import lake
from pyspark.sql import functions as F
from pyspark.sql import types as T

CHECKS = T.StructType([
    T.StructField("table_name", T.StringType()),
    T.StructField("layer", T.StringType()),
    T.StructField("column_name", T.StringType()),
    T.StructField("check_name", T.StringType()),
    T.StructField("total_rows", T.LongType()),
    T.StructField("failed_rows", T.LongType()),
    T.StructField("observed", T.DoubleType()),
    T.StructField("threshold", T.DoubleType()),
    T.StructField("passed", T.BooleanType()),
    T.StructField("job_run_id", T.StringType()),
    T.StructField("checked_at", T.TimestampType()),
])
RUNS = T.StructType([
    T.StructField("table_name", T.StringType()),
    T.StructField("layer", T.StringType()),
    T.StructField("job_name", T.StringType()),
    T.StructField("job_run_id", T.StringType()),
    T.StructField("verdict", T.StringType()),
    T.StructField("checks", T.LongType()),
    T.StructField("failed_checks", T.LongType()),
    T.StructField("total_rows", T.LongType()),
    T.StructField("checked_at", T.TimestampType()),
])


class DataQualityError(Exception):
    """A check is violated."""


def day_folder(bucket, layer, folder, day):
    """Where a layer keeps a day's rows; gold keeps the last day's only."""
    inside = {"bronze": [str(day)], "silver": [f"as_of_date={day}"], "gold": []}[layer]
    return lake.location(bucket, folder, *inside)


def empty(name, kind):
    """Whether a value is missing, or text that is blank."""
    column = F.col(f"`{name}`")
    return column.isNull() | (F.trim(column) == "") if kind == "string" else column.isNull()


def no_date(name):
    """Whether text is filled and neither a date nor a moment."""
    text = F.trim(F.col(f"`{name}`"))
    is_date = (text.rlike(lake.DATE) | text.rlike(lake.MOMENT)) & F.upper(text).cast("timestamp").isNotNull()
    return text.isNotNull() & (text != "") & ~is_date


def checks(frame, given, before):
    """The verdicts, and the number of rows: column, check, failed rows, what was observed, what is allowed."""
    types = dict(frame.dtypes)
    is_partition = lambda name: given.layer == "silver" and name == "as_of_date"
    kpi, dates = lake.split(given.kpi_fields), lake.split(given.date_time_fields)
    count = lambda condition, name: F.sum(condition.cast("long")).alias(name)
    wanted = [count(empty(name, types[name]), f"filled {name}") for name in dict.fromkeys(kpi) if name in types]
    wanted += [count(no_date(name), f"parses {name}") for name in dict.fromkeys(dates) if types.get(name) == "string"]
    found = frame.agg(F.count(F.lit(1)).alias("*"), *wanted).first().asDict()
    rows = found["*"]
    allowed = float(int(rows * float(given.max_empty_share or 0)))
    verdicts = []
    for name in kpi:
        missing = 0 if is_partition(name) else (found[f"filled {name}"] or 0) if name in types else rows
        verdicts.append((name, "filled", missing, float(missing), allowed, missing <= allowed))
    for name in dates:
        wrong = 0 if is_partition(name) else found.get(f"parses {name}") or 0
        verdicts.append((name, "parses", wrong, float(wrong), 0.0, wrong == 0))
    if before is not None:
        most = float(given.max_row_count_change or 0)
        moved = abs(rows - before) / max(float(before), 1.0)
        verdicts.append(("*", "row_count", 0 if moved <= most else abs(rows - before), moved, most, moved <= most))
    return rows, verdicts


def sentence(verdict, rows):
    """What a violated check is told as."""
    name, check, failed, observed, allowed, _ = verdict
    if check == "filled":
        return f"{name} is empty in {failed} of {rows} rows (KPI, allowed {allowed:g})"
    if check == "parses":
        return f"{name} is no date in {failed} of {rows} rows"
    return f"row count moved by {observed * 100:.0f} %, allowed {allowed * 100:.0f} %"


def write(spark, given, name, rows, schema):
    """Adds rows to a table of the results."""
    address = lake.location(given.results_bucket, name, f"as_of_date={given.day}")
    frame = spark.createDataFrame(rows, schema)
    # The run's id keeps files of two runs apart; an underscore keeps Athena away from what is being written.
    own = f"{given.table_name}-{given.layer}-{given.JOB_RUN_ID or 'local'}"
    lake.add_file(frame, address, lake.location(given.results_bucket, "_writing", f"{name}-{own}"), own)
    lake.register("data_quality", name, frame, address, given.day)


def main():
    given = lake.arguments(
        "source_bucket", "history_bucket", "results_bucket", "kpi_fields", "date_time_fields", "max_empty_share",
        "max_row_count_change",
    )
    spark = lake.session()
    address = day_folder(given.source_bucket, given.layer, given.folder, given.day)
    frame = lake.read(spark, address)
    if frame is None:
        raise SystemExit(f"no data in {address}: {given.layer} has nothing of {given.table_name} of {given.day}")
    yesterday = given.day - datetime.timedelta(days=1)
    history = "silver" if given.layer == "gold" else given.layer
    earlier = lake.read(spark, day_folder(given.history_bucket, history, given.folder, yesterday))
    rows, verdicts = checks(frame, given, None if earlier is None else earlier.count())
    lake.log(f"checking {rows} rows of {given.layer}.{given.table_name}")
    for name, check, failed, _, allowed, passed in verdicts:
        lake.log(f"check {check} {name}: {'ok' if passed else 'VIOLATED'} ({failed} of {rows} rows, allowed {allowed:g})")
    now = datetime.datetime.now(datetime.timezone.utc)
    violated = [verdict for verdict in verdicts if not verdict[-1]]
    write(spark, given, "column_checks", [
        (given.table_name, given.layer, name, check, rows, failed, observed, allowed, passed, given.JOB_RUN_ID, now)
        for name, check, failed, observed, allowed, passed in verdicts
    ], CHECKS)
    write(spark, given, "job_runs", [(
        given.table_name, given.layer, given.JOB_NAME, given.JOB_RUN_ID, "FAILED" if violated else "PASSED",
        len(verdicts), len(violated), rows, now,
    )], RUNS)
    if violated:
        raise DataQualityError("; ".join(sentence(verdict, rows) for verdict in violated))


if __name__ == "__main__":
    main()
