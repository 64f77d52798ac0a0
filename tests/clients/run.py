#!/usr/bin/env python3
"""Clients that know nothing of the sandbox, against it, unchanged.

    python3 -m venv /tmp/clients && /tmp/clients/bin/pip install -r tests/clients/requirements.txt
    /tmp/clients/bin/python tests/clients/run.py --program target/release/gluedeck

Prints a table of client, calls and result. A client that is not installed is skipped, and said so; with --all it has
failed. The exit code is 1 if one has failed.
"""

import argparse
import collections
import datetime
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

from endpoint import ENVIRONMENT, Sandbox, not_in_model

GOLD = "tumble_analytics_gold"


class Missing(Exception):
    """The client is not installed."""


def need(module):
    if importlib.util.find_spec(module) is None:
        raise Missing(f"{module} is not installed")
    return importlib.import_module(module)


# --- AWS CLI -------------------------------------------------------------------------------------------------------

def aws_cli(sandbox):
    beside = os.path.join(os.path.dirname(sys.executable), "aws")
    program = beside if os.path.exists(beside) else shutil.which("aws")
    if program is None:
        raise Missing("aws is not installed")

    def aws(*words):
        command = [program, "--endpoint-url", sandbox.url, "--output", "json", *words]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ENVIRONMENT})
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else {}

    names = aws("glue", "list-workflows")["Workflows"]
    assert len(names) == 22, names
    workflows = aws("glue", "batch-get-workflows", "--include-graph", "--names", *names)["Workflows"]
    assert all(len(workflow["Graph"]["Nodes"]) == 14 for workflow in workflows)
    assert len(aws("glue", "get-triggers")["Triggers"]) == 154
    runs = aws("glue", "get-job-runs", "--job-name", "DynamoDB User Silver DQ")["JobRuns"]
    assert runs[0]["JobRunState"] == "FAILED" and "phone_number" in runs[0]["ErrorMessage"]
    run = aws("glue", "start-workflow-run", "--name", "Coupon Workflow")["RunId"]
    assert run.startswith("wr_")
    streams = aws("logs", "describe-log-streams", "--log-group-name", "/aws-glue/jobs/error", "--log-stream-name-prefix", runs[0]["Id"])
    stream = streams["logStreams"][0]["logStreamName"]
    events = aws("logs", "get-log-events", "--log-group-name", "/aws-glue/jobs/error", "--log-stream-name", stream)["events"]
    assert any("DataQualityError" in event["message"] for event in events)
    filtered = aws("logs", "filter-log-events", "--log-group-name", "/aws-glue/jobs/error", "--log-stream-name-prefix", stream, "--filter-pattern", "ERROR")
    assert len(filtered["events"]) >= 1
    query = aws("athena", "start-query-execution", "--query-string", f"select count(*) as n from {GOLD}.user")["QueryExecutionId"]
    while (state := aws("athena", "get-query-execution", "--query-execution-id", query)["QueryExecution"]["Status"]["State"]) in ("QUEUED", "RUNNING"):
        time.sleep(0.1)
    assert state == "SUCCEEDED", state
    rows = aws("athena", "get-query-results", "--query-execution-id", query)["ResultSet"]["Rows"]
    assert rows[0]["Data"][0]["VarCharValue"] == "n" and int(rows[1]["Data"][0]["VarCharValue"]) > 1000
    listed = subprocess.run([program, "--endpoint-url", sandbox.url, "s3", "ls", "s3://tumble-dev-analytics-gold/"],
                            capture_output=True, text=True, env={**os.environ, **ENVIRONMENT})
    assert listed.stdout.count("PRE") >= 20, listed.stdout + listed.stderr
    identity = aws("sts", "get-caller-identity")
    assert identity["Account"] == "111122223333"
    return "list-workflows … get-query-results, s3 ls, sts"


# --- boto3, with every answer held against the service models --------------------------------------------------------

class Conformance:
    """Members that the model does not have, in any answer."""

    def __init__(self):
        self.unknown = set()
        self.operations = collections.Counter()

    def check(self, http_response, model, **_):
        self.operations[f"{model.service_model.service_name}:{model.name}"] += 1
        self.unknown.update(not_in_model(http_response, model))


