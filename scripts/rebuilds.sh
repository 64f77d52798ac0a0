#!/usr/bin/env bash
# Counts what `cargo test --no-run` compiles after `cargo build`: nothing but this workspace's own crates, and the crates
# that only tests use. A dependency that is compiled twice has other features in the tests than in the program.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never

cargo build
test_only=$(comm -13 \
  <(cargo tree --workspace -e no-dev --prefix none -f '{p}' | sed 's/ (.*//' | sort -u) \
  <(cargo tree --workspace --prefix none -f '{p}' | sed 's/ (.*//' | sort -u))
compiled=$(cargo test --no-run 2>&1 | tee /dev/stderr | sed -n 's/^ *Compiling \([^ ]* v[^ ]*\).*/\1/p' | sort -u)
again=$(comm -23 <(echo "$compiled" | grep -v '^gluedeck' || true) <(echo "$test_only") | sed '/^$/d')
if [ -n "$again" ]; then
  echo "compiled again for the tests:" >&2
  echo "$again" >&2
  exit 1
fi
echo "no dependency was compiled twice"
