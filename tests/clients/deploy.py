#!/usr/bin/env python3
"""A pipeline's file from file to account and back, with the AWS CLI and boto3, unchanged, on a sandbox with nothing in it.

    tests/clients/deploy.py --program target/debug/gluedeck

Deploys the 22 tables by deploy.sh, lets a night pass, changes a schedule behind the file's back, imports the account, and
adds a table. Ends at the first thing that is not as it should be.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "pipeline.json"
REGION = "us-east-1"
EVENING, MORNING, NEXT_MORNING = "2026-11-25T02:40:00Z", "2026-11-25T05:30:00Z", "2026-11-26T05:30:00Z"
TRIGGER = "Run Job DynamoDB Order Bronze"
ADDED = {
    "scopeId": "Voucher", "jobName": "DynamoDB Voucher", "bucketFolder": "voucher", "tableName": "voucher",
    "dynamoTableName": "Voucher", "silverKpiFields": "id,as_of_date", "goldKpiFields": "id",
    "applyMapping": "id:string:id:string-createdAt:string:created_at:timestamp-amount:string:amount:int",
}


def with_record(text, record):
    """The text of a file with one more record, after the others."""
    at = text.rindex("]")
    return text[:at] + json.dumps(record) + ",\n  " + text[at:]


def plain(text):
    """The records of a file with comments and commas too many, without what is for the sandbox only."""
    text = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r",(\s*[\]}])", r"\1", text)
    records = json.loads(text)["records"]
    return {r["scopeId"]: {k: v for k, v in r.items() if not k.startswith("sandbox")} for r in records}


class Account:
    """A sandbox with nothing in it, and the programs that are used on it."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        command = [program, "sandbox", "--port", "0", "--scenario", "empty", "--at", EVENING, "--dir", folder / "lake"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[1]
        # Time goes on when a step says so, however slow this machine is.
        self.change_clock(paused=True)
        beside = os.path.dirname(sys.executable)
        self.environment = {
            **os.environ, "PATH": beside + os.pathsep + os.environ["PATH"], "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIADEPLOY", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(folder / "config"), "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def run(self, *command, code=0):
        """What a command prints; it must end with this code."""
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=self.environment)
        told = f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        assert done.returncode == code, told
        return done.stdout

    def gluedeck(self, *words, code=0):
        return self.run(self.program, "--endpoint-url", self.url, *words, code=code)

    def told(self, *words, code=1):
        """What a command says on stderr that ends with this code."""
        command = [self.program, "--endpoint-url", self.url, *words]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=self.environment)
        assert done.returncode == code, done.stderr
        return done.stderr

    def clock(self, now):
        """Lets everything happen until then, if it is not later already."""
        at = json.load(urllib.request.urlopen(self.url + "/_sandbox/clock"))["now"]
        if at < now:
            self.change_clock(now=now)

    def change_clock(self, **change):
        body = json.dumps(change).encode()
        urllib.request.urlopen(urllib.request.Request(self.url + "/_sandbox/clock", data=body))

    def client(self, service):
        import boto3

        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="AKIADEPLOY", aws_secret_access_key="x"
        )

    def synth(self, file, out):
        self.run(self.program, "pipeline", "synth", file, "--env", "dev", "--out", out)
        return {path.name: json.loads(path.read_text()) for path in sorted(out.glob("*.template.json"))}

    def drift(self, file):
        """How the account differs from a file."""
        command = [self.program, "--endpoint-url", self.url, "--output", "json", "pipeline", "diff", file]
        done = subprocess.run(command, capture_output=True, text=True, env=self.environment)
        assert done.returncode in (0, 1), done.stderr
        found = json.loads(done.stdout)
        assert done.returncode == bool(found), done.stderr
        return found