def provision(glue, sandbox, refused):
    """What somebody's own provisioning makes, changes and drops: jobs, crawlers, databases, workflows, bookmarks."""
    definition = {"Role": "glue", "Command": {"Name": "glueetl", "ScriptLocation": "s3://scripts/orders.py"}}
    bookmark = {"--job-bookmark-option": "job-bookmark-enable"}
    glue.create_job(Name="orders", DefaultArguments=bookmark, GlueVersion="5.0", WorkerType="G.1X", NumberOfWorkers=2,
                    Tags={"team": "sales"}, **definition)
    refused("AlreadyExistsException", glue.create_job, Name="orders", **definition)
    assert glue.list_jobs(Tags={"team": "sales"})["JobNames"] == ["orders"]
    assert glue.list_jobs(Tags={"team": "nobody"})["JobNames"] == []
    refused("EntityNotFoundException", glue.get_job_bookmark, JobName="orders")
    run = glue.start_job_run(JobName="orders", Arguments={"--day": "1"}, ExecutionClass="FLEX")["JobRunId"]
    assert glue.get_job_run(JobName="orders", RunId=run)["JobRun"]["ExecutionClass"] == "FLEX"
    sandbox.advance(later(sandbox, 1_500))
    assert glue.get_job_run(JobName="orders", RunId=run)["JobRun"]["JobRunState"] == "SUCCEEDED"
    entry = glue.get_job_bookmark(JobName="orders")["JobBookmarkEntry"]
    assert entry["RunId"] == run and entry["Version"] == 1, entry
    glue.reset_job_bookmark(JobName="orders")
    refused("EntityNotFoundException", glue.get_job_bookmark, JobName="orders")
    glue.update_job(JobName="orders", JobUpdate={**definition, "NumberOfWorkers": 9, "WorkerType": "G.2X"})
    assert glue.get_job(JobName="orders")["Job"]["NumberOfWorkers"] == 9
    glue.delete_job(JobName="orders")

    glue.create_database(DatabaseInput={"Name": "lake", "Description": "ours"})
    refused("AlreadyExistsException", glue.create_database, DatabaseInput={"Name": "lake"})
    glue.update_database(Name="lake", DatabaseInput={"Name": "lake", "Description": "theirs"})
    assert glue.get_database(Name="lake")["Database"]["Description"] == "theirs"
    targets = {"S3Targets": [{"Path": "s3://lake/orders/"}]}
    glue.create_crawler(Name="orders", Role="glue", DatabaseName="lake", Targets=targets, Schedule="cron(0 4 * * ? *)",
                        Tags={"team": "sales"})
    assert glue.list_crawlers(Tags={"team": "sales"})["CrawlerNames"] == ["orders"]
    refused("SchedulerRunningException", glue.start_crawler_schedule, CrawlerName="orders")
    glue.stop_crawler_schedule(CrawlerName="orders")
    assert glue.get_crawler(Name="orders")["Crawler"]["Schedule"]["State"] == "NOT_SCHEDULED"
    glue.start_crawler(Name="orders")
    sandbox.advance(later(sandbox, 1_500))
    crawl = glue.list_crawls(CrawlerName="orders")["Crawls"][0]
    assert crawl["State"] == "COMPLETED" and "TABLE" in json.loads(crawl["Summary"]), crawl
    glue.update_crawler(Name="orders", Schedule="cron(0 5 * * ? *)")
    glue.delete_crawler(Name="orders")
    glue.delete_database(Name="lake")
    refused("EntityNotFoundException", glue.get_database, Name="lake")

    glue.create_workflow(Name="orders", Description="a", MaxConcurrentRuns=1)
    glue.update_workflow(Name="orders", Description="b")
    assert glue.get_workflow(Name="orders")["Workflow"]["Description"] == "b"
    glue.delete_workflow(Name="orders")
    assert glue.list_data_quality_results()["Results"] == []
    refused("EntityNotFoundException", glue.get_data_quality_result, ResultId="dqresult-0")


