"""The alert function: tells a Slack channel of jobs and crawlers that failed.

EventBridge calls it with the state changes of `aws.glue`. The message is one line, the name and the whole event. The state
of a crawler is `Failed`, where that of a job is `FAILED`.
"""
import json
import os
import urllib.request

FAILED = ("FAILED", "TIMEOUT", "ERROR")
found = {}


def webhook():
    """The webhook's address, read once: it is a secret, so the environment has only the parameter's name."""
    if "url" not in found:
        import boto3

        name = os.environ["WEBHOOK_PARAMETER"]
        answer = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)
        found["url"] = answer["Parameter"]["Value"]
    return found["url"]


def message(event):
    """The line that is sent; None for an event that tells of no failure."""
    detail = event.get("detail", {})
    name = detail.get("jobName") or detail.get("crawlerName")
    state = str(detail.get("state", ""))
    if name is None or state.upper() not in FAILED:
        return None
    return f"{name} Workflow {state} - {json.dumps(event, separators=(',', ':'), ensure_ascii=False)}"


def handler(event, _context):
    text = message(event)
    if text is None:
        return {"sent": False}
    # Slack reads these three characters as markup.
    for plain, escaped in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(plain, escaped)
    body = json.dumps({"text": text}).encode()
    headers = {"Content-Type": "application/json; charset=utf-8"}
    with urllib.request.urlopen(urllib.request.Request(webhook(), body, headers), timeout=10):
        return {"sent": True}
