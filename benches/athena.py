#!/usr/bin/env python3
"""gluedeck query beside PyAthena, awswrangler and athenacli, on one endpoint, in one run.

    benches/athena.py [--rows 100000] [--latency 0] [--gluedeck target/release/gluedeck] [--rounds 3] [--python PYTHON]
                      [--athenacli ATHENACLI]

A loopback server answers StartQueryExecution, GetQueryExecution and GetQueryResults, and serves the result object of S3,
from what was rendered before anybody asks, so that what is measured are the clients. `--latency` milliseconds are added
to every answer. Prints wall seconds, CPU seconds and memory of each, the best of the rounds, and how many times as long
the others take. The clients come with `pip install 'pyathena[pandas]' awswrangler` (in the environment of --python) and
`pip install athenacli`; one that is not there is left out.
"""
import argparse, json, os, re, shutil, subprocess, sys, tempfile, time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ID = "11111111-2222-4333-8444-555555555555"
COLUMNS = [("id", "bigint"), ("created_at", "timestamp"), ("status", "varchar"), ("amount", "double"),
           ("machine_id", "varchar"), ("facility_id", "varchar"), ("note", "varchar"), ("as_of_date", "date")]
STATUSES = ["COMPLETED", "REFUNDED", "PENDING", "CANCELLED"]


def row(n):
    note = None if n % 7 == 0 else "" if n % 11 == 0 else f"transaction number {n} of the night"
    return [str(n), f"2026-11-{n % 28 + 1:02d} 03:{n % 60:02d}:09.123", STATUSES[n % 4], f"{n % 9973 / 100:.2f}",
            f"machine-{n % 4096:06d}", f"facility-{n % 64:06d}", note, f"2026-11-{n % 28 + 1:02d}"]


def render(count):
    """The pages of GetQueryResults, at most 1,000 rows with the header, and the object."""
    rows = [[name for name, _ in COLUMNS]] + [row(n) for n in range(count)]
    info = [{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": kind,
             "Precision": 17, "Scale": 0, "Nullable": "UNKNOWN", "CaseSensitive": False} for name, kind in COLUMNS]
    pages = []
    for at in range(0, len(rows), 1000):
        data = [{"Data": [{} if c is None else {"VarCharValue": c} for c in r]} for r in rows[at:at + 1000]]
        page = {"UpdateCount": 0, "ResultSet": {"Rows": data, "ResultSetMetadata": {"ColumnInfo": info}}}
        if at + 1000 < len(rows):
            page["NextToken"] = str(at // 1000 + 1)
        pages.append(json.dumps(page).encode())
    cell = lambda c: "" if c is None else '"' + c.replace('"', '""') + '"'
    return pages, "".join(",".join(map(cell, r)) + "\n" for r in rows).encode()


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages, csv, latency = [], b"", 0.0

    def answer(self, body, status=200, headers=()):
        time.sleep(self.latency)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if not self.path.split("?")[0].endswith(f"{ID}.csv"):
            return self.answer(b"", 404)
        stamps = [("ETag", '"bench"'), ("Last-Modified", formatdate(usegmt=True)), ("Accept-Ranges", "bytes"),
                  ("Content-Type", "application/octet-stream")]
        found = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not found:
            return self.answer(self.csv, 200, stamps)
        first = int(found[1])
        last = min(int(found[2] or len(self.csv) - 1), len(self.csv) - 1)
        stamps.append(("Content-Range", f"bytes {first}-{last}/{len(self.csv)}"))
        self.answer(self.csv[first:last + 1], 206, stamps)

    do_HEAD = do_GET

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        operation = self.headers.get("X-Amz-Target", "").split(".")[-1]
        if operation == "StartQueryExecution":
            answer = {"QueryExecutionId": ID}
        elif operation == "GetQueryExecution":
            now = time.time()
            answer = {"QueryExecution": {
                "QueryExecutionId": ID, "Query": "select * from bench", "StatementType": "DML",
                "SubstatementType": "SELECT", "WorkGroup": "primary",
                "QueryExecutionContext": {"Database": "default", "Catalog": "awsdatacatalog"},
                "ResultConfiguration": {"OutputLocation": f"s3://bench/results/{ID}.csv"},
                "Status": {"State": "SUCCEEDED", "SubmissionDateTime": now, "CompletionDateTime": now},
                "Statistics": {"EngineExecutionTimeInMillis": 5, "DataScannedInBytes": 1000,
                               "TotalExecutionTimeInMillis": 5, "QueryQueueTimeInMillis": 0},
                "EngineVersion": {"SelectedEngineVersion": "AUTO",
                                  "EffectiveEngineVersion": "Athena engine version 3"}}}
        elif operation == "GetQueryResults":
            return self.answer(self.pages[int(body.get("NextToken") or 0)], 200, self.json_type())
        elif operation == "GetWorkGroup":
            answer = {"WorkGroup": {"Name": "primary", "State": "ENABLED", "Configuration": {
                "EnforceWorkGroupConfiguration": False, "ResultConfiguration": {"OutputLocation": "s3://bench/results/"},
                "EngineVersion": {"SelectedEngineVersion": "AUTO",
                                  "EffectiveEngineVersion": "Athena engine version 3"}}}}
        else:
            answer = {}
        self.answer(json.dumps(answer).encode(), 200, self.json_type())

    def json_type(self):
        return [("Content-Type", "application/x-amz-json-1.1")]

    def log_message(self, *_):
        pass


PYATHENA = """
import sys
from pyathena import connect
{imports}
c = connect(s3_staging_dir="s3://bench/results/", region_name="us-east-1", poll_interval=0.05{arguments}).cursor()
c.execute("select * from bench")
{fetch}
print(rows, file=sys.stderr)
"""
CLIENTS = {
    "PyAthena, pages": PYATHENA.format(imports="", arguments="", fetch="rows = len(c.fetchall())"),
    "PyAthena, S3": PYATHENA.format(imports="from pyathena.s3fs.cursor import S3FSCursor",
                                    arguments=", cursor_class=S3FSCursor", fetch="rows = len(c.fetchall())"),
    "PyAthena, Pandas": PYATHENA.format(imports="from pyathena.pandas.cursor import PandasCursor",
                                        arguments=", cursor_class=PandasCursor", fetch="rows = len(c.as_pandas())"),
    "awswrangler": """
import sys, awswrangler as wr
wr.config.athena_query_wait_polling_delay = 0.05
f = wr.athena.read_sql_query("select * from bench", database="default", ctas_approach=False,
                             s3_output="s3://bench/results/")
print(len(f), file=sys.stderr)
""",
}


def measure(command, environment):
    """Wall seconds, CPU seconds, and the most memory in MB."""
    out = tempfile.TemporaryFile()
    since = time.perf_counter()
    child = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, env=environment, stdin=subprocess.DEVNULL)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - since
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(error.decode()[-400:])
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--latency", type=float, default=0, help="milliseconds added to every answer")
    arguments.add_argument("--gluedeck", default="target/release/gluedeck")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--python", default=sys.executable)
    arguments.add_argument("--athenacli", default="athenacli")
    options = arguments.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    # A process of its own: neither its work nor its memory is counted as anybody's.
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        Server.pages, Server.csv = render(options.rows)
        Server.latency = options.latency / 1000
        os.write(tell, b".")
        server.serve_forever()
    os.read(ready, 1)
    try:
        compare(options, server.server_port)
    finally:
        os.kill(child, 9)