def boto3_client(sandbox):
    boto3 = need("boto3")
    from botocore.config import Config
    from botocore.exceptions import ClientError

    session = boto3.Session(aws_access_key_id="AKIACLIENTS", aws_secret_access_key="x", region_name="us-east-1")
    conformance = Conformance()
    session.events.register("after-call.*.*", conformance.check)
    config = Config(inject_host_prefix=False, retries={"max_attempts": 1})
    client = lambda name: session.client(name, endpoint_url=sandbox.url, config=config)
    glue, logs, athena = client("glue"), client("logs"), client("athena")

    def refused(code, call, **arguments):
        try:
            call(**arguments)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, f"{error.response['Error']} is not {code}"
            return
        raise AssertionError(f"{call.__name__} was not refused with {code}")

    def pages(of, operation, member, **arguments):
        found = []
        for page in of.get_paginator(operation).paginate(**arguments):
            found.extend(page[member])
        return found

    # What takes a few simulated seconds must not be over before the next call: the clock moves only when it is told.
    sandbox.clock(paused=True)

    # Glue: what is there.
    names = pages(glue, "list_workflows", "Workflows", PaginationConfig={"PageSize": 7})
    assert len(names) == 22
    glue.batch_get_workflows(Names=names, IncludeGraph=True)
    assert glue.batch_get_workflows(Names=["Nobody"])["MissingWorkflows"] == ["Nobody"]
    run = glue.get_workflow(Name="User Workflow", IncludeGraph=True)["Workflow"]["LastRun"]
    assert len(pages(glue, "get_workflow_runs", "Runs", Name="User Workflow", PaginationConfig={"PageSize": 5})) == 15
    glue.get_workflow_run(Name="User Workflow", RunId=run["WorkflowRunId"], IncludeGraph=True)
    glue.put_workflow_run_properties(Name="User Workflow", RunId=run["WorkflowRunId"], RunProperties={"k": "v"})
    assert glue.get_workflow_run_properties(Name="User Workflow", RunId=run["WorkflowRunId"])["RunProperties"]["k"] == "v"
    assert len(pages(glue, "get_triggers", "Triggers")) == len(pages(glue, "list_triggers", "TriggerNames")) == 154
    start = "Run Job DynamoDB User Bronze"
    trigger = glue.get_trigger(Name=start)["Trigger"]
    assert glue.batch_get_triggers(TriggerNames=[start, "x"])["TriggersNotFound"] == ["x"]
    assert len(pages(glue, "get_jobs", "Jobs")) == len(pages(glue, "list_jobs", "JobNames")) == 132
    glue.get_job(JobName="DynamoDB User Gold")
    glue.batch_get_jobs(JobNames=["DynamoDB User Gold"])
    jobs = pages(glue, "get_job_runs", "JobRuns", JobName="DynamoDB User Silver DQ")
    glue.get_job_run(JobName="DynamoDB User Silver DQ", RunId=jobs[0]["Id"])
    assert len(pages(glue, "get_crawlers", "Crawlers")) == len(glue.list_crawlers()["CrawlerNames"]) == 22
    crawler = "DynamoDB User Bronze Crawler"
    glue.get_crawler(Name=crawler)
    glue.batch_get_crawlers(CrawlerNames=[crawler])
    assert pages(glue, "get_crawler_metrics", "CrawlerMetricsList", CrawlerNameList=[crawler])
    assert glue.list_crawls(CrawlerName=crawler)["Crawls"]

    # Glue: changes.
    update = {key: trigger[key] for key in ("Actions", "Schedule", "Description")}
    glue.update_trigger(Name=start, TriggerUpdate={**update, "Schedule": "cron(15 3 * * ? *)"})
    refused("ConcurrentModificationException", glue.update_trigger, Name=start, TriggerUpdate=update)
    sandbox.advance(later(sandbox, 30))
    assert glue.get_trigger(Name=start)["Trigger"]["Schedule"] == "cron(15 3 * * ? *)"
    refused("InvalidInputException", glue.update_trigger, Name=start, TriggerUpdate={**update, "Schedule": "rate(1 hour)"})
    glue.stop_trigger(Name=start)
    sandbox.advance(later(sandbox, 30))
    glue.start_trigger(Name=start)
    glue.create_trigger(Name="mine", Type="ON_DEMAND", Actions=[{"JobName": "DynamoDB Coupon Gold"}], Tags={"team": "x"})
    glue.start_trigger(Name="mine")
    assert glue.list_triggers(Tags={"team": "x"})["TriggerNames"] == ["mine"]
    glue.delete_trigger(Name="mine")
    refused("EntityNotFoundException", glue.get_trigger, Name="mine")
    glue.delete_job(JobName="DynamoDB Facility Gold DQ")
    refused("EntityNotFoundException", glue.get_job, JobName="DynamoDB Facility Gold DQ")
    started = glue.start_workflow_run(Name="Device Workflow", RunProperties={"by": "boto3"})["RunId"]
    refused("ConcurrentRunsExceededException", glue.start_workflow_run, Name="Device Workflow")
    glue.stop_workflow_run(Name="Device Workflow", RunId=started)
    graph = glue.get_workflow_run(Name="User Workflow", RunId=run["WorkflowRunId"], IncludeGraph=True)["Run"]["Graph"]
    node = next(node["UniqueId"] for node in graph["Nodes"] if node["Name"] == "DynamoDB User Silver DQ")
    resumed = glue.resume_workflow_run(Name="User Workflow", RunId=run["WorkflowRunId"], NodeIds=[node])
    assert resumed["NodeIds"] == [node]
    job_run = glue.start_job_run(JobName="DynamoDB Address Bronze", NumberOfWorkers=2, WorkerType="G.1X", Timeout=5)["JobRunId"]
    stopped = glue.batch_stop_job_run(JobName="DynamoDB Address Bronze", JobRunIds=[job_run, "jr_0"])
    assert len(stopped["SuccessfulSubmissions"]) == len(stopped["Errors"]) == 1
    glue.start_crawler(Name=crawler)
    refused("CrawlerRunningException", glue.start_crawler, Name=crawler)
    glue.stop_crawler(Name=crawler)
    arn = "arn:aws:glue:us-east-1:111122223333:job/DynamoDB User Gold"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"a": "b"})
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": "b"}
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])

    provision(glue, sandbox, refused)

    # Glue: the catalog.
    assert len(pages(glue, "get_databases", "DatabaseList")) == 4
    glue.get_database(Name=GOLD)
    assert len(pages(glue, "get_tables", "TableList", DatabaseName=GOLD)) == 22
    glue.get_table(DatabaseName=GOLD, Name="user")
    parts = pages(glue, "get_partitions", "Partitions", DatabaseName="tumble_analytics_silver", TableName="user")
    assert len(parts) >= 15
    glue.get_partition(DatabaseName="tumble_analytics_silver", TableName="user", PartitionValues=parts[0]["Values"])

    # Logs.
    assert len(pages(logs, "describe_log_groups", "logGroups")) == 4
    streams = pages(logs, "describe_log_streams", "logStreams", logGroupName="/aws-glue/jobs/error", logStreamNamePrefix=jobs[0]["Id"])
    stream = streams[0]["logStreamName"]
    first = logs.get_log_events(logGroupName="/aws-glue/jobs/error", logStreamName=stream, startFromHead=True)
    assert logs.get_log_events(logGroupName="/aws-glue/jobs/error", logStreamName=stream, startFromHead=True, nextToken=first["nextForwardToken"])["nextForwardToken"] == first["nextForwardToken"]
    filtered = pages(logs, "filter_log_events", "events", logGroupName="/aws-glue/jobs/error", logStreamNames=[stream], PaginationConfig={"PageSize": 5})
    assert len({event["eventId"] for event in filtered}) == len(filtered) == len(first["events"])
    refused("ResourceNotFoundException", logs.get_log_events, logGroupName="/nothing", logStreamName="x")
    tail = logs.start_live_tail(logGroupIdentifiers=["arn:aws:logs:us-east-1:111122223333:log-group:/aws-glue/jobs/error"])
    kinds = []
    for event in tail["responseStream"]:
        kinds.extend(event)
        if len(kinds) == 2:
            break
    assert kinds == ["sessionStart", "sessionUpdate"], kinds

    # Athena.
    def ask(sql, **more):
        query = athena.start_query_execution(QueryString=sql, QueryExecutionContext={"Database": GOLD}, **more)["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.05)
        return query, status

    query, status = ask("select * from tumble_analytics_silver.user")
    assert status["State"] == "SUCCEEDED", status
    rows = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=query):
        rows.extend(page["ResultSet"]["Rows"])
    count = int(athena.get_query_results(QueryExecutionId=ask("select count(*) from tumble_analytics_silver.user")[0])["ResultSet"]["Rows"][1]["Data"][0]["VarCharValue"])
    assert len(rows) == count + 1, (len(rows), count)
    athena.get_query_runtime_statistics(QueryExecutionId=query)
    athena.batch_get_query_execution(QueryExecutionIds=[query, "0"])
    assert query in pages(athena, "list_query_executions", "QueryExecutionIds")
    query = athena.start_query_execution(QueryString="select count(*) from user a, user b, user c, user d", QueryExecutionContext={"Database": GOLD})["QueryExecutionId"]
    athena.stop_query_execution(QueryExecutionId=query)
    assert athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"] == "CANCELLED"
    refused("InvalidRequestException", athena.start_query_execution, QueryString="selec 1")
    athena.get_work_group(WorkGroup="primary")
    results = {"ResultConfiguration": {"OutputLocation": "s3://tumble-dev-athena/strangers/"}}
    athena.create_work_group(Name="strangers", Description="theirs", Configuration=results)
    limit = {"BytesScannedCutoffPerQuery": 10_000_000}
    athena.update_work_group(WorkGroup="strangers", ConfigurationUpdates=limit)
    group = athena.get_work_group(WorkGroup="strangers")["WorkGroup"]["Configuration"]
    assert group["EnforceWorkGroupConfiguration"] and group["BytesScannedCutoffPerQuery"] == 10_000_000
    assert {group["Name"] for group in athena.list_work_groups()["WorkGroups"]} == {"primary", "strangers"}
    athena.delete_work_group(WorkGroup="strangers")
    named = athena.create_named_query(Name="n", Database=GOLD, QueryString="select 1")["NamedQueryId"]
    athena.get_named_query(NamedQueryId=named)
    athena.batch_get_named_query(NamedQueryIds=[named])
    assert named in pages(athena, "list_named_queries", "NamedQueryIds")
    athena.delete_named_query(NamedQueryId=named)
    athena.create_prepared_statement(StatementName="p", WorkGroup="primary", QueryStatement="select count(*) from user where user_type = ?")
    athena.get_prepared_statement(StatementName="p", WorkGroup="primary")
    athena.list_prepared_statements(WorkGroup="primary")
    assert ask("execute p using 'CUSTOMER'")[1]["State"] == "SUCCEEDED"
    assert ask("select ?", ExecutionParameters=["7"])[1]["State"] == "SUCCEEDED"
    athena.delete_prepared_statement(StatementName="p", WorkGroup="primary")
    assert pages(athena, "list_data_catalogs", "DataCatalogsSummary")
    athena.get_data_catalog(Name="AwsDataCatalog")
    assert len(pages(athena, "list_databases", "DatabaseList", CatalogName="AwsDataCatalog")) == 4
    athena.get_database(CatalogName="AwsDataCatalog", DatabaseName=GOLD)
    assert len(pages(athena, "list_table_metadata", "TableMetadataList", CatalogName="AwsDataCatalog", DatabaseName=GOLD)) == 22
    athena.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName=GOLD, TableName="user")

    # Around them.
    assert client("sts").get_caller_identity()["Account"] == "111122223333"
    quota = client("service-quotas").get_service_quota(ServiceCode="glue", QuotaCode="L-08F3B322")
    assert quota["Quota"]["Value"] == 100.0
    runs = client("service-quotas").get_service_quota(ServiceCode="glue", QuotaCode="L-5E4153CA")
    assert runs["Quota"]["Value"] == 200.0
    s3 = client("s3")
    assert len(s3.list_buckets()["Buckets"]) == 7
    keys = [key["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="tumble-dev-analytics-silver", PaginationConfig={"PageSize": 100}) for key in page["Contents"]]
    assert len(keys) == len(set(keys)) >= 300
    body = s3.get_object(Bucket="tumble-dev-analytics-silver", Key=keys[0])["Body"].read()
    assert body[:4] == body[-4:] == b"PAR1"
    assert s3.head_object(Bucket="tumble-dev-analytics-silver", Key=keys[0])["ContentLength"] == len(body)
    s3.put_object(Bucket="tumble-dev-athena", Key="put/by boto3", Body=b"hello")
    s3.upload_fileobj(io.BytesIO(b"x" * 100_000), "tumble-dev-athena", "put/uploaded")
    assert s3.get_object(Bucket="tumble-dev-athena", Key="put/uploaded", Range="bytes=0-9")["Body"].read() == b"x" * 10
    s3.delete_object(Bucket="tumble-dev-athena", Key="put/by boto3")
    refused("NoSuchKey", s3.get_object, Bucket="tumble-dev-athena", Key="nothing")
    refused("UnknownOperationException", glue.get_ml_transforms)

    assert not conformance.unknown, f"not in the service models: {sorted(conformance.unknown)}"
    return f"{len(conformance.operations)} operations, {sum(conformance.operations.values())} calls, all answers as modelled"


def later(sandbox, seconds):
    """A time of the day some seconds from now."""
    now = datetime.datetime.fromisoformat(sandbox.get("/_sandbox/clock")["now"].replace("Z", "+00:00"))
    return (now + datetime.timedelta(seconds=seconds)).strftime("%H:%M:%S")


# --- the Athena clients ----------------------------------------------------------------------------------------------

SQL = f"select id, user_type, is_active, created_at, login_count from {GOLD}.user order by id limit 1500"


def pyathena(sandbox):
    need("pyathena")
    from pyathena import connect
    from pyathena.cursor import DictCursor
    kinds = ["default", "dict"]
    arguments = {"s3_staging_dir": "s3://tumble-dev-athena/", "schema_name": GOLD, "poll_interval": 0.05}
    rows = connect(**arguments).cursor().execute(SQL).fetchall()
    assert len(rows) > 1000 and isinstance(rows[0][3], datetime.datetime), rows[0]
    named = connect(cursor_class=DictCursor, **arguments).cursor().execute(SQL).fetchone()
    assert named["id"] == rows[0][0]
    if importlib.util.find_spec("pandas"):
        from pyathena.pandas.cursor import PandasCursor
        frame = connect(cursor_class=PandasCursor, **arguments).cursor().execute(SQL).as_pandas()
        assert len(frame) == len(rows)
        kinds.append("pandas")
    # The arrow cursor reads the result with a file system of its own, which takes no endpoint from the environment.
    cursor = connect(**arguments).cursor()
    assert len(cursor.list_databases(catalog_name="AwsDataCatalog")) == 4
    assert len(cursor.list_table_metadata(catalog_name="AwsDataCatalog", schema_name=GOLD)) == 22
    return f"cursors: {', '.join(kinds)}; {len(rows)} rows each; metadata"


def awswrangler(sandbox):
    wr = need("awswrangler")
    wr.config.athena_endpoint_url = wr.config.glue_endpoint_url = sandbox.url
    wr.config.s3_endpoint_url = wr.config.sts_endpoint_url = sandbox.url
    output = "s3://tumble-dev-athena/wrangler/"
    whole = wr.athena.read_sql_query(SQL, database=GOLD, s3_output=output)
    plain = wr.athena.read_sql_query(SQL, database=GOLD, s3_output=output, ctas_approach=False)
    assert len(whole) == len(plain) > 1000, (len(whole), len(plain))
    tables = wr.catalog.tables(database=GOLD)
    assert len(tables) == 22, tables
    return f"read_sql_query with and without CTAS: {len(whole)} rows; catalog.tables"


def athenacli(sandbox):
    beside = os.path.join(os.path.dirname(sys.executable), "athenacli")
    program = beside if os.path.exists(beside) else shutil.which("athenacli")
    if program is None:
        raise Missing("athenacli is not installed")
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": sandbox.url, "HOME": home}
        words = ["--s3-staging-dir", "s3://tumble-dev-athena/", "--region", "us-east-1", "-e", f"select count(*) as n from {GOLD}.user", GOLD]
        # The first start writes a configuration file and ends.
        for _ in range(2):
            done = subprocess.run([program, *words], capture_output=True, text=True, env=environment)
        assert done.returncode == 0 and "n" in done.stdout.split(), done.stdout + done.stderr
    return "one query, non-interactive"


def parquet(sandbox):
    """Row counts of every layer from the files, by DuckDB, against Athena's and the verdicts."""
    duckdb, boto3 = need("duckdb"), need("boto3")
    athena = boto3.client("athena", endpoint_url=sandbox.url, region_name="us-east-1")
    day = sandbox.get("/_sandbox/clock")["now"][:10]

    def ask(sql):
        query = athena.start_query_execution(QueryString=sql)["QueryExecutionId"]
        while (status := athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.02)
        assert status["State"] == "SUCCEEDED", f"{sql}: {status}"
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"][1:]]

    tables = [row[0] for row in ask("select table_name from information_schema.tables where table_schema = 'tumble_analytics_gold'")]
    verdicts = {(table, layer): int(rows) for table, layer, rows in ask(
        f"select table_name, layer, max(total_rows) from data_quality.job_runs where as_of_date = date '{day}' group by 1, 2")}
    checked = 0
    for table in tables:
        layers = {
            "bronze": (f"user/{day}", f"partition_0 = '{day}'"),
            "silver": (f"user/as_of_date={day}", f"as_of_date = date '{day}'"),
            "gold": ("user", f"as_of_date = date '{day}'"),
        }
        for layer, (folder, where) in layers.items():
            path = os.path.join(sandbox.bucket(f"tumble-dev-analytics-{layer}"), folder.replace("user", table, 1))
            files = os.path.join(path, "*.parquet")
            if not os.path.isdir(path):
                assert (table, layer) not in verdicts, f"{table} {layer}: a verdict on nothing"
                continue
            date = "where as_of_date = '" + day + "'" if layer == "gold" else ""
            disk = duckdb.execute(f"select count(*) from read_parquet('{files}') {date}").fetchone()[0]
            said = int(ask(f"select count(*) from tumble_analytics_{layer}.\"{table}\" where {where}")[0][0])
            assert disk == said, f"{table} {layer}: {disk} on disk, {said} by Athena"
            verdict = verdicts.get((table, layer))
            assert verdict in (None, disk), f"{table} {layer}: {disk} rows, the verdict says {verdict}"
            checked += 1
    # Every silver row came from a bronze row of the same day, and gold is the newest silver.
    return f"{checked} layers of {len(tables)} tables: files = Athena = verdicts"


CLIENTS = {
    "AWS CLI": aws_cli,
    "PyAthena": pyathena,
    "awswrangler": awswrangler,
    "athenacli": athenacli,
    "DuckDB on the files": parquet,
    # Last: it starts and stops things.
    "boto3": boto3_client,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True, help="the gluedeck binary")
    parser.add_argument("--all", action="store_true", help="a client that is not installed has failed")
    arguments = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    os.environ.pop("AWS_PROFILE", None)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        sandbox = Sandbox(arguments.program, folder)
        os.environ["AWS_ENDPOINT_URL"] = sandbox.url
        try:
            sandbox.advance("03:45:00")
            for name, client in CLIENTS.items():
                since = time.time()
                try:
                    result = client(sandbox)
                except Missing as missing:
                    failed += arguments.all
                    result = f"skipped: {missing}"
                except Exception:  # the table goes on; the trace says what it was
                    failed += 1
                    traceback.print_exc()
                    result = "FAILED"
                print(f"{name:<20} {time.time() - since:6.1f} s  {result}", flush=True)
        finally:
            sandbox.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
