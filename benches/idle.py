#!/usr/bin/env python3
"""What an idle minute costs: the console on the sandbox's 22 workflows, in a pseudo-terminal, with nobody at the keys.
Seconds of user and system time from /proc, so on Linux.

    cargo build --release && benches/idle.py [target/release/gluedeck]
"""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else "target/release/gluedeck"


def spent(pid):
    """User and system seconds of a process so far."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drawn(terminal, seconds):
    """Reads what is drawn for so long; bytes."""
    end, count = time.monotonic() + seconds, 0
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            count += len(os.read(terminal, 1 << 16))
    return count


def main():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HOME": home, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIATEST",
                       "AWS_SECRET_ACCESS_KEY": "x", "TERM": "xterm-256color", "NO_PROXY": "127.0.0.1"}
        sandbox = subprocess.Popen([PROGRAM, "sandbox", "--port", str(port), "--at", "05:00:00", "--speed", "1"],
                                   stdout=subprocess.PIPE, env=environment)
        try:
            sandbox.stdout.readline()
            pid, terminal = pty.fork()
            if pid == 0:
                os.execve(PROGRAM, [PROGRAM, "--endpoint-url", f"http://127.0.0.1:{port}"], environment)
            if not drawn(terminal, 10):
                raise SystemExit("the console drew nothing")
            before = spent(pid)
            bytes_drawn = drawn(terminal, 60)
            print(f"an idle minute: {spent(pid) - before:.2f} s of user and system time, {bytes_drawn} bytes drawn")
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
        finally:
            sandbox.terminate()
            sandbox.wait()


main()
