#!/usr/bin/env python3
"""The alert function of `jobs/`, with events as EventBridge sends them and a webhook that listens here."""

import argparse
import http.server
import importlib.util
import json
import pathlib
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]


def event(state, **detail):
    kind = "Glue Crawler State Change" if "crawlerName" in detail else "Glue Job State Change"
    return {
        "version": "0", "id": "a", "detail-type": kind, "source": "aws.glue", "account": "111122223333",
        "time": "2026-11-25T03:08:27Z", "region": "us-east-1", "resources": [], "detail": {**detail, "state": state},
    }


class Webhook(http.server.BaseHTTPRequestHandler):
    taken = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Webhook.taken.append(json.loads(body)["text"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program")
    parser.parse_args()
    spec = importlib.util.spec_from_file_location("alert", ROOT / "jobs" / "alert.py")
    alert = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(alert)
    server = http.server.HTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    alert.found["url"] = f"http://127.0.0.1:{server.server_port}/"

    job = {"jobName": "DynamoDB User Silver DQ", "jobRunId": "jr_1", "message": "phone_number <b> & more"}
    crawler = {"crawlerName": "DynamoDB User Bronze Crawler", "errorMessage": "Internal Service Exception"}
    for given, name in [
        (event("FAILED", **job), job["jobName"]), (event("TIMEOUT", **job), job["jobName"]),
        # The state of a crawler is written otherwise.
        (event("Failed", **crawler), crawler["crawlerName"]),
    ]:
        before = len(Webhook.taken)
        assert alert.handler(given, None) == {"sent": True}
        assert len(Webhook.taken) == before + 1, "one message each"
        text = Webhook.taken[-1]
        assert text.startswith(f"{name} Workflow {given['detail']['state']} - {{"), text
        assert "<" not in text and "\n" not in text
        plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        assert json.loads(plain[plain.index("{"):]) == given, "the whole event is in it"
    for quiet in (event("SUCCEEDED", **job), event("STOPPED", **job), event("Succeeded", **crawler), event("FAILED"), {}):
        assert alert.handler(quiet, None) == {"sent": False}, quiet
    assert len(Webhook.taken) == 3
    print("ok  alert")


if __name__ == "__main__":
    main()
