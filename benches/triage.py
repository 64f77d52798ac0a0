#!/usr/bin/env python3
"""From a pasted alert to its card: for every failure of every failing scenario of the sandbox, the seconds in the console
(in a pseudo-terminal, warm) and in `gluedeck triage` (cold, whole process), and the calls that the card cost.

    cargo build --release && benches/triage.py [target/release/gluedeck]
"""

import json
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import fcntl
import time
import urllib.request

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "target/release/gluedeck"
SCENARIOS = ["night", "quota", "crawler", "schema-drift", "timeout", "causes"]
# What the console reads anyway, whatever is pasted.
BACKGROUND = {"BatchGetWorkflows", "ListWorkflows", "GetWorkflowRuns", "GetServiceQuota", "GetCallerIdentity", "GetJobs"}


def environment(home):
    return {**os.environ, "HOME": home, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIATEST",
            "AWS_SECRET_ACCESS_KEY": "x", "TERM": "xterm-256color", "NO_PROXY": "127.0.0.1"}


def get(url, path):
    return json.load(urllib.request.urlopen(url + path, timeout=60))


def alerts(url, home):
    """The lines that the pipeline's rule posts, and the crawlers' that it does not."""
    out = subprocess.run([PROGRAM, "--endpoint-url", url, "workflows", "--output", "json"], env=environment(home),
                         capture_output=True, check=True).stdout
    for workflow in json.loads(out):
        for trigger in workflow["triggers"]:
            for target in trigger["targets"]:
                if target["state"] not in ("FAILED", "TIMEOUT"):
                    continue
                name, crawler = target["name"], target["kind"] == "crawler"
                detail = {"crawlerName" if crawler else "jobName": name, "state": target["state"],
                          "message": target["error"], **({} if crawler else {"jobRunId": target["run_id"]})}
                event = {"detail-type": "Glue Crawler State Change" if crawler else "Glue Job State Change",
                         "source": "aws.glue", "account": "111122223333", "region": "us-east-1",
                         "time": get(url, "/_sandbox/clock")["now"], "detail": detail}
                yield name, f"{name} Workflow {target['state']} - {json.dumps(event)}"


# What moves the cursor or sets a color.
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Console:
    """The console in a pseudo-terminal."""

    def __init__(self, url, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(PROGRAM, [PROGRAM, "--endpoint-url", url], environment(home))
        self.columns = 160

    def redraw(self):
        """Only what has changed is drawn, unless the size changes."""
        self.columns = 320 - 1 - self.columns
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, self.columns, 0, 0))

    def until(self, text, seconds=60):
        """Waits for a text on the screen. Spaces do not count: the terminal may be told to skip them."""
        text = text.replace(b" ", b"")
        # A key and a change of size that come together: the reader of keys hears of the size, and of the key with the next.
        seen, drawn = b"", time.monotonic()
        end = drawn + seconds
        while time.monotonic() < end:
            if time.monotonic() - drawn > 0.03:
                self.redraw()
                seen, drawn = seen[-(1 << 17):], time.monotonic()
            if select.select([self.fd], [], [], 0.005)[0]:
                seen += os.read(self.fd, 1 << 16)
                if text in ESCAPES.sub(b"", seen).replace(b" ", b""):
                    return
        raise SystemExit(f"never {text.decode()!r} on the screen")

    def rest(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                os.read(self.fd, 1 << 16)

    def send(self, text):
        os.write(self.fd, text.encode())


def main():
    worst, most = 0.0, 0
    for scenario in SCENARIOS:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url, home = f"http://127.0.0.1:{port}", tempfile.mkdtemp()
        sandbox = subprocess.Popen([PROGRAM, "sandbox", "--port", str(port), "--at", "05:00:00", "--speed", "1",
                                    "--scenario", scenario], stdout=subprocess.PIPE, env=environment(home))
        sandbox.stdout.readline()
        try:
            lines = list(alerts(url, home))
            console = Console(url, home)
            console.until(b"sorted by severity")
            console.rest(6)
            for name, line in lines:
                before, since = get(url, "/_sandbox/calls"), time.monotonic()
                console.send(f"\x1b[200~{line}\x1b[201~")
                console.until(b"loaded in")
                took = time.monotonic() - since
                after = get(url, "/_sandbox/calls")
                sent = sum(count - before.get(call, 0) for call, count in after.items() if call not in BACKGROUND)
                since = time.monotonic()
                out = subprocess.run([PROGRAM, "--endpoint-url", url, "triage", "--output", "json"], env=environment(home),
                                     input=line.encode(), capture_output=True, check=True).stdout
                cold = time.monotonic() - since
                card = json.loads(out)[0]
                worst, most = max(worst, took), max(most, sent)
                print(f"{scenario:13} {name:36} {card['class']:14} console {took:5.2f} s  {sent:2} calls   "
                      f"command {cold:5.2f} s")
                console.send("1")
                console.until(b"sorted by severity")
            os.close(console.fd)
        finally:
            sandbox.terminate()
            sandbox.wait()
    print(f"at most {worst:.2f} s and {most} calls in the console")


main()
