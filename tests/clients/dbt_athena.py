#!/usr/bin/env python3
"""A dbt project on the sandbox: seeds, views, tables, incremental models, snapshots, tests and docs, by dbt-athena, unchanged.

    python3 -m venv /tmp/dbt && /tmp/dbt/bin/pip install -r tests/clients/requirements-dbt.txt
    /tmp/dbt/bin/python tests/clients/dbt_athena.py --program target/release/gluedeck

Two days of a shop: on the second its seeds are those of dbt/tomorrow, so that the incremental models and the snapshots
have something to do, and two tests something to find. dbt-athena wants an older PyAthena than requirements.txt has, so
that dbt has a venv of its own; DBT names its program if it is neither beside this Python nor on the path.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from endpoint import ENVIRONMENT, Sandbox
from run import Missing, need

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE / "dbt"
SCHEMA = "shop"
TOMORROW = {"until": "2026-11-04", "with_channel": True}
MODELS = {"stg_orders", "customers", "orders_by_day", "orders_by_place", "customer_export", "orders_bucketed",
          "daily_revenue", "order_log"}
SNAPSHOTS = {"customers_history", "orders_history"}
SEEDS = {"raw_customers", "raw_orders"}
# On the second day an order's customer has gone.
FOUND_TOMORROW = {"relationships_stg_orders_customer_id__id__ref_raw_customers_",
                  "relationships_orders_bucketed_customer_id__customer_id__ref_customers_"}


class Dbt:
    """dbt on a copy of the project, since it writes into it."""

    def __init__(self, sandbox, folder, project=PROJECT):
        beside = os.path.join(os.path.dirname(sys.executable), "dbt")
        self.program = os.environ.get("DBT") or (beside if os.path.exists(beside) else shutil.which("dbt"))
        if self.program is None:
            raise Missing("dbt is not installed")
        self.project = pathlib.Path(folder) / "project"
        self.state = pathlib.Path(folder)
        shutil.copytree(project, self.project)
        self.environment = {
            **os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": sandbox.url, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1", "HOME": folder, "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        self.calls = 0

    def dbt(self, *words, **environment):
        return subprocess.run([self.program, "--no-use-colors", *words], capture_output=True, text=True, cwd=self.state,
                              env={**self.environment, **environment}, timeout=600)

    def run(self, *words, variables=None, code=0):
        """The statuses by name of what a command has done; it must end with this code."""
        self.calls += 1
        target = self.state / f"target-{self.calls}"
        options = ["--project-dir", str(self.project), "--profiles-dir", str(self.project)]
        if variables:
            options += ["--vars", json.dumps(variables)]
        paths = {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(self.state / f"logs-{self.calls}")}
        done = self.dbt(*words, *options, **paths)
        if "Could not find adapter type" in done.stdout:
            raise Missing("dbt-athena is not installed")
        assert done.returncode == code, f"dbt {' '.join(words)}: {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-2000:]}"
        self.target, self.said = target, done.stdout
        results = target / "run_results.json"
        if not results.exists():
            return {}
        return {result["unique_id"].split(".")[2]: result["status"] for result in json.loads(results.read_text())["results"]}

    def all(self, status, names, *words, **options):
        statuses = self.run(*words, **options)
        assert statuses == dict.fromkeys(names, status), f"dbt {' '.join(words)}: {statuses}"

    def tomorrow(self):
        for path in (self.project / "tomorrow").iterdir():
            shutil.copy(path, self.project / "seeds" / path.name)


def asker(sandbox):
    """A function that asks without dbt, and holds the rows, as text, against those that they should be."""
    athena = need("boto3").client("athena", endpoint_url=sandbox.url, region_name="us-east-1")

    def ask(sql, expected):
        query = athena.start_query_execution(QueryString=sql, QueryExecutionContext={"Database": SCHEMA})["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.02)
        assert status["State"] == "SUCCEEDED", f"{sql}: {status}"
        rows = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]
        rows = [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in rows]
        assert rows == expected, f"{sql}: {rows} is not {expected}"

    return ask


def first_day(dbt, ask):
    dbt.all("success", SEEDS, "seed")
    ask("select count(*), count(amount), sum(amount), max(ordered_at) from raw_orders", [
        ("10", "9", "359.90", "2026-11-04 18:45:00.000")])
    ask("select name, note, vip, signed_up from raw_customers where id in (1, 5) order by id", [
        ("Meyer, Anna", 'likes "quick" shipping, calls on Mondays', "true", "2026-01-04"),
        ("Élodie Martin", "Tél. le matin, s.v.p.", None, "2026-05-20")])
    dbt.all("success", MODELS, "run")
    assert "PASS=8 WARN=0 ERROR=0" in dbt.said, dbt.said
    ask("select orders, spent, statuses, days_to_first_order from customers where customer_id = 1", [
        ("2", "59.70", "placed, placed", "301")])
    ask("select \"$path\" like '%/ordered_on=2026-11-02/%', count(*) from orders_by_day where ordered_on = date '2026-11-02' group by 1", [
        ("true", "3")])
    ask("select order_id, returnable_until from orders_by_place where country = 'DE' and status = 'placed' order by 1", [
        ("1001", "2026-11-15 08:12:00.000"), ("1004", "2026-11-16 00:00:00.000")])
    ask("select name, spent, note from customer_export where customer_id in (3, 4) order by customer_id", [
        ("O'Neill, Carla", "57.25", "no calls"), ("Dai Ito", "101.00", None)])
    ask("select count(*), sum(amount) from orders_bucketed", [("8", "262.70")])
    ask("select ordered_on, sum(revenue) from daily_revenue group by 1 order by 1", [
        ("2026-11-01", "109.05"), ("2026-11-02", "129.65"), ("2026-11-03", "24.00")])
    ask("select count(*) from order_log", [("8",)])
    dbt.all("success", SNAPSHOTS, "snapshot")
    ask("select count(*), count(dbt_valid_to) from customers_history", [("6", "0")])
    tests = dbt.run("test")
    assert len(tests) == 18 and set(tests.values()) == {"pass"}, tests
    return len(tests)


def second_day(dbt, ask):
    dbt.tomorrow()
    dbt.all("success", SEEDS, "seed", variables=TOMORROW)
    dbt.all("success", MODELS, "run", variables=TOMORROW)
    # The third is done again, the fourth is new, and the first two are as they were.
    ask("select ordered_on, sum(revenue) from daily_revenue group by 1 order by 1", [
        ("2026-11-01", "109.05"), ("2026-11-02", "129.65"), ("2026-11-03", "29.50"), ("2026-11-04", "97.20")])
    ask("select channel, count(*) from order_log group by 1 order by 1", [("web", "2"), (None, "8")])
    dbt.all("success", SNAPSHOTS, "snapshot", variables=TOMORROW)
    ask("select id, country, dbt_valid_to is null from customers_history where id in (2, 6, 7) order by id, dbt_valid_from", [
        ("2", "IT", "false"), ("2", "CH", "true"), ("6", "DE", "false"), ("7", "SE", "true")])
    ask("select order_id, amount, status, dbt_valid_to is null from orders_history where order_id in (1007, 1008) order by order_id, dbt_valid_from", [
        ("1007", "24.00", "placed", "false"), ("1007", "24.00", "shipped", "true"),
        ("1008", None, "shipped", "false"), ("1008", "5.50", "shipped", "true")])
    ask("select count(*), count(distinct order_id) from orders_history", [("12", "10")])
    tests = dbt.run("test", variables=TOMORROW, code=1)
    assert {name for name, status in tests.items() if status == "fail"} == FOUND_TOMORROW, tests
    assert sorted(set(tests.values())) == ["fail", "pass"], tests


def documented(dbt, sandbox):
    dbt.run("docs", "generate", variables=TOMORROW)
    catalog = json.loads((dbt.target / "catalog.json").read_text())
    assert not catalog["errors"], catalog["errors"]
    nodes = {name.split(".")[2]: node for name, node in catalog["nodes"].items()}
    assert set(nodes) == SEEDS | MODELS | SNAPSHOTS, nodes.keys()
    columns = {name: column["type"] for name, column in nodes["orders_by_place"]["columns"].items()}
    assert columns == {"order_id": "bigint", "amount": "decimal(10,2)", "ordered_in": "timestamp",
                       "returnable_until": "timestamp", "country": "string", "status": "string"}, columns
    customers = nodes["customers"]
    assert nodes["stg_orders"]["metadata"]["type"] == "view" and customers["metadata"]["type"] == "table"
    assert customers["metadata"]["comment"] == "One row a customer, with what they have ordered", customers["metadata"]
    assert customers["columns"]["spent"]["comment"] == "In euros; nothing without orders", customers["columns"]
    glue = need("boto3").client("glue", endpoint_url=sandbox.url, region_name="us-east-1")
    table = glue.get_table(DatabaseName=SCHEMA, Name="customers")["Table"]
    assert table["Parameters"]["owner"] == "sales" and table["Parameters"]["classification"] == "parquet", table
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=SCHEMA, TableName="orders_by_place",
                                                          Expression="(country='DE' and status='placed') or (country='IT' and status='shipped')")
    parts = {tuple(part["Values"]): part["StorageDescriptor"]["Location"] for page in pages for part in page["Partitions"]}
    assert set(parts) == {("DE", "placed"), ("IT", "shipped")}, parts
    assert parts["DE", "placed"].rstrip("/").endswith("/country=DE/status=placed"), parts
    left = [table["Name"] for table in glue.get_tables(DatabaseName=SCHEMA)["TableList"]]
    assert not [name for name in left if "__dbt_tmp" in name], left


def dbt_athena(sandbox):
    with tempfile.TemporaryDirectory() as folder:
        dbt, ask = Dbt(sandbox, folder), asker(sandbox)
        dbt.run("debug")
        tests = first_day(dbt, ask)
        second_day(dbt, ask)
        documented(dbt, sandbox)
        # All over again, as if nothing had been there.
        dbt.all("success", MODELS, "run", "--full-refresh", variables=TOMORROW)
        ask("select count(*), count(channel) from order_log", [("10", "10")])
        return f"{len(SEEDS)} seeds, {len(MODELS)} models thrice, {len(SNAPSHOTS)} snapshots twice, {tests} tests, docs"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the gluedeck binary")
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    os.environ.pop("AWS_PROFILE", None)
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(arguments.program, folder)
        try:
            print(dbt_athena(sandbox))
        except Missing as missing:
            print(f"skipped: {missing}")
        finally:
            sandbox.stop()


if __name__ == "__main__":
    main()