@contextlib.contextmanager
def opened(prefix):
    """An account for the program that the command line names, in a folder that goes with it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = pathlib.Path(parser.parse_args().program).resolve()
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder:
        account = Account(program, pathlib.Path(folder))
        try:
            yield account
        finally:
            account.process.terminate()
            account.process.wait()


def names(glue):
    pages = glue.get_paginator("list_workflows").paginate()
    return sorted(name for page in pages for name in page["Workflows"])


def finished(glue, name):
    """How many steps of the last run of a workflow succeeded."""
    runs = glue.get_workflow_runs(Name=name)["Runs"]
    return runs[0]["Statistics"]["SucceededActions"] if runs else 0


def gold(glue):
    pages = glue.get_paginator("get_tables").paginate(DatabaseName="tumble_analytics_gold")
    return sorted(table["Name"] for page in pages for table in page["TableList"])


def is_deployed(account):
    """The empty account, deploy.sh, and what is there then."""
    glue = account.client("glue")
    assert names(glue) == [] and account.client("s3").list_buckets()["Buckets"] == [], "the account is not empty"
    account.synth(EXAMPLE, account.folder / "out")
    account.run(account.folder / "out" / "deploy.sh")
    assert len(names(glue)) == 22, names(glue)
    assert account.drift(EXAMPLE) == []
    job = glue.get_job(JobName="DynamoDB User Silver DQ")["Job"]
    bucket, key = job["Command"]["ScriptLocation"].removeprefix("s3://").split("/", 1)
    script = account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert script == (ROOT / "jobs" / "data_quality.py").read_text(), "the script bucket has another program"
    account.run(account.folder / "out" / "deploy.sh")


def runs_at_night(account):
    glue = account.client("glue")
    account.clock(MORNING)
    failed = {name: done for name in names(glue) if (done := finished(glue, name)) != 7}
    assert not failed, failed
    assert len(gold(glue)) == 22, gold(glue)
    assert account.drift(EXAMPLE) == [], "a night is no drift"


def drift_is_told(account):
    glue = account.client("glue")
    trigger = glue.get_trigger(Name=TRIGGER)["Trigger"]
    update = {"Schedule": "cron(15 3 * * ? *)", "Actions": trigger["Actions"], "Description": trigger["Description"]}
    glue.update_trigger(Name=TRIGGER, TriggerUpdate=update)
    account.clock("2026-11-25T05:31:00Z")
    told = {"kind": "trigger", "name": TRIGGER, "workflow": "Order Workflow", "change": "different", "attribute": "schedule",
            "file": "cron(0 3 * * ? *)", "account": "cron(15 3 * * ? *)"}
    assert account.drift(EXAMPLE) == [told], account.drift(EXAMPLE)


def drift_is_undone(account):
    """`pipeline apply` brings back what the file says: a schedule, a job's workers and timeout; nothing else of them changes."""
    glue = account.client("glue")
    # A change of a trigger takes seconds to settle, and is waited for.
    account.change_clock(paused=False)
    name = "DynamoDB Order Silver"
    before = glue.get_job(JobName=name)["Job"]
    kept = {k: v for k, v in before.items() if k not in ("Name", "CreatedOn", "LastModifiedOn", "AllocatedCapacity", "MaxCapacity")}
    secret = {**before["DefaultArguments"], "--api_token": "hush-hush"}
    glue.update_job(JobName=name, JobUpdate={**kept, "NumberOfWorkers": 9, "Timeout": 45, "DefaultArguments": secret})
    found = account.drift(EXAMPLE)
    assert len(found) == 4 and "(not shown)" in str(found) and "hush" not in str(found), found
    done = account.told("pipeline", "import", "--out", account.folder / "secret.json", code=0)
    assert "argument --api_token: a record cannot say it" in done and "hush" not in done, done
    assert "--env dev" in account.told("pipeline", "apply", EXAMPLE, "--yes", code=2), "its policy must hold"
    planned = account.gluedeck("--env", "dev", "pipeline", "apply", EXAMPLE, code=2)
    for line in ("schedule cron(15 3 * * ? *) to cron(0 3 * * ? *)", "workers 9 to 8", "timeout 45 min to 120 min"):
        assert line in planned, planned
    assert "hush" not in planned, planned
    assert len(account.drift(EXAMPLE)) == 4, "a plan changes nothing"
    # What is secret is not in the journal, so a change of it is not reverted.
    glue.update_job(JobName=name, JobUpdate={**kept, "NumberOfWorkers": 9, "Timeout": 45})
    account.gluedeck("--read-only", "--env", "dev", "pipeline", "apply", EXAMPLE, "--yes", code=3)
    account.gluedeck("--env", "dev", "pipeline", "apply", EXAMPLE, "--yes")
    account.clock("2026-11-25T05:33:00Z")
    assert account.drift(EXAMPLE) == []
    after = glue.get_job(JobName=name)["Job"]
    assert {**after, "LastModifiedOn": None} == {**before, "LastModifiedOn": None}, "something else of the job has changed"
    # It is in the journal, and can be reverted.
    journal = json.loads(account.gluedeck("journal", "--output", "json"))
    change = next(entry for entry in journal if entry["operation"] == "UpdateJob")
    config = account.folder / "config" / "gluedeck"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[environments.dev]\nprofile = 'none'\n")
    assert "--env dev" in account.told("revert", change["id"], "--yes", code=2), "its policy must hold here too"
    shutil.rmtree(config)
    account.gluedeck("--env", "dev", "revert", change["id"], "--yes")
    assert after["LastModifiedOn"] > before["LastModifiedOn"]
    copy = account.folder / "staggered.json"
    shutil.copyfile(EXAMPLE, copy)
    stagger = ("stagger", "--schedule", "--limit", "100", "--write-file", copy, "--yes")
    assert "--env dev" in account.told(*stagger, code=2), "and here"
    assert copy.read_text() == EXAMPLE.read_text()
    assert glue.get_job(JobName=name)["Job"]["NumberOfWorkers"] == 9
    account.gluedeck("--env", "dev", "pipeline", "apply", EXAMPLE, "--yes")
    assert account.drift(EXAMPLE) == []
    # What only a deployment may do is refused with that word.
    glue.delete_trigger(Name="Run DQ Job DynamoDB Order Gold")
    refused = account.told("--env", "dev", "pipeline", "apply", EXAMPLE, "--yes")
    assert "only CloudFormation may make it" in refused, refused
    trigger = {"Name": "Run DQ Job DynamoDB Order Gold", "WorkflowName": "Order Workflow", "Type": "CONDITIONAL",
               "StartOnCreation": True, "Description": "Starts DynamoDB Order Gold DQ",
               "Actions": [{"JobName": "DynamoDB Order Gold DQ"}],
               "Predicate": {"Logical": "ANY", "Conditions": [{"LogicalOperator": "EQUALS", "JobName": "DynamoDB Order Gold", "State": "SUCCEEDED"}]}}
    glue.create_trigger(**trigger)
    account.change_clock(paused=True)
    account.clock("2026-11-25T09:00:00Z")
    assert account.drift(EXAMPLE) == []


