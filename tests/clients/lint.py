#!/usr/bin/env python3
"""The templates of `gluedeck pipeline synth`, checked by cfn-lint: no error and no warning.

    tests/clients/lint.py --program target/debug/gluedeck

For each environment of examples/pipeline.json, and for 60 tables, whose stacks are split.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from deploy import EXAMPLE, ROOT, plain

MAX_RESOURCES = 500


def copies(count):
    """As many records as that, of the shape of the example's."""
    originals = list(plain(EXAMPLE.read_text()).values())
    records = []
    for number in range(count):
        record = dict(originals[number % len(originals)])
        for field in ("scopeId", "jobName", "dynamoTableName"):
            record[field] = f"{record[field]}{number}"
        for field in ("bucketFolder", "tableName"):
            record[field] = f"{record[field]}_{number}"
        records.append(record)
    return records


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = pathlib.Path(parser.parse_args().program).resolve()
    lint = [str(pathlib.Path(sys.executable).parent / "cfn-lint"), "--non-zero-exit-code", "informational"]
    with tempfile.TemporaryDirectory(prefix="gluedeck-lint-") as folder:
        folder = pathlib.Path(folder)
        many = folder / "many.json"
        many.write_text(json.dumps(copies(60)))
        for name, file, environment in [
            ("dev", EXAMPLE, "dev"), ("stg", EXAMPLE, "stg"), ("prod", EXAMPLE, "prod"), ("60 tables", many, "dev"),
        ]:
            out = folder / name
            command = [program, "pipeline", "synth", file, "--env", environment, "--out", out]
            subprocess.run(command, check=True, capture_output=True)
            templates = sorted(out.glob("*.template.json"))
            for template in templates:
                resources = len(json.loads(template.read_text())["Resources"])
                assert resources < MAX_RESOURCES, f"{template.name} has {resources} resources"
            done = subprocess.run([*lint, "--template", *templates], capture_output=True, text=True, cwd=ROOT)
            assert done.returncode == 0 and not done.stdout.strip(), done.stdout + done.stderr
            print(f"ok  {name}: {len(templates)} templates", flush=True)


if __name__ == "__main__":
    main()
