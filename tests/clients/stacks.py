#!/usr/bin/env python3
"""CloudFormation of the sandbox by boto3: every operation that there is, and what it refuses.

    tests/clients/stacks.py --program target/debug/gluedeck
"""

import json

from deploy import opened

from botocore.exceptions import ClientError

ROLE = {"AssumeRolePolicyDocument": {}}


def bucket(name, **more):
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}, **more}


def template(resources, **more):
    return json.dumps({"Resources": resources, **more})


def job(name, **more):
    command = {"Name": "glueetl", "ScriptLocation": "s3://stack-bucket/a.py"}
    return {"Type": "AWS::Glue::Job", "Properties": {"Name": name, "Role": "r", "Command": command, **more}}


def refused(call, code, text, **arguments):
    """The call is refused with this code, and the message has this text."""
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code and text in found["Message"], found
    else:
        raise AssertionError(f"not refused: {arguments}")


def status(cloudformation, name):
    return cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]


def lives(cloudformation, glue, s3):
    """A stack is made, described, changed and deleted; what it retains stays."""
    resources = {
        "Bucket": bucket("stack-bucket", DeletionPolicy="Retain"),
        "Scratch": bucket("stack-scratch"),
        "Load": {**job("load", NumberOfWorkers=2, WorkerType="G.1X"), "DependsOn": "Bucket"},
    }
    outputs = {"Name": {"Value": {"Ref": "Bucket"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Bucket"}}}}
    parameters = {"Workers": {"Type": "Number", "Default": "2"}}
    resources["Load"]["Properties"]["NumberOfWorkers"] = 2
    text = template(resources, Outputs=outputs, Description="a stack")
    valid = cloudformation.validate_template(TemplateBody=text)
    assert valid["Description"] == "a stack" and valid["Parameters"] == []
    made = cloudformation.create_stack(StackName="one", TemplateBody=text, Tags=[{"Key": "team", "Value": "data"}])
    stack = cloudformation.describe_stacks(StackName=made["StackId"])["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE" and stack["Tags"] == [{"Key": "team", "Value": "data"}]
    assert stack["Outputs"] == [{"OutputKey": "Name", "OutputValue": "stack-bucket", "ExportName": "one-Bucket"}]
    assert cloudformation.get_template(StackName="one")["TemplateBody"]["Description"] == "a stack"
    listed = cloudformation.list_stack_resources(StackName="one")["StackResourceSummaries"]
    assert {(r["LogicalResourceId"], r["PhysicalResourceId"]) for r in listed} == {
        ("Bucket", "stack-bucket"), ("Scratch", "stack-scratch"), ("Load", "load")
    }
    events = cloudformation.describe_stack_events(StackName="one")["StackEvents"]
    assert events[0]["ResourceStatus"] == "CREATE_COMPLETE" and events[0]["ResourceType"] == "AWS::CloudFormation::Stack"
    assert glue.get_job(JobName="load")["Job"]["NumberOfWorkers"] == 2
    refused(cloudformation.create_stack, "AlreadyExistsException", "Stack [one] already exists", StackName="one", TemplateBody=text)
    refused(cloudformation.update_stack, "ValidationError", "No updates are to be performed", StackName="one", TemplateBody=text)

    # A parameter, a changed job, a resource that goes.
    resources["Load"]["Properties"]["NumberOfWorkers"] = {"Ref": "Workers"}
    del resources["Scratch"]
    text = template(resources, Outputs=outputs, Parameters=parameters)
    changed = cloudformation.create_change_set(
        StackName="one", ChangeSetName="more", TemplateBody=text,
        Parameters=[{"ParameterKey": "Workers", "ParameterValue": "2"}],
    )
    found = cloudformation.describe_change_set(ChangeSetName=changed["Id"])
    actions = {(c["ResourceChange"]["Action"], c["ResourceChange"]["LogicalResourceId"]) for c in found["Changes"]}
    assert ("Remove", "Scratch") in actions and not any(logical == "Bucket" for _, logical in actions), actions
    cloudformation.execute_change_set(StackName="one", ChangeSetName="more")
    assert status(cloudformation, "one") == "UPDATE_COMPLETE"
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["stack-bucket"]

    # Another stack holds on to what the first exports.
    user = template({"Use": job("use", Description={"Fn::ImportValue": "one-Bucket"})})
    cloudformation.create_stack(StackName="two", TemplateBody=user)
    assert glue.get_job(JobName="use")["Job"]["Description"] == "stack-bucket"
    refused(cloudformation.delete_stack, "ValidationError", "in use by two", StackName="one")
    cloudformation.delete_stack(StackName="two")
    cloudformation.delete_stack(StackName="one")
    refused(cloudformation.describe_stacks, "ValidationError", "Stack with id one does not exist", StackName="one")
    assert cloudformation.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["stack-bucket"], "it is retained"
    refused(glue.get_job, "EntityNotFoundException", "load", JobName="load")


def rolls_back(cloudformation, glue):
    """Where a resource cannot be made, what has been made is taken back."""
    text = template({"A": job("a"), "B": {**job("a"), "DependsOn": "A"}})
    cloudformation.create_stack(StackName="broken", TemplateBody=text)
    assert status(cloudformation, "broken") == "ROLLBACK_COMPLETE"
    events = cloudformation.describe_stack_events(StackName="broken")["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert failed[0]["LogicalResourceId"] == "B" and "already exists" in failed[0]["ResourceStatusReason"], failed
    refused(glue.get_job, "EntityNotFoundException", "a", JobName="a")
    refused(cloudformation.update_stack, "ValidationError", "ROLLBACK_COMPLETE state", StackName="broken", TemplateBody=text)
    # A stack that stood stands as it stood.
    cloudformation.create_stack(StackName="stands", TemplateBody=template({"A": job("stands", Timeout=10)}))
    cloudformation.update_stack(
        StackName="stands",
        TemplateBody=template({"A": job("stands", Timeout=20), "B": {**job("stands"), "DependsOn": "A"}}),
    )
    assert status(cloudformation, "stands") == "UPDATE_ROLLBACK_COMPLETE"
    assert glue.get_job(JobName="stands")["Job"]["Timeout"] == 10


def is_refused(cloudformation):
    """What the pipeline's stacks do not use is refused by its name."""
    for body, text in [
        ("no template", "JSON not well-formed"),
        ("[]", "unsupported structure"),
        (template({}), "At least one Resources member"),
        (template({"Q": {"Type": "AWS::SQS::Queue"}}), "Unrecognized resource types: [AWS::SQS::Queue]"),
        (template({"A": job("x")}, Conditions={}), "the section Conditions"),
        (template({"A": job("x"), "B": {**job("y"), "DependsOn": "C"}}), "Unresolved resource dependencies [C]"),
        (template({"A": {**job("x"), "DependsOn": "B"}, "B": {**job("y"), "DependsOn": "A"}}), "Circular dependency"),
        (template({f"A{n}": {"Type": "AWS::Logs::LogGroup"} for n in range(501)}), "greater than maximum allowed, 500"),
    ]:
        refused(cloudformation.validate_template, "ValidationError", text, TemplateBody=body)
    for value, text in [
        ({"Fn::Join": ["", ["a"]]}, "Fn::Join"), ({"Ref": "Nothing"}, "[Nothing]"),
        ({"Fn::ImportValue": "nothing"}, "No export named nothing"),
    ]:
        cloudformation.create_stack(StackName="odd", TemplateBody=template({"A": job("odd", Description=value)}))
        reason = cloudformation.describe_stacks(StackName="odd")["Stacks"][0]["StackStatusReason"]
        assert text in reason, reason
        cloudformation.delete_stack(StackName="odd")
    role = template({"Role": {"Type": "AWS::IAM::Role", "Properties": ROLE}})
    refused(cloudformation.create_stack, "InsufficientCapabilitiesException", "CAPABILITY_IAM", StackName="r", TemplateBody=role)
    refused(cloudformation.create_stack, "ValidationError", "51200", StackName="r", TemplateBody=role + " " * 51_200)
    parameter = [{"ParameterKey": "Nothing", "ParameterValue": "1"}]
    refused(cloudformation.create_stack, "ValidationError", "[Nothing]", StackName="r", TemplateBody=template({"A": job("x")}), Parameters=parameter)
    refused(cloudformation.get_template, "ValidationError", "does not exist", StackName="nothing")


def main():
    with opened("gluedeck-stacks-") as account:
        cloudformation, glue, s3 = (account.client(service) for service in ("cloudformation", "glue", "s3"))
        lives(cloudformation, glue, s3)
        print("ok  lives", flush=True)
        rolls_back(cloudformation, glue)
        print("ok  rolls_back", flush=True)
        is_refused(cloudformation)
        print("ok  is_refused", flush=True)


if __name__ == "__main__":
    main()
