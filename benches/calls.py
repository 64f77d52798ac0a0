#!/usr/bin/env python3
"""How many calls the console makes: of 22 workflows, and with jobs outside of them, in the first minutes and in those after.
Counted by the sandbox, at the speed of real time, with nobody at the keys.

    cargo build && benches/calls.py [target/debug/gluedeck] [--jobs 0 50 500] [--minutes 2]
"""

import argparse
import json
import os
import pty
import select
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

OPERATIONS = {
    "lists": ["ListWorkflows", "ListJobs", "ListCrawlers", "GetTriggers", "BatchGetJobs", "BatchGetCrawlers"],
    "workflows": ["BatchGetWorkflows"],
    "history": ["GetWorkflowRuns"],
    "job runs": ["GetJobRuns", "ListCrawls"],
}


def calls(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sandbox/calls") as answer:
        return json.load(answer)


def idle(terminal, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            os.read(terminal, 1 << 16)


def counted(before, after):
    return {name: sum(after.get(op, 0) - before.get(op, 0) for op in group) for name, group in OPERATIONS.items()}


def measure(program, jobs, minutes):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIATEST",
                       "AWS_SECRET_ACCESS_KEY": "x", "TERM": "xterm-256color", "NO_PROXY": "127.0.0.1"}
        command = [program, "sandbox", "--port", str(port), "--at", "05:00:00", "--speed", "1"]
        sandbox = subprocess.Popen(command + (["--jobs", str(jobs)] if jobs else []), stdout=subprocess.PIPE, env=environment)
        try:
            sandbox.stdout.readline()
            pid, terminal = pty.fork()
            if pid == 0:
                os.execve(program, [program, "--endpoint-url", f"http://127.0.0.1:{port}"], environment)
            start = calls(port)
            idle(terminal, minutes * 60)
            cold = calls(port)
            idle(terminal, minutes * 60)
            warm = calls(port)
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        finally:
            sandbox.terminate()
            sandbox.wait()
    return counted(start, cold), counted(cold, warm)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default="target/debug/gluedeck")
    parser.add_argument("--jobs", type=int, nargs="+", default=[0, 50, 500])
    parser.add_argument("--minutes", type=float, default=2)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    print(f"{'':<34}" + "".join(f"{name:>12}" for name in OPERATIONS) + f"{'all':>8}")
    for jobs in options.jobs:
        for when, found in zip(("first", "next"), measure(program, jobs, options.minutes)):
            name = f"22 workflows, {jobs} jobs, {when} {options.minutes:g} min"
            print(f"{name:<34}" + "".join(f"{found[group]:>12}" for group in OPERATIONS) + f"{sum(found.values()):>8}")


main()
