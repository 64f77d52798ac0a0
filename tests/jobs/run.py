#!/usr/bin/env python3
"""The job programs of `jobs/` under PySpark, against what the sandbox's own jobs make of the same items.

    python3 -m venv /tmp/jobs && /tmp/jobs/bin/pip install -r tests/jobs/requirements.txt && sudo apt-get install -y default-jre-headless
    /tmp/jobs/bin/python tests/jobs/run.py --program target/debug/gluedeck

The pipeline of tests/jobs/pipeline.json is deployed into a sandbox and runs for two nights. For each job run of the sandbox
the same program runs here, with the arguments of the job's definition, on the items of the sandbox's DynamoDB. Then every
row of every table and every check must be the same. The exit code is 1 if something differs.
"""

import argparse
import datetime
import importlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
REGION = "us-east-1"
FIRST = datetime.date(2026, 11, 25)
NIGHTS = [FIRST, FIRST + datetime.timedelta(days=1)]
LAYERS = ("bronze", "silver", "gold")
IGNORED = {"job_run_id", "checked_at"}


class Sandbox:
    """The sandbox with the pipeline deployed into it."""

    def __init__(self, program, folder):
        self.folder = folder
        command = [
            program, "sandbox", "--port", "0", "--pipeline", HERE / "pipeline.json", "--scenario", HERE / "scenario.toml",
            "--at", f"{FIRST}T02:00:00Z", "--dir", folder,
        ]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]
        os.environ.update({
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": "AKIAJOBS", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
            "PATH": os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"],
        })
        self.ask("clock", paused=True)
        out = folder / "templates"
        synth = [program, "pipeline", "synth", HERE / "pipeline.json", "--env", "dev", "--out", out]
        subprocess.run(list(map(str, synth)), check=True, capture_output=True)
        subprocess.run([str(out / "deploy.sh")], check=True, capture_output=True)

    def ask(self, route, **change):
        body = json.dumps(change).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_sandbox/{route}", data=body))

    def night(self, day):
        self.ask("clock", now=f"{day}T05:00:00Z")


def run(program, arguments):
    """Runs a program in this process; answers what it raised."""
    before, sys.argv = sys.argv, [program, *arguments]
    try:
        importlib.import_module(program).main()
        return None
    except Exception as error:
        if type(error).__name__ != "DataQualityError":
            raise
        return str(error)
    finally:
        sys.argv = before


def chain(jobs, record):
    """Program and definition of the jobs of a table, in order."""
    for layer in LAYERS:
        title = f"{record['jobName']} {layer.capitalize()}"
        yield layer, jobs[title]
        yield "data_quality", jobs[f"{title} DQ"]


def run_table(jobs, glue, record, day):
    """The chain of a table for a day, here; each step must end as the sandbox's did."""
    for program, job in chain(jobs, record):
        arguments = [word for pair in job["DefaultArguments"].items() for word in pair]
        error = run(program, [*arguments, "--day", str(day), "--JOB_NAME", job["Name"], "--JOB_RUN_ID", "jr_here"])
        runs = [r for r in glue.get_job_runs(JobName=job["Name"])["JobRuns"] if r["StartedOn"].date() == day]
        assert len(runs) == 1, f"{job['Name']} ran {len(runs)} times on {day}"
        theirs = runs[0].get("ErrorMessage")
        theirs = theirs.split("DataQualityError: ", 1)[-1] if theirs else None
        assert error == theirs, f"{job['Name']} on {day}: {error} here, {theirs} in the sandbox"
        if error:
            return


def table(folder):
    """The rows of a folder's Parquet files, and the types of its columns; None where there are none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    if not files:
        return None
    read = [pq.ParquetFile(file).read() for file in files]
    whole = pa.concat_tables(read, promote_options="default")
    return whole.to_pylist(), {field.name: str(field.type) for field in whole.schema}


# Spark and Arrow have other names for what is the same to Athena: a name of an array's element, a zone of a timestamp.
SAME = {"timestamp[ms, tz=UTC]": "timestamp[ms]", "list<element: string>": "list<item: string>"}


def compare(name, ours, theirs, key):
    """Every row and every column of a table; a column that is nowhere filled may be missing."""
    if ours is None or theirs is None:
        assert ours is theirs, f"{name}: {'here only' if theirs is None else 'in the sandbox only'}"
        return 0
    (rows, types), (their_rows, their_types) = ours, theirs
    columns = (set(types) | set(their_types)) - IGNORED
    for column in columns & set(types) & set(their_types):
        one, other = SAME.get(types[column], types[column]), SAME.get(their_types[column], their_types[column])
        assert one == other, f"{name}.{column}: {one} here, {other} in the sandbox"
    plain = lambda row: {column: utc(row.get(column)) for column in sorted(columns)}
    sorted_by = lambda row: [str(row.get(column)) for column in key]
    one, other = sorted(map(plain, rows), key=sorted_by), sorted(map(plain, their_rows), key=sorted_by)
    assert len(one) == len(other), f"{name}: {len(one)} rows here, {len(other)} in the sandbox"
    for mine, yours in zip(one, other):
        different = {column: (mine[column], yours[column]) for column in mine if mine[column] != yours[column]}
        assert not different, f"{name}, row {[mine.get(column) for column in key]}: {different}"
    return len(one)


def utc(value):
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return value


def folders(record, day):
    """Bucket and folder of each layer's day."""
    folder = record["bucketFolder"]
    yield "bronze", f"tumble-dev-analytics-bronze/{folder}/{day}"
    yield "silver", f"tumble-dev-analytics-silver/{folder}/as_of_date={day}"
    yield "gold", f"tumble-dev-analytics-gold/{folder}"


