#!/usr/bin/env bash
# Measures which lines the tests run: of everything, and of each crate on which money hangs. Fails below the floors.
# Needs llvm-cov and llvm-profdata of LLVM 19 or later; Debian has them in the package llvm-19.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# shellcheck source=scripts/tiers.sh
. scripts/tiers.sh
# shellcheck source=scripts/needs.sh
. scripts/needs.sh
floor=80
# What has been measured, rounded down: it only goes up.
critical=(risk:99 execution:98 journal:94)

for tool in llvm-cov llvm-profdata; do
  found=$(command -v "$tool" || command -v "$tool-19" || command -v "$tool-20" || true)
  [ -n "$found" ] || { echo "no $tool here; try: apt-get install llvm-19" >&2; exit 1; }
  case $tool in llvm-cov) export LLVM_COV=$found ;; *) export LLVM_PROFDATA=$found ;; esac
done
scripts/setup.sh --nightly
# What could not run has not been measured.
[ "${REDIS_SKIP:-}" != 1 ] || { echo "REDIS_SKIP=1: without Redis this would measure less than there is" >&2; exit 1; }
need_redis
need_chromium
need_python
need_jq

# Tests of what does not compile prove types; they build crates of their own and are left out.
# What an earlier run of theirs has left behind may name a folder that is gone, and would be looked through.
rm -rf "${CARGO_TARGET_DIR:-target}/tests/trybuild"
echo "builds everything with counters and runs the tests, which takes a good part of an hour" >&2
cargo llvm-cov nextest --workspace --all-features --no-report --no-fail-fast -E 'not binary(sealed)'
cargo llvm-cov report --summary-only --fail-under-lines "$floor" | tail -n 1
for entry in "${critical[@]}"; do
  crate=${entry%:*} at_least=${entry#*:}
  lines=$(cargo llvm-cov report --json --summary-only |
    jq --arg of "/crates/$crate/src/" '[.data[0].files[] | select(.filename | contains($of)) | .summary.lines]
      | (map(.covered) | add) * 100 / (map(.count) | add) | floor')
  echo "$crate: $lines % of lines"
  [ "$lines" -ge "$at_least" ] || { echo "$crate is below $at_least %" >&2; exit 1; }
done
