#!/usr/bin/env python3
"""Ten million rows, counted, grouped and joined: the sandbox's Athena beside DuckDB, on the same files in one run.

    /tmp/clients/bin/python benches/lake.py --program target/release/gluedeck [--rows 10000000]

Prints a table of query, seconds of both and their ratio, and whether the answers are the same.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

import boto3
import duckdb

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "clients"))
from run import ENVIRONMENT, Sandbox  # noqa: E402

BUCKET = "tumble-dev-athena"
FILES = 8
QUERIES = [
    ("count", "select count(*) from events where amount > 100"),
    ("sum", "select sum(amount), min(name), max(day) from events"),
    ("group by", "select kind, count(*), sum(amount) from events group by kind order by kind"),
    ("group by many", "select count(*) from (select user_id, sum(amount) as total from events group by user_id) t where total > 5000"),
    ("join", "select u.country, count(*), sum(e.amount) from events e join users u on e.user_id = u.id group by u.country order by 1"),
    ("distinct", "select count(distinct user_id) from events"),
    ("like", "select count(*) from events where name like '%77%'"),
]


def write(folder, rows):
    """The same files for both."""
    for name in ("events", "users"):
        os.makedirs(os.path.join(folder, name))
    share = rows // FILES
    for part in range(FILES):
        duckdb.sql(f"""copy (
            select i as id, (i * 7919) % 200000 as user_id, 'kind ' || (i % 40) as kind, 'name ' || (i % 100000) as name,
                   ((i * 31) % 1000)::double / 4 as amount, date '2026-01-01' + (i % 300)::int as day
            from range({part * share}, {(part + 1) * share}) t(i)
        ) to '{folder}/events/{part}.parquet' (format parquet, compression snappy)""")
    duckdb.sql(f"""copy (select i as id, 'country ' || (i % 50) as country from range(200000) t(i))
        to '{folder}/users/0.parquet' (format parquet, compression snappy)""")


def asker(sandbox):
    athena = boto3.client("athena", endpoint_url=sandbox.url)

    def ask(sql):
        started = athena.start_query_execution(QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/out/"})
        query = started["QueryExecutionId"]
        while True:
            execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                break
            time.sleep(0.005)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]
    return ask


def best(run, times=3):
    taken = []
    for _ in range(times):
        since = time.perf_counter()
        answer = run()
        taken.append(time.perf_counter() - since)
    return min(taken), answer


def same(one, other):
    """Numbers are compared as numbers."""
    def plain(cell):
        try:
            return round(float(cell), 3)
        except (TypeError, ValueError):
            return None if cell is None else str(cell)
    return [[plain(cell) for cell in row] for row in one] == [[plain(cell) for cell in row] for row in other]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the gluedeck binary")
    parser.add_argument("--rows", type=int, default=10_000_000)
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(arguments.program, folder)
        try:
            ask = asker(sandbox)
            ask("create database if not exists bench")
            place = sandbox.bucket(BUCKET) + "/bench"
            write(place, arguments.rows)
            columns = "id bigint, user_id bigint, kind string, name string, amount double, day date"
            ask(f"create external table bench.events ({columns}) stored as parquet location 's3://{BUCKET}/bench/events/'")
            ask(f"create external table bench.users (id bigint, country string) stored as parquet location 's3://{BUCKET}/bench/users/'")
            duckdb.sql("set threads to 2")
            for name in ("events", "users"):
                duckdb.sql(f"create view {name} as select * from '{place}/{name}/*.parquet'")
            print(f"{arguments.rows} rows in {FILES} files\n{'query':<16}{'sandbox s':>10}{'DuckDB s':>10}{'ratio':>7}  answers")
            for name, sql in QUERIES:
                ours, answer = best(lambda: ask(sql.replace("from events", "from bench.events").replace("join users", "join bench.users")))
                theirs, wanted = best(lambda: duckdb.sql(sql).fetchall())
                print(f"{name:<16}{ours:>10.3f}{theirs:>10.3f}{ours / theirs:>7.1f}  {'the same' if same(answer, wanted) else 'DIFFER'}", flush=True)
        finally:
            sandbox.process.terminate()
            sandbox.process.wait()


if __name__ == "__main__":
    main()