def compare_night(records, ours, theirs, day):
    rows = 0
    for record in records:
        for layer, folder in folders(record, day):
            name = f"{day} {layer}.{record['tableName']}"
            rows += compare(name, table(ours / folder), table(theirs / folder), ["id"])
    for name, key in [("column_checks", ["table_name", "layer", "check_name", "column_name"]),
                      ("job_runs", ["table_name", "layer"])]:
        folder = f"tumble-dev-data-quality/{name}/as_of_date={day}"
        found = compare(f"{day} {name}", table(ours / folder), table(theirs / folder), key)
        assert found, f"{name} of {day} is empty"
        print(f"    {name}: {found} rows the same", flush=True)
    print(f"ok  {day}: {rows} rows of {len(records)} tables the same", flush=True)


def register_tables():
    """The programs' tables in the Data Catalog, which they write to in Glue only: on moto, by several jobs at once."""
    from concurrent.futures import ThreadPoolExecutor

    import boto3
    import lake
    from moto import mock_aws

    spark = lake.session()
    one = spark.createDataFrame([("a", 1)], "id string, amount int")
    other = spark.createDataFrame([("a", "1", True)], "id string, amount string, paid boolean")
    endpoint, lake.IN_GLUE = os.environ.pop("AWS_ENDPOINT_URL"), True
    address = lambda day: f"s3://lake/orders/as_of_date={day}/"
    try:
        with mock_aws():
            glue = boto3.client("glue")
            glue.create_database(DatabaseInput={"Name": "silver"})
            days = [FIRST + datetime.timedelta(days=n) for n in range(8)]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda day: lake.register("silver", "orders", one, address(day), day), days))
            lake.register("silver", "orders", other, address(days[0]), days[0])
            table = glue.get_table(DatabaseName="silver", Name="orders")["Table"]
            columns = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
            assert columns == [("id", "string"), ("amount", "string"), ("paid", "boolean")], columns
            assert table["StorageDescriptor"]["Location"] == "s3://lake/orders/", table["StorageDescriptor"]["Location"]
            assert table["PartitionKeys"] == [{"Name": "as_of_date", "Type": "date"}], table["PartitionKeys"]
            partitions = glue.get_partitions(DatabaseName="silver", TableName="orders")["Partitions"]
            assert sorted(p["Values"][0] for p in partitions) == [str(day) for day in days]
            lake.register("silver", "newest", one, "s3://lake/newest/")
            assert glue.get_table(DatabaseName="silver", Name="newest")["Table"]["PartitionKeys"] == []
    finally:
        os.environ["AWS_ENDPOINT_URL"], lake.IN_GLUE = endpoint, False
    print("ok  tables in the catalog", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = pathlib.Path(parser.parse_args().program).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gluedeck-jobs-"))
    sandbox = Sandbox(program, folder / "sandbox")
    ours, theirs = folder / "ours", sandbox.folder / "s3"
    # Spark's workers read the programs from here, as Glue's do from the scripts bucket.
    os.environ.update({
        "LAKE_ROOT": f"file://{ours}/", "PYTHONPATH": str(ROOT / "jobs"), "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_SUBMIT_ARGS": "--conf spark.ui.enabled=false --conf spark.sql.shuffle.partitions=2 "
        "--conf spark.sql.warehouse.dir=/tmp --driver-memory 1g --master local[2] pyspark-shell",
    })
    sys.path.insert(0, str(ROOT / "jobs"))
    try:
        import boto3

        glue = boto3.client("glue")
        jobs = {job["Name"]: job for page in glue.get_paginator("get_jobs").paginate() for job in page["Jobs"]}
        text = "\n".join(line for line in (HERE / "pipeline.json").read_text().splitlines() if not line.strip().startswith("//"))
        records = json.loads(text)["records"]
        for day in NIGHTS:
            sandbox.night(day)
            for record in records:
                run_table(jobs, glue, record, day)
            compare_night(records, ours, theirs, day)
        register_tables()
    except AssertionError as error:
        print(f"differs: {error}")
        sys.exit(1)
    finally:
        sandbox.process.terminate()
        sandbox.process.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