def is_imported(account):
    file = account.folder / "imported.json"
    account.gluedeck("pipeline", "import", "--out", file)
    assert plain(file.read_text()) == plain(EXAMPLE.read_text())
    account.run(account.program, "pipeline", "diff", file, EXAMPLE, "--env", "dev")
    account.synth(file, account.folder / "of-import")
    account.run(account.program, "pipeline", "diff", account.folder / "of-import", account.folder / "out", "--env", "dev")
    assert account.drift(file) == []


def a_table_is_added(account):
    file = account.folder / "more.json"
    file.write_text(with_record(EXAMPLE.read_text(), ADDED))
    before = account.synth(EXAMPLE, account.folder / "out")
    after = account.synth(file, account.folder / "more")
    assert before.keys() == after.keys()
    added = []
    for name, template in after.items():
        old, new = before[name]["Resources"], template["Resources"]
        assert {logical: new[logical] for logical in old} == old, f"{name}: a resource of another record has changed"
        added += [new[logical]["Type"] for logical in new.keys() - old.keys()]
        rest = lambda template: {section: part for section, part in template.items() if section != "Resources"}
        assert rest(before[name]) == rest(template), name
    glue_types = [kind for kind in added if kind.startswith("AWS::Glue::")]
    assert len([kind for kind in glue_types if kind != "AWS::Glue::Workflow"]) == 14, glue_types
    missing = [difference for difference in account.drift(file) if difference["change"] == "missing"]
    assert len(missing) == 15, missing
    account.run(account.folder / "more" / "deploy.sh")
    glue = account.client("glue")
    assert "Voucher Workflow" in names(glue) and account.drift(file) == []
    account.clock(NEXT_MORNING)
    assert finished(glue, "Voucher Workflow") == 7 and "voucher" in gold(glue)


def main():
    with opened("gluedeck-deploy-") as account:
        for step in (is_deployed, runs_at_night, drift_is_told, drift_is_undone, is_imported, a_table_is_added):
            step(account)
            print(f"ok  {step.__name__}", flush=True)


if __name__ == "__main__":
    main()
