#!/bin/sh
# A compiler wrapper: gluedeck's own crates with the coverage that libFuzzer is guided by. The flags are those of cargo-fuzz
# without a sanitizer, which a stable compiler takes.
exec "$@" --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
  -Cllvm-args=-sanitizer-coverage-trace-compares
