#!/usr/bin/env python3
"""gluedeck logs beside awslogs and the AWS CLI, on one endpoint, in one run.

    benches/logs.py [--events 100000] [--gluedeck target/release/gluedeck] [--rounds 3]

A loopback server answers FilterLogEvents, GetLogEvents and DescribeLogStreams from pages that were rendered before
anybody asks, so that what is measured are the clients. Prints wall seconds, CPU seconds and memory of each, the best of
the rounds, and how many times as long the others take. The clients come with `pip install awslogs awscli`; one that is
not there is left out.
"""
import argparse, json, os, re, resource, shutil, subprocess, sys, tempfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GROUP, STREAM = "/aws-glue/jobs/output", "jr_bench"
MOST_EVENTS, MOST_BYTES = 10_000, 1 << 20
START = 1_795_576_000_000


def pages(count):
    """Pages of at most a megabyte or 10,000 events, as FilterLogEvents and as GetLogEvents send them."""
    filtered, plain, events, size = [], [], [], 0

    def close():
        if events:
            filtered.append(list(events))
            plain.append([{k: e[k] for k in ("timestamp", "ingestionTime", "message")} for e in events])
        events.clear()

    for n in range(count):
        message = f"26/11/25 03:00:09 INFO RecordWriter: record {n} of {count} written to partition {n % 64}, a line as long as they are"
        if len(events) == MOST_EVENTS or size + len(message) + 26 > MOST_BYTES:
            close()
            size = 0
        size += len(message) + 26
        at = START + n // 3
        events.append({"logStreamName": STREAM, "timestamp": at, "message": message, "ingestionTime": at + 800,
                       "eventId": f"{n:056d}"})
    close()
    last = len(filtered) - 1
    by_filter, by_stream = [], []
    for n, page in enumerate(filtered):
        body = {"events": page, "searchedLogStreams": []}
        if n < last:
            body["nextToken"] = f"{n + 1}"
        by_filter.append(json.dumps(body).encode())
    for n, page in enumerate(plain):
        body = {"events": page, "nextForwardToken": f"f/{n + 1}", "nextBackwardToken": f"b/{n}"}
        by_stream.append(json.dumps(body).encode())
    end = {"events": [], "nextForwardToken": f"f/{last + 1}", "nextBackwardToken": f"b/{last + 1}"}
    by_stream.append(json.dumps(end).encode())
    return by_filter, by_stream


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    by_filter, by_stream = [], []

    def do_GET(self):
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        operation = self.headers.get("X-Amz-Target", "").split(".")[-1]
        token = body.get("nextToken") or "0"
        number = int(token.split("/")[-1])
        if operation == "FilterLogEvents":
            answer = self.by_filter[number]
        elif operation == "GetLogEvents":
            answer = self.by_stream[number]
        elif operation in ("GetJobRuns", "GetJobRun"):
            run = {"Id": STREAM, "JobName": "bench", "LogGroupName": "/aws-glue/jobs", "JobRunState": "SUCCEEDED"}
            answer = json.dumps({"JobRuns": [run], "JobRun": run}).encode()
        elif operation == "DescribeLogStreams" and body.get("logGroupName") != GROUP:
            answer = b'{"logStreams": []}'
        elif operation == "DescribeLogStreams":
            answer = json.dumps({"logStreams": [{
                "logStreamName": STREAM, "creationTime": START, "firstEventTimestamp": START,
                "lastEventTimestamp": START + 10**9, "lastIngestionTime": START + 10**9}]}).encode()
        else:
            answer = b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def measure(command, environment, expected, wanted=0):
    """Wall, CPU (user and system) and memory of a command, which must print so many lines and end with this code."""
    with tempfile.NamedTemporaryFile() as out:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
        said = process.stderr.read().decode(errors="replace")
        lines = sum(1 for _ in open(out.name, "rb"))
    if os.waitstatus_to_exitcode(status) != wanted or lines < expected:
        sys.exit(f"{command[0]}: status {status}, {lines} of {expected} lines\n{said[-800:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--gluedeck", default=os.path.join(root, "target/release/gluedeck"))
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    # A process of its own: neither its work nor its memory is counted as anybody's.
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    port = server.server_address[1]
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        Server.by_filter, Server.by_stream = pages(asked.events)
        os.write(tell, b"%d" % len(Server.by_filter))
        server.serve_forever()
    count = int(os.read(ready, 20))
    url = f"http://127.0.0.1:{port}"
    home = tempfile.mkdtemp()
    environment = {"PATH": os.environ["PATH"], "HOME": home, "AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "x",
                   "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url}
    clients = [
        ("gluedeck logs --group", [asked.gluedeck, "logs", "--endpoint-url", url, "--group", GROUP, "--prefix", "jr_"]),
        ("awslogs get", ["awslogs", "get", GROUP, "--aws-endpoint-url", url, "--start", "2020-01-01"]),
        ("aws logs filter-log-events", ["aws", "logs", "filter-log-events", "--log-group-name", GROUP, "--output", "text"]),
        ("aws logs tail", ["aws", "logs", "tail", GROUP, "--since", "3000d"]),
    ]
    results = []
    try:
        # Reads all into the store that the console searches, and looks for an error, of which there is none.
        searchable = [asked.gluedeck, "logs", "--endpoint-url", url, "bench", "--errors"]
        store = min(measure(searchable, environment, 0, 1) for _ in range(asked.rounds))
        for name, command in clients:
            if shutil.which(command[0]) is None:
                print(f"{name}: not installed", file=sys.stderr)
                continue
            if name == "aws logs tail" and not re.search(r"aws-cli/2", version()):
                continue
            best = min(measure(command, environment, asked.events) for _ in range(asked.rounds))
            results.append((name, best))
            print(f"{name}: done", file=sys.stderr)
    finally:
        os.kill(child, 9)
        shutil.rmtree(home, ignore_errors=True)
    own = results[0][1]
    results.insert(1, ("  read, grouped, searchable", store))
    print(f"{asked.events} events in {count} pages, best of {asked.rounds}")
    print(f"{'':28} {'wall s':>8} {'CPU s':>8} {'MB':>6} {'wall':>8} {'CPU':>8}")
    for name, (wall, cpu, memory) in results:
        print(f"{name:28} {wall:8.3f} {cpu:8.3f} {memory:6.0f} {wall / own[0]:7.1f}x {cpu / own[1]:7.1f}x")


def version():
    said = subprocess.run(["aws", "--version"], capture_output=True, text=True)
    return said.stdout + said.stderr


if __name__ == "__main__":
    main()
