#!/usr/bin/env python3
"""How long `gluedeck pipeline check` and `synth` take, of 22 and of 1,000 records: the best of five, as whole commands.

    cargo build --release && benches/pipeline.py --program target/release/gluedeck

22 records are meant to take at most 0.1 s, 1,000 at most 2 s. The exit code is 1 if one takes longer.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

EXAMPLE = pathlib.Path(__file__).resolve().parents[1] / "examples" / "pipeline.json"
BUDGET = {22: 0.1, 1_000: 2.0}


def records():
    text = re.sub(r"^\s*//.*$", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    return json.loads(re.sub(r",(\s*[\]}])", r"\1", text))["records"]


def copies(count):
    """As many records as that, of the shape of the example's, with names of their own."""
    originals = records()
    for number in range(count):
        record = dict(originals[number % len(originals)])
        if number >= len(originals):
            for field in ("scopeId", "jobName", "dynamoTableName"):
                record[field] += str(number)
            for field in ("bucketFolder", "tableName"):
                record[field] += f"_{number}"
        yield record


def best(command):
    """The shortest of five runs, in seconds."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default="target/release/gluedeck")
    program = parser.parse_args().program
    over = False
    print(f"{'records':>8}  {'check':>8}  {'synth':>8}  {'at most':>8}")
    with tempfile.TemporaryDirectory(prefix="gluedeck-bench-") as folder:
        for count, budget in BUDGET.items():
            file = pathlib.Path(folder) / f"{count}.json"
            file.write_text(json.dumps(list(copies(count)), indent=2))
            check = best([program, "pipeline", "check", file])
            synth = best([program, "pipeline", "synth", file, "--env", "dev", "--out", pathlib.Path(folder) / str(count)])
            over |= max(check, synth) > budget
            print(f"{count:>8}  {check:>7.3f}s  {synth:>7.3f}s  {budget:>7.1f}s", flush=True)
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
