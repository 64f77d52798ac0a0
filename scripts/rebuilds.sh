#!/usr/bin/env bash
# Compares what `cargo build` and `cargo test --no-run` have built of each dependency, also of those that were there already:
# a dependency with two libraries has other features in the tests than in the program, and is compiled twice.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never

# Package and library, a line each, of what comes from a registry.
libraries() {
  "$@" --message-format json-render-diagnostics | python3 -c '
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    if message.get("reason") == "compiler-artifact" and message["package_id"].startswith("registry+"):
        for file in message["filenames"]:
            if file.endswith(".rlib"):
                print(message["package_id"].split("#")[1], file)
' | sort -u
}

built=$(libraries cargo build)
tested=$(libraries cargo test --no-run)
[ "$(wc -l <<<"$built")" -gt 200 ] || { echo "the dependencies were not found" >&2; exit 1; }
again=$(comm -13 <(echo "$built") <(echo "$tested") | cut -d' ' -f1 | sort -u |
  comm -12 - <(echo "$built" | cut -d' ' -f1 | sort -u))
if [ -n "$again" ]; then
  echo "compiled again for the tests:" >&2
  echo "$again" >&2
  exit 1
fi
echo "no dependency was compiled twice"
