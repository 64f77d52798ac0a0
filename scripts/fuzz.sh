#!/usr/bin/env bash
# Fuzzes each target from its seed corpus. Needs a C++ compiler for libFuzzer, and nothing else: the dependencies are those
# of `cargo build`, and only gluedeck's own crates are built again, with coverage.
#
# usage: scripts/fuzz.sh [SECONDS [TARGET...]]   looks for that long in each target, at random
#        scripts/fuzz.sh --check                 the same few thousand inputs every time, for CI
#
# What breaks a target is kept in fuzz/artifacts/TARGET; give that file to the binary to see it again.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" = --check ]; then
  # A change must not fail by what a random input finds in other code; the time is for inputs that are slow.
  limits=(-seed=1 -runs=3000 -max_total_time=30)
else
  limits=(-max_total_time="${1:-20}")
fi
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(alerts config cron csv logs pipeline scenario wire)

export RUSTC_WORKSPACE_WRAPPER=$PWD/fuzz/instrument.sh
cargo build --locked -p gluedeck-fuzz
built=${CARGO_TARGET_DIR:-target}/debug
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
for target in "${targets[@]}"; do
  mkdir -p "$found/$target" "fuzz/artifacts/$target"
  log=$found/$target.log
  if ! "$built/$target" "${limits[@]}" -timeout=20 -rss_limit_mb=4096 -max_len=4096 \
    -artifact_prefix="fuzz/artifacts/$target/" "$found/$target" "fuzz/corpus/$target" >"$log" 2>&1; then
    tail -40 "$log" >&2
    echo "fuzz.sh: $target failed" >&2
    exit 1
  fi
  echo "$target: $(grep -E '^(Done|#[0-9]+.*DONE)' "$log" | tail -2 | tr '\n' ' ')"
done
