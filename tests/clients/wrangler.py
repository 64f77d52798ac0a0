#!/usr/bin/env python3
"""awswrangler on the sandbox: data sets, catalog, text and JSON, queries, CTAS, UNLOAD, cache, workgroups, objects.

    /tmp/clients/bin/python tests/clients/wrangler.py --program target/release/gluedeck
"""

import csv
import datetime
import warnings
from decimal import Decimal

import awswrangler as wr
import boto3
import numpy as np
import pandas as pd
from botocore.exceptions import ClientError

from common import ACCOUNT, case, main, refused, unique

BUCKET = "tumble-dev-athena"
MB = 1 << 20
KEYS = ["region", "year"]
TYPES = {
    "id": "bigint", "name": "string", "amount": "decimal(3,2)", "at": "timestamp", "day": "date", "flag": "boolean", "ratio": "double",
    "tags": "array<string>", "raw": "binary", "region": "string", "year": "bigint",
}
PLAIN = {"ctas_approach": False}
UNLOAD = {"ctas_approach": False, "unload_approach": True}


def raises(kind, call, *arguments, says="", **named):
    """The call fails with such an exception, whose text has these words."""
    try:
        call(*arguments, **named)
    except kind as error:
        assert says in str(error), f"{says!r} is not in {error}"
        return error
    raise AssertionError(f"{getattr(call, '__name__', call)} did not raise {kind}")


def orders():
    """Four rows of two regions and two years."""
    return pd.DataFrame({
        "id": [1, 2, 3, 4],
        "name": ["a", "b, c", None, 'd "e"'],
        "amount": [Decimal("1.10"), Decimal("-2.25"), None, Decimal("4.00")],
        "at": pd.to_datetime(["2025-01-02 03:04:05.678", "2025-02-03", None, "1969-12-31 23:59:59.5"], format="ISO8601"),
        "day": [datetime.date(2025, 1, 2), datetime.date(2024, 2, 29), None, datetime.date(1970, 1, 1)],
        "flag": pd.array([True, False, None, True], dtype="boolean"),
        "ratio": [0.5, -1.25, None, 1e10],
        "tags": [["x", "y"], [], None, ["z"]],
        "raw": [b"\x00\x01", b"abc", None, b""],
        "region": ["eu", "eu", "us", "us"],
        "year": [2024, 2025, 2024, 2025],
    })


class Database:
    """A database and a folder that no other case has."""

    def __init__(self, sandbox):
        self.s3, self.glue, self.athena = (sandbox.client(service) for service in ("s3", "glue", "athena"))
        self.name = unique("wrangler").replace("-", "_")
        self.root = f"s3://{BUCKET}/{self.name}/"
        self.results = self.path("results")
        wr.catalog.create_database(self.name)

    def path(self, name):
        return f"{self.root}{name}/"

    def fresh(self):
        """A place where nothing is."""
        return self.path(unique("fresh"))

    def table(self, name="orders", frame=None, **more):
        """Writes a table of Parquet, overwritten unless told otherwise."""
        arguments = {"path": self.path(name), "dataset": True, "database": self.name, "table": name, "mode": "overwrite", **more}
        return wr.s3.to_parquet(orders() if frame is None else frame, **arguments)

    def frame(self, sql, **more):
        return wr.athena.read_sql_query(sql, self.name, **{"s3_output": self.fresh(), **more})

    def ask(self, sql, **more):
        """Rows as tuples of Python's values, without CTAS."""
        frame = self.frame(sql, **{**PLAIN, "s3_output": self.results, **more})
        return [tuple(row) for row in frame.astype(object).where(frame.notna(), None).itertuples(index=False)]

    def run(self, sql, **more):
        """The execution of a statement, once it has ended."""
        return wr.athena.start_query_execution(sql, database=self.name, s3_output=self.results, wait=True, **more)

    def types(self, table):
        return wr.catalog.get_table_types(self.name, table)

    def stored(self, table):
        """The table as Glue has it."""
        return self.glue.get_table(DatabaseName=self.name, Name=table)["Table"]

    def put(self, key, body):
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.name}/{key}", Body=body)

    def object(self, path):
        """An object's content, by its s3:// path."""
        bucket, key = path.removeprefix("s3://").split("/", 1)
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def of_manifest(self, execution):
        """The files that a query has written, as its manifest says."""
        assert execution.manifest_location.endswith("-manifest.csv"), execution.manifest_location
        return self.object(execution.manifest_location).decode().split()


# --- databases -------------------------------------------------------------------------------------------------------

@case
def databases_are_made_and_deleted(sandbox):
    db, name = Database(sandbox), unique("second").replace("-", "_")
    raises(wr.exceptions.AlreadyExists, wr.catalog.create_database, db.name)
    wr.catalog.create_database(db.name, description="ours", exist_ok=True)
    found = wr.catalog.databases(limit=1_000)
    assert list(found.columns) == ["Database", "Description"]
    assert found.set_index("Database").loc[db.name, "Description"] == "ours"
    wr.catalog.create_database(name, database_input_args={"LocationUri": db.path("second"), "Parameters": {"team": "sales"}})
    found = next(one for one in wr.catalog.get_databases() if one["Name"] == name)
    assert found["LocationUri"] == db.path("second") and found["Parameters"] == {"team": "sales"}, found
    wr.catalog.delete_database(name)
    raises(ClientError, wr.catalog.delete_database, name, says="EntityNotFoundException")


# --- data sets of Parquet --------------------------------------------------------------------------------------------

COUNTED = "select region, year, count(*) as n from orders group by 1, 2 order by 1, 2"


@case
def a_data_set_is_written(sandbox):
    db = Database(sandbox)
    made = db.table(partition_cols=KEYS)
    assert len(made["paths"]) == 4 and made["partitions_values"][f"{db.path('orders')}region=eu/year=2024/"] == ["eu", "2024"], made
    assert db.types("orders") == TYPES, db.types("orders")
    assert db.ask(COUNTED) == [("eu", 2024, 1), ("eu", 2025, 1), ("us", 2024, 1), ("us", 2025, 1)]