def compare(options, port):
    url = f"http://127.0.0.1:{port}"
    home = tempfile.mkdtemp()
    environment = {
        "PATH": os.environ["PATH"], "HOME": home, "AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": url, "LANG": "C.UTF-8",
        "PYTHONWARNINGS": "ignore", "AWS_ATHENA_S3_STAGING_DIR": "s3://bench/results/",
    }
    sql = "select * from bench"
    clients = {
        "gluedeck": [options.gluedeck, "query", sql, "--output", "csv"],
        "gluedeck, first 10 rows": [options.gluedeck, "query", sql, "--output", "csv", "--max-rows", "10"],
    }
    for name, program in CLIENTS.items():
        clients[name] = [options.python, "-c", program]
    if shutil.which(options.athenacli):
        clients["athenacli"] = [options.athenacli, "-e", sql, "--table-format", "csv",
                                "--s3-staging-dir", "s3://bench/results/", "--region", "us-east-1", "default"]
        # Its first start only writes its configuration.
        subprocess.run(clients["athenacli"], env=environment, capture_output=True)
    print(f"{options.rows:,} rows of {len(COLUMNS)} columns, {options.latency:g} ms added to an answer, "
          f"best of {options.rounds}")
    print(f"{'':26}{'wall s':>9}{'CPU s':>9}{'MB':>8}{'times':>8}")
    base = None
    for name, command in clients.items():
        best, fault = None, None
        for _ in range(options.rounds):
            try:
                wall, cpu, memory, out = measure(command, environment)
            except (RuntimeError, FileNotFoundError) as error:
                fault = str(error).strip().splitlines()[-1:]
                break
            if name == "gluedeck":
                out.seek(0)
                lines = out.read().count(b"\n")
                assert lines == options.rows + 1, f"gluedeck printed {lines} lines"
            if best is None or wall < best[0]:
                best = (wall, cpu, memory)
        if best is None:
            print(f"{name:26} left out: {fault}")
            continue
        base = base or best[0]
        print(f"{name:26}{best[0]:9.3f}{best[1]:9.3f}{best[2]:8.0f}{best[0] / base:8.1f}")


if __name__ == "__main__":
    main()
