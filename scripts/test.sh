#!/usr/bin/env bash
# Runs every test of the repository, and installs what they need. Prints one line per tier; a tier that
# cannot run is a failure, never a silence.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tiers=()

tier() {
  local name=$1 start
  shift
  start=$SECONDS
  printf '\n── %s\n' "$name"
  if ! "$@"; then
    printf '\nFAILED in tier "%s": %s\n' "$name" "$*" >&2
    exit 1
  fi
  tiers+=("$name ($((SECONDS - start)) s)")
}

need_nextest() {
  cargo nextest --version >/dev/null 2>&1 || cargo install --locked cargo-nextest
}

docs() {
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
}

need_nextest
tier "format" cargo fmt --all --check
tier "lints" cargo clippy --workspace --all-targets --quiet -- -D warnings
tier "tests" cargo nextest run --workspace --no-fail-fast
tier "doc tests" cargo test --workspace --doc --quiet
tier "docs" docs

printf '\nall tiers passed:\n'
printf '  %s\n' "${tiers[@]}"