@case
def a_data_set_is_appended_to_and_overwritten(sandbox):
    db, one = Database(sandbox), orders().iloc[[0]]
    db.table(partition_cols=KEYS)
    db.table(partition_cols=KEYS, mode="append")
    assert db.ask(COUNTED) == [("eu", 2024, 2), ("eu", 2025, 2), ("us", 2024, 2), ("us", 2025, 2)]
    assert len(wr.s3.list_objects(db.path("orders"))) == 8
    db.table(frame=one.assign(id=9), partition_cols=KEYS, mode="overwrite_partitions")
    assert db.ask(COUNTED) == [("eu", 2024, 1), ("eu", 2025, 2), ("us", 2024, 2), ("us", 2025, 2)]
    assert db.ask("select id from orders where region = 'eu' and year = 2024") == [(9,)]
    db.table(frame=one.assign(region="ap", year=2026), partition_cols=KEYS)
    assert db.ask(COUNTED) == [("ap", 2026, 1)]
    assert wr.catalog.get_partitions(db.name, "orders") == {f"{db.path('orders')}region=ap/year=2026/": ["ap", "2026"]}
    assert len(wr.s3.list_objects(db.path("orders"))) == 1


@case
def columns_are_added_with_and_without_versions(sandbox):
    db = Database(sandbox)
    db.table("evolving", pd.DataFrame({"id": [1], "a": ["x"]}))
    assert wr.catalog.get_table_number_of_versions(db.name, "evolving") == 1
    db.table("evolving", pd.DataFrame({"id": [2], "b": [0.5]}), mode="append", catalog_versioning=True)
    assert db.types("evolving") == {"id": "bigint", "a": "string", "b": "double"}
    assert db.ask("select id, a, b from evolving order by id") == [(1, "x", None), (2, None, 0.5)]
    versions = list(wr.catalog.get_table_versions(db.name, "evolving"))
    assert len(versions) == wr.catalog.get_table_number_of_versions(db.name, "evolving") == 2
    widths = {version["VersionId"]: len(version["Table"]["StorageDescriptor"]["Columns"]) for version in versions}
    assert sorted(widths.values()) == [2, 3] and widths[min(widths, key=int)] == 2, widths
    assert db.stored("evolving")["VersionId"] == max(widths, key=int)
    # Without archiving the number of versions stays.
    db.table("evolving", pd.DataFrame({"id": [3], "c": [True]}), mode="append")
    assert wr.catalog.get_table_number_of_versions(db.name, "evolving") == 2
    assert db.ask("select count(*) from evolving where c") == [(1,)]


@case
def what_is_appended_gets_the_catalogs_types(sandbox):
    db = Database(sandbox)
    db.table("evolving", pd.DataFrame({"id": [1]}))
    db.table("evolving", pd.DataFrame({"id": ["4"]}), mode="append")
    assert db.types("evolving") == {"id": "bigint"} and db.ask("select max(id) from evolving") == [(4,)]
    raises(wr.exceptions.InvalidArgumentValue, db.table, "evolving", pd.DataFrame({"id": [1]}), mode="append", path=db.path("elsewhere"),
           says="does not match the existing Glue catalog table path")
    before = wr.s3.list_objects(db.path("evolving"))
    raises(wr.exceptions.InvalidArgumentValue, db.table, "evolving", pd.DataFrame({"id": [1], "d": [1]}), mode="append",
           schema_evolution=False, says="Schema change")
    assert wr.s3.list_objects(db.path("evolving")) == before


@case
def partitions_are_projected(sandbox):
    db = Database(sandbox)
    projection = {
        "projection_types": {"year": "integer", "region": "enum"}, "projection_ranges": {"year": "2024,2026"},
        "projection_values": {"region": "eu,us"},
    }
    db.table(partition_cols=KEYS, athena_partition_projection_settings=projection, glue_table_settings={"regular_partitions": False})
    assert wr.catalog.get_partitions(db.name, "orders") == {}
    parameters = wr.catalog.get_table_parameters(db.name, "orders")
    assert parameters["projection.enabled"] == "true" and parameters["projection.year.range"] == "2024,2026", parameters
    assert db.ask("select count(*) from orders") == [(4,)]
    assert db.ask("select id from orders where region = 'us' and year = 2025") == [(4,)]


@case
def a_data_set_in_buckets_and_in_several_files(sandbox):
    db, frame = Database(sandbox), pd.DataFrame({"id": list(range(100)), "p": [number % 5 for number in range(100)]})
    made = db.table("bucketed", frame, bucketing_info=(["id"], 4), partition_cols=["p"], concurrent_partitioning=True)
    assert all("_bucket-0000" in path for path in made["paths"]), made["paths"][:2]
    stored = db.stored("bucketed")["StorageDescriptor"]
    assert stored["NumberOfBuckets"] == 4 and stored["BucketColumns"] == ["id"], stored
    assert db.ask("select count(*), sum(id) from bucketed") == [(100, 4_950)]
    assert len(db.table("split", frame, max_rows_by_file=40)["paths"]) == 3
    assert db.ask("select count(*), sum(id) from split") == [(100, 4_950)]


