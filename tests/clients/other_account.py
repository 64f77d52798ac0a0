#!/usr/bin/env python3
"""An account of another server: moto, with five jobs, four triggers, one crawler and no workflow, made by boto3.

Prints the address as soon as everything is there, and serves until its input ends.
"""

import sys

import boto3
from moto.server import ThreadedMotoServer

JOBS = ["orders ingest", "orders publish", "fx rates", "mailing", "archive"]
CRAWLER = "landing"


def job(glue, name, command="glueetl"):
    glue.create_job(
        Name=name,
        Role="arn:aws:iam::123456789012:role/glue",
        Command={"Name": command, "ScriptLocation": f"s3://scripts/{name}.py"},
        GlueVersion="4.0",
        WorkerType="G.1X",
        NumberOfWorkers=3,
    )


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    glue = boto3.client("glue", endpoint_url=url, **keys)
    for name in JOBS:
        job(glue, name, "pythonshell" if name == "fx rates" else "glueetl")
    glue.create_database(DatabaseInput={"Name": "landing"})
    glue.create_crawler(
        Name=CRAWLER, Role="glue", DatabaseName="landing", Targets={"S3Targets": [{"Path": "s3://landing/"}]}
    )
    # A chain of two jobs, a job with a schedule, a crawler with a schedule, and a job that is started by hand.
    glue.create_trigger(
        Name="nightly", Type="SCHEDULED", Schedule="cron(0 2 * * ? *)", Actions=[{"JobName": "orders ingest"}],
        StartOnCreation=True,
    )
    glue.create_trigger(
        Name="then publish", Type="CONDITIONAL", Actions=[{"JobName": "orders publish"}],
        Predicate={"Logical": "AND", "Conditions": [
            {"LogicalOperator": "EQUALS", "JobName": "orders ingest", "State": "SUCCEEDED"}]},
        StartOnCreation=True,
    )
    glue.create_trigger(
        Name="hourly rates", Type="SCHEDULED", Schedule="cron(0 * * * ? *)", Actions=[{"JobName": "fx rates"}])
    glue.create_trigger(Name="crawl landing", Type="ON_DEMAND", Actions=[{"CrawlerName": CRAWLER}])
    glue.start_job_run(JobName="mailing")
    glue.start_crawler(Name=CRAWLER)
    print(url, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
