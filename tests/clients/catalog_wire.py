#!/usr/bin/env python3
"""The Data Catalog of the sandbox by boto3: databases, tables, versions, partitions, their expressions, and Athena on them.

    /tmp/clients/bin/python tests/clients/catalog_wire.py --program target/release/gluedeck
"""

import base64
import datetime
import gzip
import io
import json
import time

from common import ACCOUNT, case, eventually, main, pages, refused, unique

BUCKET = "tumble-dev-athena"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
PARQUET_FORMATS = ("org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat")


def glue(sandbox):
    return sandbox.client("glue")


def a_database(sandbox, **more):
    name = unique("wire").replace("-", "_")
    glue(sandbox).create_database(DatabaseInput={"Name": name, **more})
    return name


def columns(**types):
    return [{"Name": name, "Type": kind} for name, kind in types.items()]


def table_input(name, location=None, serde=LAZY, formats=TEXT, serde_parameters=None, fields=None, keys=None, **more):
    """A TableInput of CSV without anything special, unless told."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": keys or [],
        "StorageDescriptor": {
            "Columns": fields or columns(id="int", name="string"),
            "Location": location or f"s3://{BUCKET}/{unique()}/",
            "InputFormat": formats[0],
            "OutputFormat": formats[1],
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": serde_parameters or {"field.delim": ","}},
        },
        **more,
    }


def a_table(sandbox, database=None, name="orders", indexes=None, **more):
    database = database or a_database(sandbox)
    extra = {"PartitionIndexes": indexes} if indexes else {}
    glue(sandbox).create_table(DatabaseName=database, TableInput=table_input(name, **more), **extra)
    return {"DatabaseName": database, "TableName": name}


def table(sandbox, where):
    return glue(sandbox).get_table(DatabaseName=where["DatabaseName"], Name=where["TableName"])["Table"]


def update(sandbox, where, description, **more):
    changed = {**table_input(where["TableName"]), "Description": description}
    glue(sandbox).update_table(DatabaseName=where["DatabaseName"], TableInput=changed, **more)


# --- databases -------------------------------------------------------------------------------------------------------

@case
def a_database_is_kept(sandbox):
    name = a_database(sandbox, Description="ours", LocationUri=f"s3://{BUCKET}/db/", Parameters={"a": "1"})
    found = glue(sandbox).get_database(Name=name)["Database"]
    assert found["Name"] == name and found["Description"] == "ours" and found["Parameters"] == {"a": "1"}, found
    assert found["LocationUri"] == f"s3://{BUCKET}/db/" and found["CreateTime"] and found["CatalogId"].isdigit()


@case
def a_databases_catalog_is_the_account(sandbox):
    assert glue(sandbox).get_database(Name=a_database(sandbox))["Database"]["CatalogId"] == ACCOUNT


@case
def a_database_that_there_is_already(sandbox):
    name = a_database(sandbox)
    response = refused("AlreadyExistsException", glue(sandbox).create_database, DatabaseInput={"Name": name})
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400 and "already exists" in response["Error"]["Message"]


@case
def a_databases_name_is_in_lower_case(sandbox):
    name = unique("Wire_Mixed").replace("-", "_")
    glue(sandbox).create_database(DatabaseInput={"Name": name})
    assert glue(sandbox).get_database(Name=name.lower())["Database"]["Name"] == name.lower()
    refused("AlreadyExistsException", glue(sandbox).create_database, DatabaseInput={"Name": name.lower()})


@case
def a_database_is_changed(sandbox):
    name = a_database(sandbox, Description="old", Parameters={"a": "1"})
    glue(sandbox).update_database(Name=name, DatabaseInput={"Name": name, "Description": "new"})
    found = glue(sandbox).get_database(Name=name)["Database"]
    assert found["Description"] == "new" and not found.get("Parameters"), "an update replaces all of it"


@case
def a_database_that_there_is_not(sandbox):
    for call, arguments in (
        (glue(sandbox).get_database, {}), (glue(sandbox).delete_database, {}),
        (glue(sandbox).update_database, {"DatabaseInput": {"Name": "nothing"}}),
    ):
        refused("EntityNotFoundException", call, Name=unique("nothing"), **arguments)


@case
def a_database_goes_with_its_tables(sandbox):
    where = a_table(sandbox, keys=columns(day="string"))
    create(sandbox, where, ["1"])
    glue(sandbox).delete_database(Name=where["DatabaseName"])
    refused("EntityNotFoundException", glue(sandbox).get_table, DatabaseName=where["DatabaseName"], Name="orders")
    glue(sandbox).create_database(DatabaseInput={"Name": where["DatabaseName"]})
    assert glue(sandbox).get_tables(DatabaseName=where["DatabaseName"])["TableList"] == []


@case
def databases_are_listed_in_pages(sandbox):
    made = {a_database(sandbox) for _ in range(3)}
    first = glue(sandbox).get_databases(MaxResults=2)
    assert len(first["DatabaseList"]) == 2 and first["NextToken"]
    found = [one["Name"] for one in pages(glue(sandbox), "get_databases", "DatabaseList", PaginationConfig={"PageSize": 2})]
    assert made <= set(found) and len(found) == len(set(found))


@case
def a_database_has_tags(sandbox):
    name = unique("wire").replace("-", "_")
    glue(sandbox).create_database(DatabaseInput={"Name": name}, Tags={"team": "sales"})
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:database/{name}"
    assert glue(sandbox).get_tags(ResourceArn=arn)["Tags"] == {"team": "sales"}


# --- tables ----------------------------------------------------------------------------------------------------------

FULL = {
    "Name": "orders",
    "Description": "all that was ordered",
    "Owner": "sales",
    "LastAccessTime": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    "Retention": 7,
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"classification": "csv", "skip.header.line.count": "1", "EXTERNAL": "TRUE", "odd & <name>": "ü"},
    "PartitionKeys": [{"Name": "day", "Type": "date", "Comment": "of the order"}, {"Name": "shop", "Type": "string"}],
    "StorageDescriptor": {
        "Columns": [
            {"Name": "id", "Type": "bigint", "Comment": "its number", "Parameters": {"key": "yes"}},
            {"Name": "lines", "Type": "array<struct<sku:string,price:decimal(10,2)>>", "Comment": ""},
            {"Name": "labels", "Type": "map<string,string>"},
        ],
        "Location": f"s3://{BUCKET}/full/",
        "InputFormat": TEXT[0],
        "OutputFormat": TEXT[1],
        "Compressed": True,
        "NumberOfBuckets": 4,
        "SerdeInfo": {"Name": "csv", "SerializationLibrary": LAZY, "Parameters": {"field.delim": "\t", "escape.delim": "\\"}},
        "BucketColumns": ["id"],
        "SortColumns": [{"Column": "id", "SortOrder": 1}],
        "Parameters": {"compressionType": "gzip", "sizeKey": "12"},
        "SkewedInfo": {"SkewedColumnNames": ["id"], "SkewedColumnValues": ["1"], "SkewedColumnValueLocationMaps": {"1": "s3://x/1"}},
        "StoredAsSubDirectories": True,
    },
}


def is_within(given, found, path=""):
    """All that was given is in what is found."""
    if isinstance(given, dict):
        for name, value in given.items():
            assert name in found, f"{path}.{name} is lost"
            is_within(value, found[name], f"{path}.{name}")
    elif isinstance(given, list):
        assert len(given) == len(found), f"{path}: {found}"
        for number, value in enumerate(given):
            is_within(value, found[number], f"{path}[{number}]")
    else:
        assert given == found, f"{path}: {found!r} for {given!r}"


@case
def a_table_is_kept_whole(sandbox):
    database = a_database(sandbox)
    glue(sandbox).create_table(DatabaseName=database, TableInput=FULL)
    is_within(FULL, glue(sandbox).get_table(DatabaseName=database, Name="orders")["Table"])


@case
def a_table_is_listed_whole(sandbox):
    database = a_database(sandbox)
    glue(sandbox).create_table(DatabaseName=database, TableInput=FULL)
    is_within(FULL, glue(sandbox).get_tables(DatabaseName=database)["TableList"][0])


@case
def what_a_table_gets_by_itself(sandbox):
    where = a_table(sandbox)
    found = table(sandbox, where)
    assert found["DatabaseName"] == where["DatabaseName"] and found["CreateTime"] and found["UpdateTime"], found
    assert found["CatalogId"] == ACCOUNT and found["IsRegisteredWithLakeFormation"] is False and found["CreatedBy"], found
    assert found["VersionId"] == "0", found["VersionId"]


@case
def a_view_is_kept(sandbox):
    database = a_database(sandbox)
    given = {"Name": "v", "TableType": "VIRTUAL_VIEW", "ViewOriginalText": "/* Presto View: e30= */", "ViewExpandedText": "/* Presto View */",
             "StorageDescriptor": {"Columns": columns(n="bigint")}, "Parameters": {"presto_view": "true"}}
    glue(sandbox).create_table(DatabaseName=database, TableInput=given)
    is_within(given, glue(sandbox).get_table(DatabaseName=database, Name="v")["Table"])


@case
def a_table_of_only_a_name(sandbox):
    database = a_database(sandbox)
    glue(sandbox).create_table(DatabaseName=database, TableInput={"Name": "bare"})
    assert glue(sandbox).get_table(DatabaseName=database, Name="bare")["Table"]["Name"] == "bare"


@case
def a_tables_name_is_in_lower_case(sandbox):
    database = a_database(sandbox)
    glue(sandbox).create_table(DatabaseName=database, TableInput=table_input("MixedCase"))
    assert glue(sandbox).get_table(DatabaseName=database, Name="mixedcase")["Table"]["Name"] == "mixedcase"
    refused("AlreadyExistsException", glue(sandbox).create_table, DatabaseName=database, TableInput=table_input("mixedcase"))


@case
def a_table_that_there_is_already(sandbox):
    where = a_table(sandbox)
    response = refused("AlreadyExistsException", glue(sandbox).create_table, DatabaseName=where["DatabaseName"], TableInput=table_input("orders"))
    assert response["Error"]["Message"] == "Table already exists.", response["Error"]


@case
def a_table_in_no_database(sandbox):
    name = unique("nothing")
    response = refused("EntityNotFoundException", glue(sandbox).create_table, DatabaseName=name, TableInput=table_input("orders"))
    assert response["Error"]["Message"] == f"Database {name} not found.", response["Error"]
    refused("EntityNotFoundException", glue(sandbox).get_tables, DatabaseName=name)
    refused("EntityNotFoundException", glue(sandbox).get_table, DatabaseName=name, Name="orders")


@case
def a_table_that_there_is_not(sandbox):
    database = a_database(sandbox)
    refused("EntityNotFoundException", glue(sandbox).get_table, DatabaseName=database, Name="nothing")
    refused("EntityNotFoundException", glue(sandbox).delete_table, DatabaseName=database, Name="nothing")
    refused("EntityNotFoundException", glue(sandbox).update_table, DatabaseName=database, TableInput=table_input("nothing"))
    refused("EntityNotFoundException", glue(sandbox).get_partitions, DatabaseName=database, TableName="nothing")


@case
def a_table_is_deleted(sandbox):
    where = a_table(sandbox)
    glue(sandbox).delete_table(DatabaseName=where["DatabaseName"], Name="orders")
    refused("EntityNotFoundException", glue(sandbox).get_table, DatabaseName=where["DatabaseName"], Name="orders")
    assert glue(sandbox).get_tables(DatabaseName=where["DatabaseName"])["TableList"] == []


@case
def a_new_table_has_nothing_of_the_old(sandbox):
    where = a_table(sandbox, keys=columns(day="string"))
    create(sandbox, where, ["1"])
    update(sandbox, where, "later")
    glue(sandbox).delete_table(DatabaseName=where["DatabaseName"], Name="orders")
    a_table(sandbox, where["DatabaseName"], keys=columns(day="string"))
    assert values(sandbox, where) == [] and table(sandbox, where)["VersionId"] == "0"
    assert len(glue(sandbox).get_table_versions(**where)["TableVersions"]) == 1


@case
def many_tables_are_deleted(sandbox):
    database = a_database(sandbox)
    for name in "abc":
        a_table(sandbox, database, name)
    answer = glue(sandbox).batch_delete_table(DatabaseName=database, TablesToDelete=["a", "nothing", "b"])
    assert [error["TableName"] for error in answer["Errors"]] == ["nothing"]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert [one["Name"] for one in glue(sandbox).get_tables(DatabaseName=database)["TableList"]] == ["c"]


# --- tables by expression and by page --------------------------------------------------------------------------------

def matching(sandbox, database, expression):
    return sorted(one["Name"] for one in glue(sandbox).get_tables(DatabaseName=database, Expression=expression)["TableList"])


@case
def tables_of_an_expression(sandbox):
    database = a_database(sandbox)
    for name in ("orders_2025", "orders_2026", "refunds_2026", "users"):
        a_table(sandbox, database, name)
    assert matching(sandbox, database, "users") == ["users"]
    assert matching(sandbox, database, "orders_.*") == ["orders_2025", "orders_2026"]
    assert matching(sandbox, database, ".*_2026") == ["orders_2026", "refunds_2026"]
    assert matching(sandbox, database, r"orders_\d+") == ["orders_2025", "orders_2026"]
    assert matching(sandbox, database, "users|refunds_.*") == ["refunds_2026", "users"]
    assert matching(sandbox, database, "nothing.*") == []


@case
def tables_of_an_asterisk(sandbox):
    # As awswrangler asks by prefix, suffix and part: an asterisk by itself stands for anything.
    database = a_database(sandbox)
    for name in ("orders_2025", "orders_2026", "refunds_2026"):
        a_table(sandbox, database, name)
    assert matching(sandbox, database, "orders*") == ["orders_2025", "orders_2026"]
    assert matching(sandbox, database, "*2026") == ["orders_2026", "refunds_2026"]
    assert matching(sandbox, database, "*rs_20*") == ["orders_2025", "orders_2026"]


@case
def tables_are_listed_in_pages(sandbox):
    database = a_database(sandbox)
    names = [f"t{number:02}" for number in range(7)]
    for name in names:
        a_table(sandbox, database, name)
    first = glue(sandbox).get_tables(DatabaseName=database, MaxResults=3)
    assert len(first["TableList"]) == 3 and first["NextToken"]
    found = [one["Name"] for one in pages(glue(sandbox), "get_tables", "TableList", DatabaseName=database, PaginationConfig={"PageSize": 3})]
    assert sorted(found) == names


@case
def tables_of_an_expression_are_listed_in_pages(sandbox):
    database = a_database(sandbox)
    for name in ("a1", "a2", "a3", "b1", "b2"):
        a_table(sandbox, database, name)
    found = pages(glue(sandbox), "get_tables", "TableList", DatabaseName=database, Expression="a.*", PaginationConfig={"PageSize": 2})
    assert sorted(one["Name"] for one in found) == ["a1", "a2", "a3"]


@case
def a_number_of_tables_that_is_none(sandbox):
    refused(("InvalidInputException", "ValidationException"), glue(sandbox).get_tables, DatabaseName=a_database(sandbox), MaxResults=101)


@case
def only_names_of_tables(sandbox):
    where = a_table(sandbox)
    found = glue(sandbox).get_tables(DatabaseName=where["DatabaseName"], AttributesToGet=["NAME"])["TableList"]
    assert found[0]["Name"] == "orders" and "StorageDescriptor" not in found[0], found


# --- search ----------------------------------------------------------------------------------------------------------

def search(sandbox, database, **more):
    """The names of the tables of this database that are found."""
    found, token = [], {}
    while True:
        answer = glue(sandbox).search_tables(**more, **token)
        found += [one["Name"] for one in answer["TableList"] if one["DatabaseName"] == database]
        if not answer.get("NextToken"):
            return found
        token = {"NextToken": answer["NextToken"]}


@case
def search_by_text(sandbox):
    database, word = a_database(sandbox), unique("w").replace("-", "")
    a_table(sandbox, database, f"{word}_orders")
    a_table(sandbox, database, "users", Description=f"those of {word} and others")
    a_table(sandbox, database, "refunds")
    assert f"{word}_orders" in search(sandbox, database, SearchText=word)
    assert "refunds" not in search(sandbox, database, SearchText=word)


@case
def search_by_text_in_quotes(sandbox):
    database, word = a_database(sandbox), unique("w").replace("-", "")
    a_table(sandbox, database, word)
    a_table(sandbox, database, f"{word}_more")
    assert word in search(sandbox, database, SearchText=f'"{word}"')


@case
def search_by_the_database(sandbox):
    database = a_database(sandbox)
    for name in "abc":
        a_table(sandbox, database, name)
    assert sorted(search(sandbox, database, Filters=[{"Key": "DatabaseName", "Value": database}])) == ["a", "b", "c"]


@case
def search_by_a_part_of_the_name(sandbox):
    # The reference's own example: the name is split at punctuation, and each part compared as a whole.
    database = a_database(sandbox)
    for name in ("customer-link", "xx-link-yy", "xxlinkyy"):
        a_table(sandbox, database, name)
    found = search(sandbox, database, Filters=[{"Key": "DatabaseName", "Value": database}, {"Key": "Name", "Value": "link"}])
    assert sorted(found) == ["customer-link", "xx-link-yy"], found


@case
def search_is_sorted(sandbox):
    database = a_database(sandbox)
    for name in "bca":
        a_table(sandbox, database, name)
    of = [{"Key": "DatabaseName", "Value": database}]
    assert search(sandbox, database, Filters=of, SortCriteria=[{"FieldName": "Name", "Sort": "ASC"}]) == ["a", "b", "c"]
    assert search(sandbox, database, Filters=of, SortCriteria=[{"FieldName": "Name", "Sort": "DESC"}]) == ["c", "b", "a"]


@case
def search_in_pages(sandbox):
    database = a_database(sandbox)
    for name in "abcde":
        a_table(sandbox, database, name)
    of = [{"Key": "DatabaseName", "Value": database}]
    first = glue(sandbox).search_tables(Filters=of, MaxResults=2)
    assert len(first["TableList"]) == 2 and first["NextToken"]
    assert sorted(search(sandbox, database, Filters=of, MaxResults=2)) == list("abcde")


@case
def search_for_nothing(sandbox):
    assert glue(sandbox).search_tables(SearchText=unique("nothing"))["TableList"] == []


# --- versions --------------------------------------------------------------------------------------------------------

@case
def a_table_is_changed(sandbox):
    where = a_table(sandbox, Parameters={"a": "1"}, keys=columns(day="string"))
    made = table(sandbox, where)["CreateTime"]
    changed = {**FULL, "PartitionKeys": columns(day="string")}
    glue(sandbox).update_table(DatabaseName=where["DatabaseName"], TableInput=changed)
    found = table(sandbox, where)
    is_within(changed, found)
    assert "a" not in found["Parameters"] and found["CreateTime"] == made and found["UpdateTime"] >= made


@case
def a_change_makes_a_version(sandbox):
    where = a_table(sandbox)
    assert table(sandbox, where)["VersionId"] == "0"
    update(sandbox, where, "one")
    update(sandbox, where, "two")
    assert table(sandbox, where)["VersionId"] == "2" and table(sandbox, where)["Description"] == "two"


@case
def versions_are_listed(sandbox):
    where = a_table(sandbox)
    update(sandbox, where, "one")
    update(sandbox, where, "two")
    found = glue(sandbox).get_table_versions(**where)["TableVersions"]
    assert [one["VersionId"] for one in found] == ["2", "1", "0"], "the newest is the first"
    assert [one["Table"].get("Description") for one in found] == ["two", "one", None]
    assert [one["Table"]["VersionId"] for one in found] == ["2", "1", "0"]


@case
def versions_are_listed_in_pages(sandbox):
    where = a_table(sandbox)
    for number in range(4):
        update(sandbox, where, str(number))
    first = glue(sandbox).get_table_versions(**where, MaxResults=2)
    assert len(first["TableVersions"]) == 2 and first["NextToken"]
    found = pages(glue(sandbox), "get_table_versions", "TableVersions", **where, PaginationConfig={"PageSize": 2})
    assert [one["VersionId"] for one in found] == ["4", "3", "2", "1", "0"]


@case
def one_version(sandbox):
    where = a_table(sandbox)
    update(sandbox, where, "one")
    found = glue(sandbox).get_table_version(**where, VersionId="0")["TableVersion"]
    assert found["VersionId"] == "0" and "Description" not in found["Table"] and found["Table"]["Name"] == "orders"
    assert glue(sandbox).get_table_version(**where, VersionId="1")["TableVersion"]["Table"]["Description"] == "one"


@case
def the_version_that_is_not_named(sandbox):
    where = a_table(sandbox)
    update(sandbox, where, "one")
    assert glue(sandbox).get_table_version(**where)["TableVersion"]["VersionId"] == "1"


@case
def a_version_that_there_is_not(sandbox):
    where = a_table(sandbox)
    refused("EntityNotFoundException", glue(sandbox).get_table_version, **where, VersionId="7")
    refused("InvalidInputException", glue(sandbox).get_table_version, **where, VersionId="latest")
    refused("EntityNotFoundException", glue(sandbox).delete_table_version, **where, VersionId="7")


@case
def a_change_that_keeps_no_old_version(sandbox):
    where = a_table(sandbox)
    update(sandbox, where, "one", SkipArchive=True)
    found = glue(sandbox).get_table_versions(**where)["TableVersions"]
    assert [one["Table"].get("Description") for one in found] == ["one"], found
    assert table(sandbox, where)["Description"] == "one"


@case
def a_change_of_the_version_that_it_is(sandbox):
    where = a_table(sandbox)
    update(sandbox, where, "one", VersionId=table(sandbox, where)["VersionId"])
    assert table(sandbox, where)["Description"] == "one"


@case
def a_change_of_an_older_version(sandbox):
    where = a_table(sandbox)
    version = table(sandbox, where)["VersionId"]
    update(sandbox, where, "one")
    changed = {**table_input("orders"), "Description": "two"}
    response = refused("ConcurrentModificationException", glue(sandbox).update_table, DatabaseName=where["DatabaseName"], TableInput=changed, VersionId=version)
    assert response["Error"]["Message"] == "Update table failed due to concurrent modifications.", response["Error"]
    assert table(sandbox, where)["Description"] == "one"


@case
def a_version_is_deleted(sandbox):
    where = a_table(sandbox)
    update(sandbox, where, "one")
    update(sandbox, where, "two")
    glue(sandbox).delete_table_version(**where, VersionId="1")
    assert [one["VersionId"] for one in glue(sandbox).get_table_versions(**where)["TableVersions"]] == ["2", "0"]
    refused("EntityNotFoundException", glue(sandbox).get_table_version, **where, VersionId="1")
    update(sandbox, where, "three")
    assert table(sandbox, where)["VersionId"] == "3"


@case
def many_versions_are_deleted(sandbox):
    where = a_table(sandbox)
    for number in range(3):
        update(sandbox, where, str(number))
    answer = glue(sandbox).batch_delete_table_version(**where, VersionIds=["0", "7", "1"])
    assert [error["VersionId"] for error in answer["Errors"]] == ["7"] and answer["Errors"][0]["TableName"] == "orders"
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert [one["VersionId"] for one in glue(sandbox).get_table_versions(**where)["TableVersions"]] == ["3", "2"]


@case
def versions_of_a_table_that_there_is_not(sandbox):
    refused("EntityNotFoundException", glue(sandbox).get_table_versions, DatabaseName=a_database(sandbox), TableName="nothing")


# --- partitions ------------------------------------------------------------------------------------------------------

def partition(*of, location=None, **more):
    descriptor = table_input("x", location=location)["StorageDescriptor"]
    return {"Values": list(of), "StorageDescriptor": descriptor, **more}


def create(sandbox, where, *many):
    """Creates partitions of these lists of values."""
    for start in range(0, len(many), 100):
        inputs = [partition(*of) for of in many[start:start + 100]]
        answer = glue(sandbox).batch_create_partition(**where, PartitionInputList=inputs)
        assert not answer.get("Errors"), answer


def values(sandbox, where, **more):
    """The values of all partitions, those of one key by themselves."""
    found = [one["Values"] for one in pages(glue(sandbox), "get_partitions", "Partitions", **where, **more)]
    return sorted(of[0] if len(of) == 1 else tuple(of) for of in found)


def daily(sandbox, *days):
    where = a_table(sandbox, keys=columns(day="string"))
    create(sandbox, where, *([day] for day in days))
    return where


@case
def a_partition_is_kept(sandbox):
    where = a_table(sandbox, keys=columns(day="string", shop="string"))
    given = partition("2026-01-01", "a b", Parameters={"rows": "7"})
    given["StorageDescriptor"]["Columns"] = FULL["StorageDescriptor"]["Columns"]
    given["StorageDescriptor"]["SerdeInfo"] = FULL["StorageDescriptor"]["SerdeInfo"]
    glue(sandbox).create_partition(**where, PartitionInput=given)
    found = glue(sandbox).get_partition(**where, PartitionValues=["2026-01-01", "a b"])["Partition"]
    is_within(given, found)
    assert found["DatabaseName"] == where["DatabaseName"] and found["TableName"] == "orders" and found["CreationTime"]
    assert found["CatalogId"] == ACCOUNT


@case
def a_partition_that_there_is_already(sandbox):
    where = daily(sandbox, "1")
    response = refused("AlreadyExistsException", glue(sandbox).create_partition, **where, PartitionInput=partition("1"))
    assert response["Error"]["Message"] == "Partition already exists.", response["Error"]


@case
def a_partition_that_there_is_not(sandbox):
    where = daily(sandbox, "1")
    response = refused("EntityNotFoundException", glue(sandbox).get_partition, **where, PartitionValues=["2"])
    assert response["Error"]["Message"] == "Cannot find partition.", response["Error"]
    refused("EntityNotFoundException", glue(sandbox).delete_partition, **where, PartitionValues=["2"])


@case
def a_partition_of_too_many_values(sandbox):
    where = daily(sandbox, "1")
    response = refused("InvalidInputException", glue(sandbox).create_partition, **where, PartitionInput=partition("1", "2"))
    assert "number of partition keys do not match the number of partition values" in response["Error"]["Message"], response["Error"]


@case
def a_partition_of_too_few_values(sandbox):
    where = a_table(sandbox, keys=columns(day="string", shop="string"))
    refused("InvalidInputException", glue(sandbox).create_partition, **where, PartitionInput=partition("1"))
    assert values(sandbox, where) == []


@case
def a_partition_is_asked_for_by_too_many_values(sandbox):
    where = daily(sandbox, "1")
    refused(("InvalidInputException", "EntityNotFoundException"), glue(sandbox).get_partition, **where, PartitionValues=["1", "2"])


@case
def a_partition_of_no_table(sandbox):
    where = {"DatabaseName": a_database(sandbox), "TableName": "nothing"}
    refused("EntityNotFoundException", glue(sandbox).create_partition, **where, PartitionInput=partition("1"))
    refused("EntityNotFoundException", glue(sandbox).batch_create_partition, **where, PartitionInputList=[partition("1")])
    refused("EntityNotFoundException", glue(sandbox).get_partition, **where, PartitionValues=["1"])


@case
def many_partitions_are_made(sandbox):
    where = daily(sandbox, "1")
    answer = glue(sandbox).batch_create_partition(**where, PartitionInputList=[partition("1"), partition("2")])
    assert [error["PartitionValues"] for error in answer["Errors"]] == [["1"]], answer
    detail = answer["Errors"][0]["ErrorDetail"]
    assert detail["ErrorCode"] == "AlreadyExistsException" and detail["ErrorMessage"] == "Partition already exists.", detail
    assert values(sandbox, where) == ["1", "2"]


@case
def a_partition_is_changed(sandbox):
    where = daily(sandbox, "1")
    glue(sandbox).update_partition(**where, PartitionValueList=["1"], PartitionInput=partition("1", location="s3://new/", Parameters={"b": "2"}))
    found = glue(sandbox).get_partition(**where, PartitionValues=["1"])["Partition"]
    assert found["StorageDescriptor"]["Location"] == "s3://new/" and found["Parameters"] == {"b": "2"}


@case
def a_partition_gets_other_values(sandbox):
    where = daily(sandbox, "1", "2")
    glue(sandbox).update_partition(**where, PartitionValueList=["1"], PartitionInput=partition("3"))
    assert values(sandbox, where) == ["2", "3"]
    refused("AlreadyExistsException", glue(sandbox).update_partition, **where, PartitionValueList=["3"], PartitionInput=partition("2"))


@case
def a_partition_that_there_is_not_is_not_changed(sandbox):
    refused("EntityNotFoundException", glue(sandbox).update_partition, **daily(sandbox, "1"), PartitionValueList=["2"], PartitionInput=partition("2"))


@case
def many_partitions_are_changed(sandbox):
    where = daily(sandbox, "1", "2")
    entries = [{"PartitionValueList": [day], "PartitionInput": partition(day, location=f"s3://new/{day}/")} for day in ("1", "9", "2")]
    answer = glue(sandbox).batch_update_partition(**where, Entries=entries)
    assert [error["PartitionValueList"] for error in answer["Errors"]] == [["9"]], answer
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    for day in "12":
        assert glue(sandbox).get_partition(**where, PartitionValues=[day])["Partition"]["StorageDescriptor"]["Location"] == f"s3://new/{day}/"


@case
def a_partition_is_deleted(sandbox):
    where = daily(sandbox, "1", "2")
    glue(sandbox).delete_partition(**where, PartitionValues=["1"])
    assert values(sandbox, where) == ["2"]


@case
def many_partitions_are_deleted(sandbox):
    where = daily(sandbox, "1", "2", "3")
    answer = glue(sandbox).batch_delete_partition(**where, PartitionsToDelete=[{"Values": ["1"]}, {"Values": ["9"]}, {"Values": ["2"]}])
    assert [error["PartitionValues"] for error in answer["Errors"]] == [["9"]], answer
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException" and values(sandbox, where) == ["3"]


@case
def many_partitions_are_asked_for(sandbox):
    where = daily(sandbox, "1", "2", "3")
    wanted = [{"Values": [day]} for day in ("1", "9", "3")]
    answer = glue(sandbox).batch_get_partition(**where, PartitionsToGet=wanted)
    assert sorted(one["Values"] for one in answer["Partitions"]) == [["1"], ["3"]]
    assert answer.get("UnprocessedKeys", []) in ([], [{"Values": ["9"]}]), answer


@case
def partitions_are_listed(sandbox):
    where = daily(sandbox, "3", "1", "2")
    answer = glue(sandbox).get_partitions(**where)
    assert sorted(one["Values"][0] for one in answer["Partitions"]) == ["1", "2", "3"] and not answer.get("NextToken")
    assert all(one["StorageDescriptor"]["Columns"] for one in answer["Partitions"])


@case
def partitions_are_listed_in_pages(sandbox):
    days = [f"{number:02}" for number in range(12)]
    where = daily(sandbox, *days)
    first = glue(sandbox).get_partitions(**where, MaxResults=5)
    assert len(first["Partitions"]) == 5 and first["NextToken"]
    found = [one["Values"][0] for one in pages(glue(sandbox), "get_partitions", "Partitions", **where, PaginationConfig={"PageSize": 5})]
    assert sorted(found) == days


@case
def partitions_of_an_expression_are_listed_in_pages(sandbox):
    where = daily(sandbox, *(f"{number:02}" for number in range(12)))
    found = pages(glue(sandbox), "get_partitions", "Partitions", **where, Expression="day >= '05'", PaginationConfig={"PageSize": 2})
    assert sorted(one["Values"][0] for one in found) == [f"{number:02}" for number in range(5, 12)]


@case
def partitions_without_columns(sandbox):
    where = daily(sandbox, "1")
    found = glue(sandbox).get_partitions(**where, ExcludeColumnSchema=True)["Partitions"][0]
    assert not found["StorageDescriptor"].get("Columns"), found
    assert found["StorageDescriptor"]["Location"].startswith("s3://") and found["Values"] == ["1"]


@case
def partitions_of_a_table_without_keys(sandbox):
    where = a_table(sandbox)
    assert values(sandbox, where) == []


@case
def values_of_partitions_may_be_odd(sandbox):
    odd = ["a b", "ü", "x/y", "k=v", "%41", "O'Brien", "", "__HIVE_DEFAULT_PARTITION__"]
    where = a_table(sandbox, keys=columns(name="string"))
    for value in odd:
        if value:
            glue(sandbox).create_partition(**where, PartitionInput=partition(value))
            assert glue(sandbox).get_partition(**where, PartitionValues=[value])["Partition"]["Values"] == [value]
    assert values(sandbox, where) == sorted(value for value in odd if value)


# --- segments --------------------------------------------------------------------------------------------------------

def segments(sandbox, where, total, **more):
    return [values(sandbox, where, Segment={"SegmentNumber": number, "TotalSegments": total}, **more) for number in range(total)]


@case
def segments_are_all_of_it(sandbox):
    days = [f"{number:03}" for number in range(120)]
    where = daily(sandbox, *days)
    for total in (1, 3, 10):
        found = segments(sandbox, where, total)
        assert sorted(sum(found, [])) == days, total
        assert sum(len(one) for one in found) == len(days)


@case
def segments_are_of_about_one_size(sandbox):
    where = daily(sandbox, *(f"{number:03}" for number in range(120)))
    assert all(len(one) < 60 for one in segments(sandbox, where, 5))


@case
def segments_with_an_expression_and_pages(sandbox):
    where = daily(sandbox, *(f"{number:03}" for number in range(60)))
    found = segments(sandbox, where, 4, Expression="day < '030'", PaginationConfig={"PageSize": 3})
    assert sorted(sum(found, [])) == [f"{number:03}" for number in range(30)]


@case
def a_segment_that_there_is_not(sandbox):
    where = daily(sandbox, "1")
    for number, total in ((4, 4), (5, 2), (0, 11)):
        refused("InvalidInputException", glue(sandbox).get_partitions, **where, Segment={"SegmentNumber": number, "TotalSegments": total})


# --- expressions -----------------------------------------------------------------------------------------------------

def keyed(sandbox, kind, *of):
    """A table with partitions of one key, k, of this type."""
    where = a_table(sandbox, keys=columns(k=kind))
    create(sandbox, where, *([value] for value in of))
    return where


def selects(sandbox, where, wanted, *expressions):
    for expression in expressions:
        found = values(sandbox, where, Expression=expression)
        assert found == sorted(wanted), f"{expression}: {found}"


def invalid(sandbox, where, *expressions, text=""):
    for expression in expressions:
        response = refused("InvalidInputException", glue(sandbox).get_partitions, **where, Expression=expression)
        assert text in response["Error"]["Message"], f"{expression}: {response['Error']}"


@case
def expressions_of_int(sandbox):
    where = keyed(sandbox, "int", "1", "2", "3", "10")
    selects(sandbox, where, ["2"], "k = 2", "k=2", "(k = 2)", "k = '2'")
    selects(sandbox, where, ["1", "3", "10"], "k <> 2", "k != 2")
    selects(sandbox, where, ["3", "10"], "k > 2", "k >= 3", "k > '2'")
    selects(sandbox, where, ["1", "2"], "k < 3", "k <= 2")
    selects(sandbox, where, ["10"], "k > 9", "k >= 10")


@case
def expressions_of_bigint_smallint_and_tinyint(sandbox):
    where = keyed(sandbox, "bigint", "-5", "9", "10", "9007199254740993")
    selects(sandbox, where, ["9007199254740993"], "k = 9007199254740993", "k > 9007199254740992")
    selects(sandbox, where, ["-5"], "k < 0", "k = -5", "k = '-5'")
    for kind in ("smallint", "tinyint"):
        selects(sandbox, keyed(sandbox, kind, "9", "10"), ["10"], "k > 9")


@case
def expressions_of_int_that_are_wrong(sandbox):
    where = keyed(sandbox, "int", "1", "2")
    invalid(sandbox, where, "k = 'test'", "k in (2.5)", text="is not an integer")
    invalid(sandbox, where, "k LIKE '2'", text="Integral data type doesn't support operation 'LIKE'")


@case
def expressions_of_string(sandbox):
    where = keyed(sandbox, "string", "one", "two", "three", "2", "10", "9")
    selects(sandbox, where, ["two"], "k = 'two'", "k > 'three' and k < 'twp'", "k between 'twn' and 'twp'")
    selects(sandbox, where, ["2"], "k = 2", "k = '2'")
    # Text is compared, not numbers.
    selects(sandbox, where, ["10", "2"], "k < '9'", "k < 9")
    selects(sandbox, where, [], "k = 'TWO'", "k = 'tw'", "k = ' two'")


@case
def expressions_of_like(sandbox):
    where = keyed(sandbox, "string", "one", "two", "three", "2", "t.o")
    selects(sandbox, where, ["t.o", "two"], "k LIKE 't_o'", "k like 't_o'")
    selects(sandbox, where, ["t.o", "three", "two"], "k LIKE 't%'", "k LIKE 't__%'")
    selects(sandbox, where, ["two"], "k LIKE '%wo'", "k LIKE 'two'", "k LIKE '%w%'")
    selects(sandbox, where, ["t.o"], "k LIKE 't.o'", "k LIKE '%.%'")
    selects(sandbox, where, ["2", "one"], "k NOT LIKE 't%'", "k not like 't%'")
    selects(sandbox, where, [], "k LIKE 'w'", "k LIKE ''")


@case
def expressions_of_date(sandbox):
    where = keyed(sandbox, "date", "2026-01-31", "2026-02-01", "2026-10-01")
    selects(sandbox, where, ["2026-02-01"], "k = '2026-02-01'", "k in ('2026-02-01', '2027-01-01')", "k between '2026-02-01' and '2026-02-28'")
    selects(sandbox, where, ["2026-02-01", "2026-10-01"], "k > '2026-01-31'", "k <> '2026-01-31'")
    selects(sandbox, where, ["2026-01-31"], "k < '2026-02-01'", "k not in ('2026-02-01', '2026-10-01')")


@case
def expressions_of_date_that_are_wrong(sandbox):
    where = keyed(sandbox, "date", "2026-01-31")
    invalid(sandbox, where, "k = 'test'", "k = '2026-02-32'", text="is not a date")
    invalid(sandbox, where, "k LIKE '2026%'", text="Date data type doesn't support operation 'LIKE'")


@case
def expressions_of_timestamp(sandbox):
    where = keyed(sandbox, "timestamp", "2026-01-01 12:34:56.789", "2026-02-01 00:00:00.000000", "2026-03-01 21:00:12")
    wanted = ["2026-02-01 00:00:00.000000"]
    selects(sandbox, where, wanted, "k = '2026-02-01 00:00:00'", "k = '2026-02-01 00:00:00.0'", "k between '2026-01-15 00:00:00' and '2026-02-15 00:00:00'")
    selects(sandbox, where, wanted, "k > '2026-01-31 23:59:59.999999999' and k < '2026-02-01 00:00:00.000000001'")
    selects(sandbox, where, ["2026-01-01 12:34:56.789"], "k < '2026-01-01 12:34:56.79' and k > '2026-01-01 12:34:56.788'")
    invalid(sandbox, where, "k = '2026-02-01'", "k = '2026-02-32 00:00:00'", text="is not a timestamp")


@case
def expressions_of_decimal(sandbox):
    where = keyed(sandbox, "decimal", "1.2", "2.6", "10")
    selects(sandbox, where, ["2.6"], "k = 2.6", "k = '2.6'", "k in (6, '4', 2.6)", "k > 1.5 and k < 3", "k between 2 and 3", "k = 2.60")
    selects(sandbox, where, ["10", "2.6"], "k > 2")
    invalid(sandbox, where, "k = 'test'", text="is not a decimal")


@case
def expressions_of_in(sandbox):
    where = keyed(sandbox, "int", "1", "2", "3")
    selects(sandbox, where, ["2"], "k IN (2)", "k in (6, '4', 2)", "k NOT IN (1, 3)", "k not in (1,3)")
    selects(sandbox, where, ["1", "3"], "k IN (1, 3)", "k NOT IN (2)", "(k IN (1, 3))", "(k) in (1, 3)")
    selects(sandbox, where, [], "k IN (7)")


@case
def expressions_of_between(sandbox):
    where = keyed(sandbox, "int", "1", "2", "3", "10")
    selects(sandbox, where, ["2", "3"], "k BETWEEN 2 AND 3", "k between 2 and 9", "k between '2' and '3'")
    selects(sandbox, where, ["1", "10"], "k NOT BETWEEN 2 AND 3", "k not between 2 and 3")
    selects(sandbox, where, ["2"], "k between 2 and 3 and k < 3")


@case
def expressions_of_null(sandbox):
    where = keyed(sandbox, "string", "a", "b")
    selects(sandbox, where, ["a", "b"], "k IS NOT NULL", "k is not null")
    selects(sandbox, where, [], "k IS NULL", "k is null")
    selects(sandbox, where, ["a"], "k IS NOT NULL AND k = 'a'")


@case
def expressions_with_and_and_or(sandbox):
    where = keyed(sandbox, "int", "1", "2", "3", "4")
    selects(sandbox, where, ["2"], "k > 1 AND k < 3", "k > 1 and k < 3", "k>1 And k<3", "(k > 1) AND (k < 3)", "((k > 1 AND k < 3))")
    selects(sandbox, where, ["1", "4"], "k = 1 OR k = 4", "k = 1 or k = 4", "(k = 1) OR ((k = 4))")
    # AND binds more closely.
    selects(sandbox, where, ["1", "3"], "k = 1 OR k > 2 AND k < 4", "k > 2 AND k < 4 OR k = 1")
    selects(sandbox, where, ["3"], "(k = 1 OR k > 2) AND k < 4 AND k <> 1")
    selects(sandbox, where, ["2", "3"], "k = 4 AND k = 5 OR k = 2 OR k = 3 AND k = '3'")


@case
def expressions_with_not(sandbox):
    where = keyed(sandbox, "int", "1", "2", "3")
    selects(sandbox, where, ["1", "3"], "NOT (k = 2)", "not (k = 2)", "NOT k = 2")
    selects(sandbox, where, ["3"], "NOT (k = 1 OR k = 2)", "NOT (k = 1) AND NOT (k = 2)")


@case
def expressions_of_several_keys(sandbox):
    where = a_table(sandbox, keys=columns(year="int", month="int", shop="string"))
    create(sandbox, where, ["2025", "12", "a"], ["2026", "1", "a"], ["2026", "1", "b"], ["2026", "10", "b"])
    selects(sandbox, where, [("2026", "1", "a"), ("2026", "1", "b")], "year = 2026 AND month = 1", "month = 1", "year = 2026 and month < 10")
    selects(sandbox, where, [("2026", "10", "b")], "shop = 'b' AND month > 9", "year > 2025 and month >= 2")
    selects(sandbox, where, [("2025", "12", "a"), ("2026", "10", "b")], "year = 2025 or (year = 2026 and month = 10)", "month in (10, 12)")


@case
def expressions_with_quotes(sandbox):
    where = keyed(sandbox, "string", "O'Brien", "a b", "a=b", "a and b", "(x)", "50%")
    selects(sandbox, where, ["O'Brien"], "k = 'O''Brien'")
    selects(sandbox, where, ["a b"], "k = 'a b'")
    selects(sandbox, where, ["a=b"], "k = 'a=b'")
    selects(sandbox, where, ["a and b"], "k = 'a and b'")
    selects(sandbox, where, ["(x)"], "k in ('(x)')")
    selects(sandbox, where, ["50%"], "k = '50%'")


@case
def expressions_with_white_space(sandbox):
    where = keyed(sandbox, "int", "1", "2", "3")
    selects(sandbox, where, ["2"], "  k  =  2  ", "k\n=\t2", "k > 1\r\nAND k < 3", "k IN(2)", "k in ( 2 , 7 )")


@case
def expressions_of_nothing(sandbox):
    where = keyed(sandbox, "int", "1", "2")
    selects(sandbox, where, ["1", "2"], "", "  ")


@case
def expressions_that_are_nonsense(sandbox):
    where = keyed(sandbox, "string", "a")
    invalid(sandbox, where, "nonsense", "k =", "= 'a'", "k = 'a", "k == = 'a'", "k = 'a' AND", "(k = 'a'", "k = 'a')", "k IS test' AND not parsable",
            "k IN ()", "k BETWEEN 'a'", "k = 'a' k = 'b'", "select 1", "k = 'a';drop")


@case
def expressions_of_a_column_that_there_is_not(sandbox):
    where = keyed(sandbox, "string", "a")
    invalid(sandbox, where, "unknown = 'a'", "unknown IS NULL", "unknown LIKE 'a'", "unknown in ('a')", "unknown between 'a' and 'b'")


@case
def expressions_of_a_column_that_is_no_key(sandbox):
    invalid(sandbox, keyed(sandbox, "string", "a"), "name = 'a'")


@case
def expressions_of_a_type_that_is_none(sandbox):
    invalid(sandbox, keyed(sandbox, "float", "3.14"), "k = 3.14", text="Unknown type : 'float'")


@case
def expressions_of_values_that_are_not_of_the_type(sandbox):
    where = keyed(sandbox, "int", "1", "not a number")
    response = refused("InvalidStateException", glue(sandbox).get_partitions, **where, Expression="k = 1")
    assert "is not an integer" in response["Error"]["Message"], response["Error"]


@case
def expressions_that_are_too_long(sandbox):
    where = keyed(sandbox, "int", "1", "2")
    expression = " OR ".join(f"k = {number}" for number in range(400))
    refused(("InvalidInputException", "ValidationException"), glue(sandbox).get_partitions, **where, Expression=expression)
    selects(sandbox, where, ["1", "2"], expression[:2_000].rsplit(" OR ", 1)[0])


# --- indexes, statistics, functions, tags ----------------------------------------------------------------------------

def indexes(sandbox, where):
    return glue(sandbox).get_partition_indexes(**where).get("PartitionIndexDescriptorList", [])


@case
def an_index_is_made(sandbox):
    where = a_table(sandbox, keys=columns(year="int", shop="string"))
    assert indexes(sandbox, where) == []
    glue(sandbox).create_partition_index(**where, PartitionIndex={"IndexName": "by_shop", "Keys": ["shop", "year"]})
    found = indexes(sandbox, where)[0]
    assert found["IndexName"] == "by_shop" and found["IndexStatus"] in ("CREATING", "ACTIVE"), found
    assert found["Keys"] == [{"Name": "shop", "Type": "string"}, {"Name": "year", "Type": "int"}], found
    eventually(lambda: indexes(sandbox, where)[0]["IndexStatus"] == "ACTIVE")


@case
def an_index_is_made_with_its_table(sandbox):
    where = a_table(sandbox, keys=columns(year="int"), indexes=[{"IndexName": "by_year", "Keys": ["year"]}])
    assert [one["IndexName"] for one in indexes(sandbox, where)] == ["by_year"]


@case
def an_index_that_there_is_already(sandbox):
    where = a_table(sandbox, keys=columns(year="int", month="int"), indexes=[{"IndexName": "a", "Keys": ["year"]}])
    refused("AlreadyExistsException", glue(sandbox).create_partition_index, **where, PartitionIndex={"IndexName": "a", "Keys": ["month"]})


@case
def an_index_of_what_is_no_key(sandbox):
    where = a_table(sandbox, keys=columns(year="int"))
    refused("InvalidInputException", glue(sandbox).create_partition_index, **where, PartitionIndex={"IndexName": "a", "Keys": ["id"]})


@case
def a_fourth_index(sandbox):
    where = a_table(sandbox, keys=columns(a="int", b="int", c="int"), indexes=[{"IndexName": key, "Keys": [key]} for key in "abc"])
    refused("ResourceNumberLimitExceededException", glue(sandbox).create_partition_index, **where, PartitionIndex={"IndexName": "d", "Keys": ["a", "b"]})


@case
def an_index_is_deleted(sandbox):
    where = a_table(sandbox, keys=columns(year="int"), indexes=[{"IndexName": "a", "Keys": ["year"]}])
    eventually(lambda: indexes(sandbox, where)[0]["IndexStatus"] == "ACTIVE")
    glue(sandbox).delete_partition_index(**where, IndexName="a")
    eventually(lambda: indexes(sandbox, where) == [])
    refused("EntityNotFoundException", glue(sandbox).delete_partition_index, **where, IndexName="a")


@case
def indexes_of_no_table(sandbox):
    refused("EntityNotFoundException", glue(sandbox).get_partition_indexes, DatabaseName=a_database(sandbox), TableName="nothing")


@case
def there_are_no_statistics_of_columns(sandbox):
    where = a_table(sandbox)
    answer = glue(sandbox).get_column_statistics_for_table(**where, ColumnNames=["id", "name"])
    assert answer["ColumnStatisticsList"] == []
    assert [error["ColumnName"] for error in answer["Errors"]] == ["id", "name"], answer
    assert {error["Error"]["ErrorCode"] for error in answer["Errors"]} == {"EntityNotFoundException"}


@case
def there_are_no_statistics_of_columns_of_a_partition(sandbox):
    answer = glue(sandbox).get_column_statistics_for_partition(**daily(sandbox, "1"), PartitionValues=["1"], ColumnNames=["id"])
    assert answer["ColumnStatisticsList"] == [] and [error["ColumnName"] for error in answer["Errors"]] == ["id"], answer


@case
def statistics_of_no_table(sandbox):
    refused("EntityNotFoundException", glue(sandbox).get_column_statistics_for_table, DatabaseName=a_database(sandbox), TableName="nothing", ColumnNames=["id"])


STATISTICS = {
    "ColumnName": "id", "ColumnType": "int", "AnalyzedTime": datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc),
    "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": {"MinimumValue": 1, "MaximumValue": 10, "NumberOfNulls": 0, "NumberOfDistinctValues": 10}},
}


@case
def statistics_of_columns_are_kept(sandbox):
    where = a_table(sandbox)
    answer = glue(sandbox).update_column_statistics_for_table(**where, ColumnStatisticsList=[STATISTICS])
    assert not answer.get("Errors"), answer
    answer = glue(sandbox).get_column_statistics_for_table(**where, ColumnNames=["id", "name"])
    is_within([STATISTICS], answer["ColumnStatisticsList"])
    assert [error["ColumnName"] for error in answer["Errors"]] == ["name"]
    glue(sandbox).delete_column_statistics_for_table(**where, ColumnName="id")
    assert glue(sandbox).get_column_statistics_for_table(**where, ColumnNames=["id"])["ColumnStatisticsList"] == []


@case
def there_are_no_functions(sandbox):
    assert glue(sandbox).get_user_defined_functions(Pattern="*")["UserDefinedFunctions"] == []
    assert glue(sandbox).get_user_defined_functions(DatabaseName=a_database(sandbox), Pattern=".*")["UserDefinedFunctions"] == []


JOB = {"Role": "glue", "Command": {"Name": "glueetl", "ScriptLocation": "s3://scripts/x.py"}}


@case
def jobs_by_tags(sandbox):
    stem = unique()
    glue(sandbox).create_job(Name=f"{stem}-1", Tags={"stem": stem, "team": "a"}, **JOB)
    glue(sandbox).create_job(Name=f"{stem}-2", Tags={"stem": stem, "team": "b"}, **JOB)
    assert sorted(glue(sandbox).list_jobs(Tags={"stem": stem})["JobNames"]) == [f"{stem}-1", f"{stem}-2"]
    assert glue(sandbox).list_jobs(Tags={"stem": stem, "team": "a"})["JobNames"] == [f"{stem}-1"]
    assert glue(sandbox).list_jobs(Tags={"stem": stem, "team": "c"})["JobNames"] == []


@case
def crawlers_by_tags(sandbox):
    stem = unique()
    glue(sandbox).create_crawler(Name=stem, Role="glue", Targets={"S3Targets": [{"Path": "s3://x/"}]}, DatabaseName="x", Tags={"stem": stem})
    assert glue(sandbox).list_crawlers(Tags={"stem": stem})["CrawlerNames"] == [stem]
    assert glue(sandbox).list_crawlers(Tags={"stem": "other"})["CrawlerNames"] == []


@case
def triggers_by_tags(sandbox):
    stem = unique()
    glue(sandbox).create_job(Name=stem, **JOB)
    glue(sandbox).create_trigger(Name=stem, Type="ON_DEMAND", Actions=[{"JobName": stem}], Tags={"stem": stem})
    assert glue(sandbox).list_triggers(Tags={"stem": stem})["TriggerNames"] == [stem]
    assert glue(sandbox).list_triggers(Tags={"stem": "other"})["TriggerNames"] == []


@case
def names_by_tags_that_come_later(sandbox):
    stem = unique()
    glue(sandbox).create_job(Name=stem, **JOB)
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:job/{stem}"
    glue(sandbox).tag_resource(ResourceArn=arn, TagsToAdd={"stem": stem})
    assert glue(sandbox).list_jobs(Tags={"stem": stem})["JobNames"] == [stem]
    glue(sandbox).untag_resource(ResourceArn=arn, TagsToRemove=["stem"])
    assert glue(sandbox).list_jobs(Tags={"stem": stem})["JobNames"] == []


# --- Athena on tables that were made here ----------------------------------------------------------------------------

def status(sandbox, sql, database=None, **more):
    athena = sandbox.client("athena")
    context = {"QueryExecutionContext": {"Database": database}} if database else {}
    results = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/results/"}}
    query = athena.start_query_execution(QueryString=sql, **context, **results, **more)["QueryExecutionId"]
    while True:
        execution = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        time.sleep(0.05)


def ask(sandbox, sql, database=None):
    """The rows of a query, without the header."""
    execution = status(sandbox, sql, database)
    assert execution["Status"]["State"] == "SUCCEEDED", f"{sql}: {execution['Status'].get('StateChangeReason')}"
    rows = []
    for page in sandbox.client("athena").get_paginator("get_query_results").paginate(QueryExecutionId=execution["QueryExecutionId"]):
        rows += page["ResultSet"]["Rows"]
    return [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in rows[1:]]


def on_files(sandbox, files, name="orders", database=None, **more):
    """A table on these objects, that are put under its location."""
    folder = f"{unique('wire')}/"
    for key, body in files.items():
        sandbox.client("s3").put_object(Bucket=BUCKET, Key=folder + key, Body=body)
    where = a_table(sandbox, database, name, location=f"s3://{BUCKET}/{folder}", **more)
    return where["DatabaseName"], folder


SALES = columns(id="int", name="string", amount="double", day="date", at="timestamp", paid="boolean")
CSV = b"1,apple,1.5,2026-01-01,2026-01-01 10:00:00,true\n2,pear,2.25,2026-01-02,2026-01-02 11:30:00.250,false\n"


@case
def sql_on_csv(sandbox):
    database, _ = on_files(sandbox, {"a.csv": CSV}, fields=SALES)
    assert ask(sandbox, f"select * from {database}.orders order by id") == [
        ("1", "apple", "1.5", "2026-01-01", "2026-01-01 10:00:00.000", "true"),
        ("2", "pear", "2.25", "2026-01-02", "2026-01-02 11:30:00.250", "false")]
    assert ask(sandbox, f"select sum(amount), count_if(paid), max(day) from {database}.orders") == [("3.75", "1", "2026-01-02")]


@case
def sql_on_csv_with_a_header(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"id,name\n1,apple\n", "b.csv": b"id,name\n2,pear\n"}, Parameters={"skip.header.line.count": "1", "classification": "csv"})
    assert ask(sandbox, f"select id, name from {database}.orders order by 1") == [("1", "apple"), ("2", "pear")]


@case
def sql_on_csv_with_nulls_and_short_lines(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"1,\\N\n2,\n3\n\\N,x,extra\n"})
    assert ask(sandbox, f"select id, name, name is null from {database}.orders order by id nulls last") == [
        ("1", None, "true"), ("2", "", "false"), ("3", None, "true"), (None, "x", "false")]


@case
def sql_on_csv_with_another_delimiter(sandbox):
    database, _ = on_files(sandbox, {"a.tsv": "1\tgrün, rot\n".encode()}, serde_parameters={"field.delim": "\t", "serialization.format": "\t"})
    assert ask(sandbox, f"select id, name from {database}.orders") == [("1", "grün, rot")]


@case
def sql_on_quoted_csv(sandbox):
    body = b'"id","name"\n"1","a, b"\n"2","say \\"hi\\""\n"3",""\n'
    database, _ = on_files(
        sandbox, {"a.csv": body}, fields=columns(id="string", name="string"), serde="org.apache.hadoop.hive.serde2.OpenCSVSerde",
        serde_parameters={"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"}, Parameters={"skip.header.line.count": "1"})
    assert ask(sandbox, f"select id, name from {database}.orders order by id") == [("1", "a, b"), ("2", 'say "hi"'), ("3", "")]
    assert ask(sandbox, f"select sum(cast(id as integer)) from {database}.orders") == [("6",)]


@case
def sql_on_compressed_csv(sandbox):
    database, _ = on_files(sandbox, {"a.csv.gz": gzip.compress(b"1,apple\n"), "b.csv": b"2,pear\n"})
    assert ask(sandbox, f"select id, name from {database}.orders order by id") == [("1", "apple"), ("2", "pear")]


NESTED = columns(id="bigint", name="string", tags="array<string>", size="struct<w:int,h:int>", labels="map<string,string>")
LINES = [
    {"id": 1, "name": "apple", "tags": ["a", "b"], "size": {"w": 2, "h": 3}, "labels": {"k": "v"}, "more": 1},
    {"id": 2, "name": None, "tags": [], "size": None},
]


def json_lines(sandbox, serde):
    body = "".join(json.dumps(line) + "\n" for line in LINES).encode()
    database, _ = on_files(sandbox, {"a.json": body}, fields=NESTED, serde=serde, serde_parameters={"serialization.format": "1"})
    assert ask(sandbox, f"select id, name, cardinality(tags), size.h, labels['k'] from {database}.orders where id = 1") == [("1", "apple", "2", "3", "v")]
    assert ask(sandbox, f"select name is null, cardinality(tags), size is null, labels is null from {database}.orders where id = 2") == [("true", "0", "true", "true")]
    assert ask(sandbox, f"select tag from {database}.orders cross join unnest(tags) as t (tag) order by 1") == [("a",), ("b",)]


@case
def sql_on_json(sandbox):
    json_lines(sandbox, "org.openx.data.jsonserde.JsonSerDe")


@case
def sql_on_json_of_the_other_serde(sandbox):
    json_lines(sandbox, "org.apache.hive.hcatalog.data.JsonSerDe")


def parquet(**of):
    import pyarrow
    from pyarrow import parquet
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(of), stream)
    return stream.getvalue()


def on_parquet(sandbox, files, **more):
    return on_files(sandbox, files, serde=PARQUET, formats=PARQUET_FORMATS, serde_parameters={"serialization.format": "1"}, **more)


@case
def sql_on_parquet(sandbox):
    database, _ = on_parquet(sandbox, {"a.parquet": parquet(id=[1, 2], name=["apple", None])}, fields=columns(id="bigint", name="string"))
    assert ask(sandbox, f"select id, coalesce(name, '-') from {database}.orders order by id") == [("1", "apple"), ("2", "-")]


@case
def sql_on_parquet_of_another_order(sandbox):
    database, _ = on_parquet(sandbox, {"a.parquet": parquet(name=["apple"], id=[1], unknown=[0])}, fields=columns(id="bigint", name="string", later="string"))
    assert ask(sandbox, f"select id, name, later from {database}.orders") == [("1", "apple", None)]


@case
def sql_on_a_column_that_came_later(sandbox):
    database, folder = on_parquet(sandbox, {"a.parquet": parquet(id=[1])}, fields=columns(id="bigint"))
    changed = table_input("orders", f"s3://{BUCKET}/{folder}", PARQUET, PARQUET_FORMATS, {"serialization.format": "1"}, columns(id="bigint", name="string"))
    glue(sandbox).update_table(DatabaseName=database, TableInput=changed)
    sandbox.client("s3").put_object(Bucket=BUCKET, Key=folder + "b.parquet", Body=parquet(id=[2], name=["pear"]))
    assert ask(sandbox, f"select id, name from {database}.orders order by id") == [("1", None), ("2", "pear")]


@case
def sql_sees_files_come_and_go(sandbox):
    database, folder = on_files(sandbox, {"a.csv": b"1,apple\n"})
    client = sandbox.client("s3")
    client.put_object(Bucket=BUCKET, Key=folder + "sub/b.csv", Body=b"2,pear\n")
    client.put_object(Bucket=BUCKET, Key=folder + "_SUCCESS", Body=b"3,no\n")
    client.put_object(Bucket=BUCKET, Key=folder + ".hidden.csv", Body=b"4,no\n")
    assert ask(sandbox, f"select id from {database}.orders order by id") == [("1",), ("2",)]
    client.delete_object(Bucket=BUCKET, Key=folder + "a.csv")
    assert ask(sandbox, f"select id from {database}.orders") == [("2",)]


@case
def sql_on_an_empty_folder(sandbox):
    database = a_table(sandbox)["DatabaseName"]
    assert ask(sandbox, f"select count(*) from {database}.orders") == [("0",)]


def partitioned(sandbox):
    database, folder = on_files(sandbox, {"day=1/a.csv": b"1,apple\n", "day=2/a.csv": b"2,pear\n", "elsewhere/a.csv": b"3,plum\n"}, keys=columns(day="string"))
    where = {"DatabaseName": database, "TableName": "orders"}
    root = f"s3://{BUCKET}/{folder}"
    inputs = [partition("1", location=root + "day=1/"), partition("2", location=root + "day=2/"), partition("3", location=root + "elsewhere/")]
    assert not glue(sandbox).batch_create_partition(**where, PartitionInputList=inputs).get("Errors")
    return where, root


@case
def sql_on_partitions(sandbox):
    where, _ = partitioned(sandbox)
    assert ask(sandbox, f"select id, name, day from {where['DatabaseName']}.orders order by id") == [("1", "apple", "1"), ("2", "pear", "2"), ("3", "plum", "3")]
    assert ask(sandbox, f"select name from {where['DatabaseName']}.orders where day = '2'") == [("pear",)]


@case
def sql_on_partitions_that_change(sandbox):
    where, root = partitioned(sandbox)
    glue(sandbox).delete_partition(**where, PartitionValues=["1"])
    glue(sandbox).update_partition(**where, PartitionValueList=["2"], PartitionInput=partition("2", location=root + "day=1/"))
    assert ask(sandbox, f"select id, day from {where['DatabaseName']}.orders order by id") == [("1", "2"), ("3", "3")]


@case
def sql_on_two_keys(sandbox):
    database, folder = on_files(sandbox, {"2025/12/a.csv": b"1,a\n", "2026/1/a.csv": b"2,b\n", "2026/10/a.csv": b"3,c\n"}, keys=columns(year="int", month="int"))
    inputs = [partition(year, month, location=f"s3://{BUCKET}/{folder}{year}/{month}/") for year, month in (("2025", "12"), ("2026", "1"), ("2026", "10"))]
    glue(sandbox).batch_create_partition(DatabaseName=database, TableName="orders", PartitionInputList=inputs)
    assert ask(sandbox, f"select id, year, month from {database}.orders where year = 2026 and month > 9") == [("3", "2026", "10")]
    assert ask(sandbox, f"select year, count(*) from {database}.orders group by 1 order by 1") == [("2025", "1"), ("2026", "2")]


@case
def sql_on_two_tables_that_were_made_here(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"1,apple\n2,pear\n"})
    on_files(sandbox, {"a.csv": b"1,red\n"}, name="colours", database=database)
    assert ask(sandbox, "select o.name, c.name from orders o left join colours c on c.id = o.id order by o.id", database) == [("apple", "red"), ("pear", None)]


@case
def sql_on_a_view_that_was_made_here(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"1,apple\n2,pear\n"})
    body = {"originalSql": f"SELECT count(*) n FROM {database}.orders", "catalog": "awsdatacatalog", "schema": database, "columns": [{"name": "n", "type": "bigint"}]}
    text = base64.b64encode(json.dumps(body).encode()).decode()
    glue(sandbox).create_table(DatabaseName=database, TableInput={
        "Name": "counts", "TableType": "VIRTUAL_VIEW", "PartitionKeys": [], "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {text} */", "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": columns(n="bigint"), "SerdeInfo": {}}})
    assert ask(sandbox, f"select n from {database}.counts") == [("2",)]


@case
def sql_on_a_table_that_was_deleted(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"1,apple\n"})
    glue(sandbox).delete_table(DatabaseName=database, Name="orders")
    execution = status(sandbox, f"select * from {database}.orders")
    assert execution["Status"]["State"] == "FAILED" and "orders" in execution["Status"]["StateChangeReason"], execution["Status"]


@case
def sql_in_a_database_of_the_context(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"1,apple\n"})
    assert ask(sandbox, "select name from orders", database) == [("apple",)]


@case
def sql_in_a_database_in_back_quotes(sandbox):
    database, _ = on_files(sandbox, {"a.csv": b"1,apple\n"})
    assert ask(sandbox, "select name from orders", f"`{database}`") == [("apple",)]


@case
def athena_lists_what_was_made_here(sandbox):
    where = a_table(sandbox, keys=columns(day="date"), Parameters={"classification": "csv"})
    athena = sandbox.client("athena")
    found = athena.get_table_metadata(CatalogName="AwsDataCatalog", **where)["TableMetadata"]
    assert [column["Name"] for column in found["Columns"]] == ["id", "name"] and found["PartitionKeys"][0]["Type"] == "date", found
    assert found["Parameters"]["classification"] == "csv" and found["TableType"] == "EXTERNAL_TABLE", found
    names = [one["Name"] for one in pages(athena, "list_databases", "DatabaseList", CatalogName="AwsDataCatalog")]
    assert where["DatabaseName"] in names


@case
def a_table_that_athena_makes_is_here(sandbox):
    database = a_database(sandbox, LocationUri=f"s3://{BUCKET}/{unique()}/")
    execution = status(sandbox, f"create table {database}.made with (format = 'PARQUET', external_location = 's3://{BUCKET}/{unique()}/') as select 1 as a, 'x' as b")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    found = glue(sandbox).get_table(DatabaseName=database, Name="made")["Table"]
    assert found["StorageDescriptor"]["Columns"][0] | {"Comment": ""} == {"Name": "a", "Type": "int", "Comment": ""}, found
    assert found["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == PARQUET and found["TableType"] == "EXTERNAL_TABLE"


@case
def a_partition_that_athena_makes_is_here(sandbox):
    where, root = partitioned(sandbox)
    execution = status(sandbox, f"alter table {where['DatabaseName']}.orders add partition (day = '4') location '{root}elsewhere/'")
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    found = glue(sandbox).get_partition(**where, PartitionValues=["4"])["Partition"]
    assert found["StorageDescriptor"]["Location"].rstrip("/") == f"{root}elsewhere", found


NOT_DONE = {
    "a_database_has_tags": "tags of databases",
    "an_index_is_made": "partition indexes",
    "an_index_is_made_with_its_table": "partition indexes",
    "an_index_that_there_is_already": "partition indexes",
    "an_index_of_what_is_no_key": "partition indexes",
    "a_fourth_index": "partition indexes",
    "an_index_is_deleted": "partition indexes",
    "there_are_no_statistics_of_columns_of_a_partition": "column statistics",
    "statistics_of_columns_are_kept": "column statistics",
}

if __name__ == "__main__":
    main(__doc__, not_done=NOT_DONE)