@case
def a_data_set_in_parts_of_an_upload(sandbox):
    db, count = Database(sandbox), 300_000
    numbers = np.random.default_rng(1)
    frame = pd.DataFrame({"id": np.arange(count), "k": np.arange(count) % 2, **{name: numbers.random(count) for name in "wxyz"}})
    made = db.table("many", frame, partition_cols=["k"], compression=None)
    sizes = wr.s3.size_objects(made["paths"])
    assert len(sizes) == 2 and all(size > 5 * MB for size in sizes.values()), sizes
    tags = [told["ETag"] for told in wr.s3.describe_objects(made["paths"]).values()]
    assert all("-" in tag for tag in tags), tags
    assert db.ask("select k, count(*) as n, sum(id) as s from many group by k order by k") == [
        (k, count // 2, int(frame[frame.k == k].id.sum())) for k in range(2)]
    back = wr.s3.read_parquet(db.path("many"), dataset=True, columns=["id"])
    assert len(back) == count and int(back.id.sum()) == count * (count - 1) // 2
    sizes = [len(chunk) for chunk in db.frame("select id, x from many where k = 1", chunksize=40_000, **PLAIN)]
    assert sizes == [40_000, 40_000, 40_000, 30_000], sizes


@case
def parquet_is_read_without_athena(sandbox):
    db = Database(sandbox)
    made, at = db.table("files", partition_cols=KEYS), db.path("files")
    whole = wr.s3.read_parquet_table("files", db.name)
    assert whole.shape == (4, 11) and set(whole.columns) == set(TYPES) and str(whole.year.dtype) == "Int64", whole.dtypes
    some = wr.s3.read_parquet(at, dataset=True, partition_filter=lambda keys: keys["year"] == "2025")
    assert sorted(some.id.tolist()) == [2, 4]
    types, partitions = wr.s3.read_parquet_metadata(at, dataset=True)[:2]
    assert types["amount"] == "decimal(3,2)" and set(partitions) == set(KEYS), partitions
    assert sum(len(chunk) for chunk in wr.s3.read_parquet(at, dataset=True, chunked=3)) == 4
    assert len(wr.s3.read_parquet(made["paths"][0])) == 1
    assert len(wr.s3.read_parquet(f"{at}region=e*/*/*.parquet")) == 2
    raises(wr.exceptions.NoFilesFound, wr.s3.read_parquet, db.path("nothing_here"))
    wr.s3.store_parquet_metadata(at, db.name, "files_again", dataset=True)
    assert db.ask("select count(*) from files_again where region = 'us'") == [(2,)]


# --- the catalog -----------------------------------------------------------------------------------------------------

def described(db):
    """A table with all that is said of one."""
    db.table("described", partition_cols=KEYS, glue_table_settings={
        "description": "about", "parameters": {"owner_team": "sales"}, "columns_comments": {"id": "the key", "region": "where"},
        "columns_parameters": {"id": {"pii": "no"}}})


@case
def tables_are_found_by_parts_of_their_names(sandbox):
    db = Database(sandbox)
    for name in ("described", "describer", "other"):
        db.table(name, pd.DataFrame({"id": [1]}))
    for how, expected in (
        ({"name_prefix": "describe"}, {"described", "describer"}), ({"name_suffix": "bed"}, {"described"}),
        ({"name_prefix": "des", "name_suffix": "er"}, {"describer"}), ({"name_contains": "scribe"}, {"described", "describer"}),
    ):
        found = {table["Name"] for table in wr.catalog.get_tables(database=db.name, **how)}
        assert found == expected, (how, found)
    assert list(wr.catalog.get_tables(database="nobody")) == []
    assert wr.catalog.tables(database=db.name, limit=1).shape[0] == 1
    assert db.name in {table["DatabaseName"] for table in wr.catalog.search_tables(text="describer")}
    assert wr.catalog.tables(database=db.name, search_text="described", name_prefix="des").Table.tolist() == ["described"]


@case
def a_table_is_told_of(sandbox):
    db = Database(sandbox)
    described(db)
    where = (db.name, "described")
    found = wr.catalog.tables(database=db.name).to_dict("records")
    assert found == [{
        "Database": db.name, "Table": "described", "Description": "about", "TableType": "EXTERNAL_TABLE",
        "Columns": "id, name, amount, at, day, flag, ratio, tags, raw", "Partitions": "region, year"}], found
    assert wr.catalog.does_table_exist(*where) and not wr.catalog.does_table_exist(db.name, "nothing")
    assert wr.catalog.get_table_types(db.name, "nothing") is None
    assert wr.catalog.get_table_location(*where) == db.path("described") and wr.catalog.get_table_description(*where) == "about"
    parameters = wr.catalog.get_table_parameters(*where)
    assert parameters["owner_team"] == "sales" and parameters["classification"] == "parquet", parameters
    comments = {name: comment for name, comment in wr.catalog.get_columns_comments(*where).items() if comment}
    assert comments == {"id": "the key", "region": "where"} and wr.catalog.get_columns_parameters(*where)["id"] == {"pii": "no"}
    frame = wr.catalog.table(*where)
    assert list(frame.columns) == ["Column Name", "Type", "Partition", "Comment"]
    assert frame[frame.Partition]["Column Name"].tolist() == KEYS and frame.set_index("Column Name").loc["region", "Comment"] == "where"


@case
def partitions_are_chosen_by_expressions(sandbox):
    db = Database(sandbox)
    db.table(partition_cols=KEYS)
    places = {(region, year): f"{db.path('orders')}region={region}/year={year}/" for region in ("eu", "us") for year in (2024, 2025)}
    found = wr.catalog.get_parquet_partitions(db.name, "orders")
    assert found == {place: [region, str(year)] for (region, year), place in places.items()} == wr.catalog.get_partitions(db.name, "orders")
    for expression, expected in (
        ("region = 'eu'", [("eu", 2024), ("eu", 2025)]), ("region='eu' AND year > 2024", [("eu", 2025)]),
        ("year = 2024 OR region = 'us'", [("eu", 2024), ("us", 2024), ("us", 2025)]), ("year IN (2025) AND region LIKE 'u%'", [("us", 2025)]),
        ("year BETWEEN 2020 AND 2024", [("eu", 2024), ("us", 2024)]), ("NOT (region = 'eu') AND year <> 2024", [("us", 2025)]),
        ("region = 'nowhere'", []),
    ):
        found = set(wr.catalog.get_parquet_partitions(db.name, "orders", expression=expression))
        assert found == {places[key] for key in expected}, (expression, found)
    raises(ClientError, wr.catalog.get_parquet_partitions, db.name, "orders", expression="nothing = 1", says="InvalidInputException")


@case
def partitions_are_added_and_deleted(sandbox):
    db = Database(sandbox)
    db.table(partition_cols=KEYS)
    new = {f"{db.path('elsewhere')}x/": ["ap", "2026"]}
    wr.catalog.add_parquet_partitions(db.name, "orders", new, columns_types={"id": "bigint"})
    wr.catalog.add_parquet_partitions(db.name, "orders", new)  # what is there already is no error
    assert wr.catalog.get_parquet_partitions(db.name, "orders", expression="region = 'ap'") == new
    wr.s3.to_parquet(pd.DataFrame({"id": [77]}), f"{db.path('elsewhere')}x/a.parquet")
    assert db.ask("select id, name, year from orders where region = 'ap'") == [(77, None, 2026)]
    wr.catalog.delete_partitions("orders", db.name, [["ap", "2026"], ["eu", "2024"]])
    assert db.ask("select count(*) from orders") == [(3,)]
    assert len(wr.catalog.delete_all_partitions("orders", db.name)) == 3
    assert wr.catalog.get_partitions(db.name, "orders") == {} and db.ask("select count(*) from orders") == [(0,)]
    assert len(wr.s3.list_objects(db.path("orders"))) == 4


@case
def more_partitions_than_a_request_takes(sandbox):
    # A delete takes 25, a creation 100, a listing gives 1,000.
    db = Database(sandbox)
    wr.catalog.create_parquet_table(db.name, "many", db.path("many"), {"id": "int"}, partitions_types={"m": "string", "n": "int"})
    many = {f"{db.path('many')}m={number}/": ["m", str(number)] for number in range(1_234)}
    wr.catalog.add_parquet_partitions(db.name, "many", many)
    assert wr.catalog.get_partitions(db.name, "many") == many
    assert len(wr.catalog.get_partitions(db.name, "many", expression="n >= 1200")) == 34
    wr.catalog.delete_all_partitions("many", db.name)
    assert wr.catalog.get_partitions(db.name, "many") == {}


@case
def a_table_is_made_and_changed(sandbox):
    db = Database(sandbox)
    where = (db.name, "made")
    assert not wr.catalog.delete_table_if_exists(*where)
    wr.catalog.create_parquet_table(
        *where, db.path("made"), {"id": "int", "name": "varchar(10)", "deep": "struct<a:int,b:array<string>>"},
        partitions_types={"day": "date"}, description="d", parameters={"k": "v"}, columns_comments={"id": "key"}, compression="snappy")
    stored = db.stored("made")
    assert stored["TableType"] == "EXTERNAL_TABLE" and stored["Description"] == "d" and stored["Parameters"]["k"] == "v", stored
    assert stored["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"serialization.format": "1"}
    assert stored["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    assert stored["StorageDescriptor"]["Columns"][0] == {"Name": "id", "Type": "int", "Comment": "key"}
    assert "CreateTime" in stored and "UpdateTime" in stored and stored["CatalogId"] == ACCOUNT
    assert wr.catalog.upsert_table_parameters({"k": "w", "x": "y"}, *where)["k"] == "w"
    assert wr.catalog.get_table_parameters(*where)["x"] == "y"
    wr.catalog.overwrite_table_parameters({"only": "this"}, *where)
    assert wr.catalog.get_table_parameters(*where) == {"only": "this"}
    wr.catalog.add_column(*where, "extra", "bigint", "late")
    assert db.types("made")["extra"] == "bigint"
    wr.catalog.delete_column(*where, "extra")
    assert "extra" not in db.types("made")
    wr.catalog.create_parquet_table(*where, db.path("made"), {"id": "int"}, mode="overwrite")
    assert db.types("made") == {"id": "int"}
    assert wr.catalog.delete_table_if_exists(*where) and not wr.catalog.does_table_exist(*where)


@case
def tables_of_text_and_json_are_made(sandbox):
    db = Database(sandbox)
    wr.catalog.create_csv_table(db.name, "made", db.path("made"), {"id": "int", "name": "string"}, partitions_types={"p": "int"},
                                sep="|", skip_header_line_count=1)
    db.put("made/p=1/a.csv", b"id|name\n1|one\n2|two\n")
    partition = {f"{db.path('made')}p=1/": ["1"]}
    wr.catalog.add_csv_partitions(db.name, "made", partition, sep="|")
    assert wr.catalog.get_csv_partitions(db.name, "made") == partition
    assert db.ask("select id, name, p from made order by id") == [(1, "one", 1), (2, "two", 1)]
    wr.catalog.create_json_table(db.name, "made_json", db.path("made_json"), {"id": "int", "d": "struct<a:int>"})
    db.put("made_json/a.json", b'{"id": 5, "d": {"a": 6}}\n{"id": null}\n')
    assert db.ask("select id, d.a from made_json order by id") == [(5, 6), (None, None)]


# --- text, JSON, ORC -------------------------------------------------------------------------------------------------

@case
def csv_is_written_and_asked(sandbox):
    db, frame = Database(sandbox), orders().drop(columns=["tags", "raw"])
    how = {"index": False, "dataset": True, "database": db.name, "table": "csvs", "partition_cols": KEYS}
    made = wr.s3.to_csv(frame, db.path("csvs"), mode="overwrite", **how)
    assert len(made["paths"]) == 4 and made["paths"][0].endswith(".csv"), made
    stored = db.stored("csvs")
    assert stored["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("LazySimpleSerDe"), stored
    rows = db.ask("select id, name, amount, at, day, flag, ratio, region, year from csvs order by id")
    assert [row[0] for row in rows] == [1, 2, 3, 4] and [row[7:] for row in rows] == [("eu", 2024), ("eu", 2025), ("us", 2024), ("us", 2025)]
    # The escape character is taken away; a quote is a character as any other, for LazySimpleSerDe.
    assert rows[0][1:3] == ("a", Decimal("1.10")) and rows[1][1] == "b, c" and rows[3][1] == 'd "e"', rows
    assert rows[0][3] == pd.Timestamp("2025-01-02 03:04:05.678") and rows[0][4] == datetime.date(2025, 1, 2), rows[0]
    assert rows[2][2:7] == (None,) * 5 and rows[1][5] is False, rows
    assert db.ask("select count(*) from csvs where name = ''") == [(1,)]  # only \N is NULL
    wr.s3.to_csv(frame.iloc[[0]], db.path("csvs"), mode="append", **how)
    assert db.ask("select count(*) from csvs where region = 'eu' and year = 2024") == [(2,)]


@case
def csv_is_packed_and_read_without_a_catalog(sandbox):
    db, frame = Database(sandbox), orders()[["id", "name"]].fillna("none")
    wr.s3.to_csv(frame, db.path("packed"), index=False, dataset=True, database=db.name, table="packed", mode="overwrite", sep="\t",
                 compression="gzip")
    assert wr.s3.list_objects(db.path("packed"))[0].endswith(".csv.gz")
    assert db.ask("select id, name from packed order by id") == [(1, "a"), (2, "b, c"), (3, "none"), (4, 'd "e"')]
    for number in range(3):
        wr.s3.to_csv(frame, f"{db.path('loose')}part-{number}.csv", index=False)
    assert len(wr.s3.read_csv(f"{db.path('loose')}part-[01].csv")) == 8
    assert sum(len(chunk) for chunk in wr.s3.read_csv(db.path("loose"), chunksize=5)) == 12


@case
def json_is_written_and_asked(sandbox):
    db, frame = Database(sandbox), orders()[["id", "name", "ratio", "flag", "tags", "region"]]
    frame["deep"] = [{"a": 1, "b": "x"}, {"a": 2, "b": None}, None, {"a": 4, "b": "z"}]
    how = {"dataset": True, "database": db.name, "table": "jsons", "partition_cols": ["region"], "index": False, "orient": "records",
           "lines": True}
    wr.s3.to_json(frame, db.path("jsons"), mode="overwrite", **how)
    assert db.types("jsons") == {
        "id": "bigint", "name": "string", "ratio": "double", "flag": "boolean", "tags": "array<string>", "deep": "struct<a:bigint,b:string>",
        "region": "string"}, db.types("jsons")
    assert db.stored("jsons")["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == "org.openx.data.jsonserde.JsonSerDe"
    rows = db.ask("select id, name, ratio, flag, cardinality(tags), deep.a, deep.b, region from jsons order by id")
    assert rows == [(1, "a", 0.5, True, 2, 1, "x", "eu"), (2, "b, c", -1.25, False, 0, 2, None, "eu"),
                    (3, None, None, None, None, None, None, "us"), (4, 'd "e"', 1e10, True, 1, 4, "z", "us")], rows
    assert db.ask("select tag from jsons cross join unnest(tags) as t (tag) order by 1") == [("x",), ("y",), ("z",)]
    wr.s3.to_json(frame, db.path("jsons"), mode="append", compression="gzip", **how)
    assert db.ask("select count(*) from jsons") == [(8,)]
    assert len(wr.s3.read_json(f"{db.path('jsons')}region=eu/", lines=True, orient="records", path_suffix=".json")) == 2


@case
def orc_is_written_and_asked(sandbox):
    db = Database(sandbox)
    wr.s3.to_orc(orders().drop(columns=["raw"]), db.path("orcs"), dataset=True, database=db.name, table="orcs", mode="overwrite",
                 partition_cols=["region"])
    assert len(wr.s3.read_orc_table("orcs", db.name)) == 4
    rows = db.ask("select id, name, amount, region from orcs order by id")
    assert rows[:2] == [(1, "a", Decimal("1.10"), "eu"), (2, "b, c", Decimal("-2.25"), "eu")], rows


# --- queries ---------------------------------------------------------------------------------------------------------

def all_types(frame):
    """The rows of the table, however they were read."""
    assert frame.query_metadata["Status"]["State"] == "SUCCEEDED"
    frame = frame.sort_values("id").reset_index(drop=True)
    assert list(frame.columns) == list(TYPES), list(frame.columns)
    assert frame.id.tolist() == [1, 2, 3, 4] and str(frame.id.dtype) == "Int64", frame.id.dtype
    assert frame.amount.tolist() == [Decimal("1.10"), Decimal("-2.25"), None, Decimal("4.00")], frame.amount
    assert frame["at"][0] == pd.Timestamp("2025-01-02 03:04:05.678") and frame["at"].isna().tolist() == [False, False, True, False]
    assert frame.day.tolist()[:2] == [datetime.date(2025, 1, 2), datetime.date(2024, 2, 29)], frame.day
    assert frame.flag.tolist()[:2] == [True, False] and str(frame.flag.dtype) == "boolean"
    assert frame.ratio.tolist()[0] == 0.5 and frame.region.tolist() == ["eu", "eu", "us", "us"] and frame.year.sum() == 8_098
    return frame


@case
def a_table_is_read_from_the_results_text(sandbox):
    db = Database(sandbox)
    db.table(partition_cols=KEYS)
    frame = all_types(db.frame("select * from orders", **PLAIN))
    assert frame.tags.tolist()[0] == "[x, y]" and frame.raw.tolist()[0] == b"00 01", (frame.tags, frame.raw)


@case
def a_table_is_read_by_ctas_and_by_unload(sandbox):
    db = Database(sandbox)
    db.table(partition_cols=KEYS)
    for how in ({"ctas_approach": True}, {"unload_parameters": {"file_format": "PARQUET", "compression": "snappy"}, **UNLOAD}):
        frame = all_types(db.frame("select * from orders", **how))
        assert list(frame.tags.tolist()[0]) == ["x", "y"] and frame.raw.tolist()[1] == b"abc"
    assert not list(wr.catalog.get_tables(database=db.name, name_prefix="temp_table_"))
    assert len(wr.athena.read_sql_table("orders", db.name, s3_output=db.fresh())) == 4


@case
def rows_become_what_is_asked_for(sandbox):
    db = Database(sandbox)
    db.table()
    for how in (PLAIN, {"ctas_approach": True}):
        frame = db.frame("select id, name from orders where id < 0", **how)
        assert len(frame) == 0 and list(frame.columns) == ["id", "name"], how
    assert str(db.frame("select region from orders", categories=["region"], **PLAIN).region.dtype) == "category"
    assert str(db.frame("select id from orders", dtype_backend="pyarrow").id.dtype) == "int64[pyarrow]"


@case
def rows_are_read_in_chunks(sandbox):
    db = Database(sandbox)
    db.table("hundred", pd.DataFrame({"id": list(range(100))}))
    for how in (PLAIN, {"ctas_approach": True}, UNLOAD):
        sizes = [len(chunk) for chunk in db.frame("select id from hundred", chunksize=30, **how)]
        assert sizes == [30, 30, 30, 10], f"{how}: {sizes}"
    assert sum(len(part) for part in db.frame("select id from hundred", chunksize=True)) == 100


@case
def parameters_by_name(sandbox):
    db = Database(sandbox)
    db.table(partition_cols=KEYS)
    for where, values, expected in (
        ("region = :region and year = :year", {"region": "eu", "year": 2025}, [(2,)]), ("name = :name", {"name": 'd "e"'}, [(4,)]),
        ("day = :day", {"day": datetime.date(2024, 2, 29)}, [(2,)]), ("at = :at", {"at": datetime.datetime(2025, 2, 3)}, [(2,)]),
        ("amount = :a", {"a": Decimal("-2.25")}, [(2,)]), ("contains(:rs, region)", {"rs": ["eu"]}, [(1,), (2,)]),
    ):
        assert db.ask(f"select id from orders where {where} order by id", params=values, paramstyle="named") == expected, where
    assert db.ask("select :t as t", params={"t": "it's"}, paramstyle="named") == [("it's",)]


@case
def parameters_by_place(sandbox):
    db = Database(sandbox)
    db.table(partition_cols=KEYS)
    for how in (PLAIN, {"ctas_approach": True}, UNLOAD):
        frame = db.frame("select id from orders where region = ? and year = ?", params=["'eu'", "2025"], paramstyle="qmark", **how)
        assert frame.id.tolist() == [2], how
    # A parameter stands for a literal as it is written: without quotes, 2025 is a number.
    assert db.ask("select typeof(?), typeof(?)", params=["'a'", "2025"], paramstyle="qmark") == [("varchar(1)", "integer")]


@case
def columns_without_names_or_types(sandbox):
    db = Database(sandbox)
    for sql, kind, words in (
        ("select 1 as a, 2 as a", wr.exceptions.InvalidCtasApproachQuery, "Please, define distinct names"),
        ("select 1", wr.exceptions.InvalidArgumentValue, "Please, define all columns names"),
        ("select null as a", wr.exceptions.InvalidArgumentValue, "Please, don't leave undefined columns types"),
    ):
        raises(kind, db.frame, sql, ctas_approach=True, says=words)
    raises(wr.exceptions.InvalidArgumentValue, wr.athena.unload, "select null as a", db.fresh(), db.name,
           says="Please, don't leave undefined columns types")


@case
def queries_that_fail(sandbox):
    db = Database(sandbox)
    for sql, words in (
        ("select * from nothing", "TABLE_NOT_FOUND"), ("select nothing from (values 1) as t (x)", "COLUMN_NOT_FOUND"),
        ("select 1 / 0", "Division by zero"),
    ):
        raises(wr.exceptions.QueryFailed, db.ask, sql, says=words)
    raises(ClientError, db.ask, "selec 1", says="InvalidRequestException")
    place = db.fresh()
    wr.athena.unload("select 1 as x", place, db.name)
    raises(wr.exceptions.QueryFailed, wr.athena.unload, "select 1 as x", place, db.name, says="HIVE_PATH_ALREADY_EXISTS")


# --- CTAS ------------------------------------------------------------------------------------------------------------

@case
def ctas_with_partitions(sandbox):
    db = Database(sandbox)
    db.table()
    made = wr.athena.create_ctas_table("select id, name, amount, region, year from orders", db.name, ctas_table="made", s3_output=db.fresh(),
                                       storage_format="parquet", write_compression="snappy", partitioning_info=KEYS, wait=True)
    assert made["ctas_database"] == db.name and made["ctas_table"] == "made", made
    assert len(wr.catalog.get_partitions(db.name, "made")) == 4 and db.types("made")["region"] == "string"
    assert db.ask("select count(*) from made where region = 'us' and year = 2025") == [(1,)]
    files = db.of_manifest(made["ctas_query_metadata"])
    assert len(files) == 4 and all(path.startswith("s3://") for path in files), files


@case
def ctas_is_ddl(sandbox):
    db = Database(sandbox)
    made = wr.athena.create_ctas_table("select 1 as x", db.name, ctas_table="made", s3_output=db.fresh(), wait=True)
    payload = made["ctas_query_metadata"].raw_payload
    assert (payload["StatementType"], payload["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT"), payload


@case
def ctas_without_data_and_in_buckets(sandbox):
    db, sql = Database(sandbox), "select id, name from orders"
    db.table()
    wr.athena.create_ctas_table(sql, db.name, ctas_table="empty", schema_only=True, s3_output=db.fresh(), wait=True)
    assert db.types("empty") == {"id": "bigint", "name": "string"} and db.ask("select count(*) from empty") == [(0,)]
    wr.athena.create_ctas_table(sql, db.name, ctas_table="made", s3_output=db.fresh(), bucketing_info=(["id"], 2), wait=True)
    assert db.ask("select count(*) from made") == [(4,)] and db.stored("made")["StorageDescriptor"]["NumberOfBuckets"] == 2
    raises(wr.exceptions.QueryFailed, wr.athena.create_ctas_table, sql, db.name, ctas_table="made", s3_output=db.fresh(), wait=True,
           says="already exists")


def ctas_of(sandbox, storage, **more):
    db = Database(sandbox)
    db.table()
    wr.athena.create_ctas_table("select id, name, ratio from orders where name is not null", db.name, ctas_table="made",
                                s3_output=db.fresh(), storage_format=storage, wait=True, **more)
    assert db.ask("select id, name, ratio from made order by id") == [(1, "a", 0.5), (2, "b, c", -1.25), (4, 'd "e"', 1e10)]


@case
def ctas_in_text_and_json(sandbox):
    ctas_of(sandbox, "TEXTFILE", field_delimiter="|")
    ctas_of(sandbox, "JSON")


@case
def ctas_in_orc(sandbox):
    ctas_of(sandbox, "ORC")


@case
def ctas_in_avro(sandbox):
    ctas_of(sandbox, "AVRO")


# --- UNLOAD ----------------------------------------------------------------------------------------------------------

def unloaded(sandbox, storage, **more):
    """Unloads three rows: the database, the place, the execution, and the files."""
    db = Database(sandbox)
    db.table()
    place = db.fresh()
    sql = "select id, name, region from orders where name is not null order by id"
    done = wr.athena.unload(sql, place, db.name, file_format=storage, **more)
    files = db.of_manifest(done)
    assert done.raw_payload["StatementType"] == "DML" and files and all(file.startswith(place) for file in files), (done.raw_payload, files)
    return db, place, done, files


@case
def unload_in_parquet(sandbox):
    *_, files = unloaded(sandbox, "PARQUET")
    assert wr.s3.read_parquet(files).id.tolist() == [1, 2, 4]


@case
def unload_in_orc(sandbox):
    *_, files = unloaded(sandbox, "ORC")
    assert wr.s3.read_orc(files).id.tolist() == [1, 2, 4]


@case
def unload_in_avro(sandbox):
    db, *_, files = unloaded(sandbox, "AVRO")
    assert all(db.object(file).startswith(b"Obj\x01") for file in files)


@case
def unload_in_text(sandbox):
    *_, files = unloaded(sandbox, "TEXTFILE", field_delimiter=",")
    assert all(file.endswith(".gz") for file in files), files  # gzip is what it does unless told
    rows = wr.s3.read_csv(files, header=None, compression="gzip", quoting=csv.QUOTE_NONE, names=list("abcd"))
    assert sorted(rows["a"].tolist()) == [1, 2, 4], rows


@case
def unload_in_json(sandbox):
    *_, files = unloaded(sandbox, "JSON")
    rows = wr.s3.read_json(files, lines=True, compression="gzip", orient="records")
    assert rows.id.tolist() == [1, 2, 4] and rows.name.tolist() == ["a", "b, c", 'd "e"'], rows


@case
def unload_by_partitions(sandbox):
    _, place, *_ = unloaded(sandbox, "PARQUET", compression="gzip", partitioned_by=["region"])
    assert wr.s3.list_directories(place) == [f"{place}region=eu/", f"{place}region=us/"], wr.s3.list_directories(place)
    rows = wr.s3.read_parquet(place, dataset=True, path_ignore_suffix=["-manifest.csv", ".metadata"])
    assert sorted(rows.region.tolist()) == ["eu", "eu", "us"] and sorted(rows.id.tolist()) == [1, 2, 4], rows


@case
def unload_leaves_manifest_and_metadata(sandbox):
    _, place, done, files = unloaded(sandbox, "PARQUET")
    beside = set(wr.s3.list_objects(place)) - set(files)
    assert beside == {f"{place}{done.execution_id}-manifest.csv", f"{place}{done.execution_id}.metadata"}, beside


# --- statements on tables --------------------------------------------------------------------------------------------

@case
def a_table_is_described(sandbox):
    db = Database(sandbox)
    db.table("told", partition_cols=KEYS, glue_table_settings={"columns_comments": {"id": "the key"}})
    frame = wr.athena.describe_table("told", db.name, s3_output=db.results)
    assert list(frame.columns) == ["Column Name", "Type", "Partition", "Comment"]
    told = {row[0]: tuple(row[1:]) for row in frame.itertuples(index=False)}
    assert told["id"] == ("bigint", False, "the key") and told["region"] == ("string", True, ""), told
    assert told["tags"] == ("array<string>", False, "") and told["amount"] == ("decimal(3,2)", False, ""), told


@case
def a_tables_statement_is_run_again(sandbox):
    db = Database(sandbox)
    db.table("told", partition_cols=KEYS, glue_table_settings={"columns_comments": {"id": "the key"}})
    text = wr.athena.generate_create_query("told", db.name)
    assert text.startswith("CREATE EXTERNAL TABLE `told`(\n  `id` bigint COMMENT 'the key'"), text
    wr.catalog.delete_table_if_exists(db.name, "told")
    db.run(text)
    assert db.types("told") == TYPES


@case
def a_views_statement_is_generated(sandbox):
    db = Database(sandbox)
    db.table("told")
    db.run("create or replace view told_view as select id, name from told")
    assert wr.catalog.table(db.name, "told_view")["Column Name"].tolist() == ["id", "name"]
    assert db.stored("told_view")["TableType"] == "VIRTUAL_VIEW"
    text = wr.athena.generate_create_query("told_view", db.name)
    assert text.startswith('CREATE OR REPLACE VIEW "told_view" AS \nSELECT'), text


@case
def executions_are_told_of(sandbox):
    db = Database(sandbox)
    db.table("told")
    query = db.run("select id, name, amount from told where id < 0")["QueryExecutionId"]
    types = wr.athena.get_query_columns_types(query)
    assert types == {"id": "bigint", "name": "varchar", "amount": "decimal(3,2)"}, types
    nobody = "00000000-0000-4000-8000-000000000000"
    done, unprocessed = wr.athena.get_query_executions([query, nobody], return_unprocessed=True)
    assert done["Status.State"].tolist() == ["SUCCEEDED"] and unprocessed["ErrorCode"].tolist() == ["INVALID_INPUT"], unprocessed
    assert wr.athena.list_query_executions(workgroup="primary", max_results=60)[0] == query
    assert wr.athena.get_query_results(query).shape == (0, 3)


@case
def partitions_are_found_and_altered(sandbox):
    db = Database(sandbox)
    wr.s3.to_parquet(orders(), db.path("broken"), dataset=True, partition_cols=KEYS)
    types = {name: kind for name, kind in TYPES.items() if name not in KEYS}
    wr.catalog.create_parquet_table(db.name, "broken", db.path("broken"), types, partitions_types={"region": "string", "year": "int"})
    assert db.ask("select count(*) from broken") == [(0,)]
    assert wr.athena.repair_table("broken", db.name, s3_output=db.results) == "SUCCEEDED"
    assert len(wr.catalog.get_partitions(db.name, "broken")) == 4
    assert db.ask("select region, year from broken where id = 3") == [("us", 2024)]
    db.run("ALTER TABLE broken DROP PARTITION (region = 'us', year = 2024)")
    assert db.ask("select count(*) from broken") == [(3,)]
    db.run(f"ALTER TABLE broken ADD IF NOT EXISTS PARTITION (region = 'us', year = 2024) LOCATION '{db.path('broken')}region=us/year=2024/' "
             "PARTITION (region = 'eu', year = 2024)")
    assert db.ask("select count(*) from broken") == [(4,)]


OFTEN = {"max_cache_seconds": 10**9, "max_cache_query_inspections": 50, "max_remote_cache_entries": 50}


@case
def a_result_is_taken_from_an_earlier_query(sandbox):
    # By ListQueryExecutions and BatchGetQueryExecution.
    db = Database(sandbox)
    db.table("cached")
    sql = "select count(*) as n, max(name) as m from cached"
    first = db.frame(sql, s3_output=db.results, **PLAIN).query_metadata["QueryExecutionId"]
    second = db.frame(sql, s3_output=db.results, athena_cache_settings=OFTEN, **PLAIN)
    assert second.query_metadata["QueryExecutionId"] == first and second.n.tolist() == [4]
    assert wr.athena.start_query_execution(sql, database=db.name, athena_cache_settings=OFTEN) == first


@case
def a_prepared_statement(sandbox):
    db, name = Database(sandbox), unique("by_region").replace("-", "_")
    db.table(partition_cols=KEYS)
    wr.athena.create_prepared_statement("select id from orders where region = ? and year = ?", name)
    assert name in {statement["StatementName"] for statement in wr.athena.list_prepared_statements()}
    assert db.ask(f"execute {name} using 'eu', 2025") == [(2,)]
    assert db.ask(f'execute "{name}"', params=["'us'", "2025"], paramstyle="qmark") == [(4,)]
    wr.athena.create_prepared_statement("select id from orders where id = ?", name, mode="update")
    assert db.ask(f"execute {name} using 3") == [(3,)]
    raises(wr.exceptions.AlreadyExists, wr.athena.create_prepared_statement, "select 1", name, mode="error")
    wr.athena.delete_prepared_statement(name)
    refused("ResourceNotFoundException", db.athena.get_prepared_statement, StatementName=name, WorkGroup="primary")


@case
def a_workgroup_that_enforces_its_place(sandbox):
    db, name = Database(sandbox), unique("enforced")
    db.table()
    place = db.path("enforced")
    enforced = {"EnforceWorkGroupConfiguration": True, "ResultConfiguration": {"OutputLocation": place}}
    db.athena.create_work_group(Name=name, Configuration=enforced)
    for how in ({**PLAIN, "s3_output": None}, {"ctas_approach": True, "s3_output": None}, UNLOAD):
        frame = db.frame("select id from orders", workgroup=name, **how)
        assert sorted(frame.id.tolist()) == [1, 2, 3, 4], how
        written = frame.query_metadata["ResultConfiguration"]["OutputLocation"]
        assert written.startswith(place), (how, written)
    assert not list(wr.catalog.get_tables(database=db.name, name_prefix="temp_table_"))
    db.athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


@case
def a_workgroup_with_managed_results(sandbox):
    db, name = Database(sandbox), unique("managed")
    db.table()
    managed = {"EnforceWorkGroupConfiguration": False, "ManagedQueryResultsConfiguration": {"Enabled": True}}
    db.athena.create_work_group(Name=name, Configuration=managed)
    assert wr.athena.get_work_group(name)["WorkGroup"]["Configuration"]["ManagedQueryResultsConfiguration"]["Enabled"]
    frame = db.frame("select id, name from orders order by id", workgroup=name, s3_output=None, **PLAIN)
    assert frame.id.tolist() == [1, 2, 3, 4] and "OutputLocation" not in frame.query_metadata.get("ResultConfiguration", {}), frame.query_metadata


# --- Iceberg ---------------------------------------------------------------------------------------------------------

ICE = {"id": [1, 2, 3], "name": ["a", "b", "c"], "day": [datetime.date(2025, 1, day) for day in (1, 2, 2)]}


def to_iceberg(db, frame, **more):
    wr.athena.to_iceberg(frame, db.name, "ice", temp_path=db.fresh(), table_location=db.path("ice"), s3_output=db.results,
                         keep_files=False, partition_cols=["day"], **more)
    return db.ask("select id, name from ice order by id")


@case
def iceberg(sandbox):
    db, frame = Database(sandbox), pd.DataFrame(ICE)
    assert to_iceberg(db, frame) == [(1, "a"), (2, "b"), (3, "c")]
    assert db.stored("ice")["Parameters"]["table_type"] == "ICEBERG"
    rows = to_iceberg(db, frame.assign(id=[1, 7, 8], name=["A", "g", "h"]), merge_cols=["id"])
    assert rows == [(1, "A"), (2, "b"), (3, "c"), (7, "g"), (8, "h")], rows
    wr.athena.delete_from_iceberg_table(pd.DataFrame({"id": [1, 2, 3]}), db.name, "ice", merge_cols=["id"], temp_path=db.fresh(),
                                        s3_output=db.results)
    assert db.ask("select id from ice order by id") == [(7,), (8,)]


# --- objects ---------------------------------------------------------------------------------------------------------

NAMES = ["a/1.txt", "a/2.txt", "a/b/3.csv", "c d/ü+&.txt", "empty"]


def objects(db):
    """Five objects: their folder and their paths."""
    for name in NAMES:
        db.put(f"objects/{name}", b"" if name == "empty" else name.encode() * 3)
    at = db.path("objects")
    return at, [f"{at}{name}" for name in NAMES]


@case
def objects_are_listed(sandbox):
    at, every = objects(Database(sandbox))
    assert wr.s3.list_objects(at) == every, wr.s3.list_objects(at)
    assert wr.s3.list_objects(at, ignore_empty=True) == every[:-1]
    assert wr.s3.list_objects(at, suffix=".txt") == [every[0], every[1], every[3]]
    assert wr.s3.size_objects(every[:2]) == {every[0]: 21, every[1]: 21} and not wr.s3.does_object_exist(f"{at}nothing")
    assert wr.s3.list_objects(f"{at}a/?.txt") == every[:2] and wr.s3.list_directories(at) == [f"{at}a/", f"{at}c d/"]
    old = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)
    assert wr.s3.list_objects(at, last_modified_begin=old, last_modified_end=old.replace(year=2100)) == every
    assert wr.s3.list_objects(at, last_modified_end=old) == []


@case
def objects_are_copied_and_deleted(sandbox):
    db = Database(sandbox)
    at, every = objects(db)
    to = db.path("copied")
    new = wr.s3.copy_objects(every, at, to, replace_filenames={"1.txt": "one.txt"})
    assert sorted(new) == sorted([f"{to}a/one.txt", *(path.replace(at, to) for path in every[1:])]), new
    assert db.object(f"{to}c d/ü+&.txt").decode() == "c d/ü+&.txt" * 3
    wr.s3.delete_objects(to)
    assert wr.s3.list_objects(to) == []
    wr.s3.delete_objects([f"{at}nothing", every[0]])  # what is not there is no error
    assert wr.s3.list_objects(at) == every[1:]


NOT_DONE = {
    "orc_is_written_and_asked": "ORC",
    "ctas_in_orc": "ORC",
    "ctas_in_avro": "Avro",
    "unload_in_orc": "ORC",
    "unload_in_avro": "Avro",
    "unload_leaves_manifest_and_metadata": "metadata files beside results",
    "a_views_statement_is_generated": "the layout of a view's statement",
    "iceberg": "Iceberg",
}


def prepare(sandbox):
    warnings.simplefilter("ignore")
    boto3.setup_default_session()  # or every call would read the service models again
    wr.config.athena_endpoint_url = wr.config.glue_endpoint_url = wr.config.s3_endpoint_url = wr.config.sts_endpoint_url = sandbox.url
    wr.config.athena_query_wait_polling_delay = 0.05
    try:
        sandbox.client("s3").head_bucket(Bucket=BUCKET)
    except ClientError:
        sandbox.client("s3").create_bucket(Bucket=BUCKET)


if __name__ == "__main__":
    main(__doc__, prepare, NOT_DONE)
