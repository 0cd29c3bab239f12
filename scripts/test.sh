#!/usr/bin/env bash
# Runs every test of the repository, and installs what they need. Prints one line per tier; a tier that
# cannot run is a failure, never a silence. What else has to hold is in scripts/check.sh, which runs this too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# shellcheck source=scripts/tiers.sh
. scripts/tiers.sh
# shellcheck source=scripts/needs.sh
. scripts/needs.sh

# A crate as `njord init NAME` makes it, in a folder of its own: its own test must pass. What comes from elsewhere was
# built for the repository and is not built again; ours is, for another workspace, and need not be quick here.
a_crate_of_ones_own() {
  local folder target package hasty=()
  cargo build --quiet --workspace --all-features --bin njord || return 1
  folder=$(mktemp -d) || return 1
  target=$(realpath "${CARGO_TARGET_DIR:-target}") || return 1
  hasty=(--target-dir "$target")
  for package in rmcp crates/* services/*; do
    hasty+=(--config "profile.dev.package.${package##*/}.opt-level=0")
  done
  "$target/debug/njord" init "$folder/mybot" --path . >/dev/null &&
    (cd "$folder/mybot" &&
      cargo test --quiet --offline "${hasty[@]}" &&
      cargo run --quiet --offline "${hasty[@]}" -- strategy explain mybot >/dev/null)
  local passed=$?
  rm -rf "$folder"
  return "$passed"
}

# What is decided in some worlds, one line each: embedded and distributed, spot and margin, short and long.
decisions() {
  "$(realpath "${CARGO_TARGET_DIR:-target}")/$1/examples/seeds" --count 40 --hashes
}

# The first command of the README twice, and what is decided in debug and in release.
same_in_release() {
  local first second
  # A tier runs as a condition, where bash does not stop at a failing command: each says so itself.
  cargo build --release --quiet || return 1
  cargo build --release --quiet -p sim --example seeds || return 1
  # As the tests have built it.
  cargo build --quiet --workspace --all-features --example seeds || return 1
  first=$(cargo run --release --quiet -- sim) || return 1
  second=$(cargo run --release --quiet -- sim) || return 1
  [ "$first" = "$second" ] || { echo "the same seed told two stories" >&2; return 1; }
  first=$(decisions debug) || return 1
  second=$(decisions release) || return 1
  diff <(echo "$first") <(echo "$second") >&2 || { echo "debug and release decide differently" >&2; return 1; }
}

# A test says what is wrong; whoever wants to see where, too, runs that one with RUST_BACKTRACE=1.
export RUST_BACKTRACE=0
tier "nextest is there" need_nextest
tier "redis is there" need_redis
tier "chromium is there" need_chromium
tier "python is there" need_python
tier "tests" cargo nextest run --workspace --all-features --no-fail-fast
tier "doc tests" cargo test --workspace --all-features --doc --quiet
tier "same in release" same_in_release
tier "a crate of one's own" a_crate_of_ones_own
tier "python types" python3 -B -c "import sys; sys.path.insert(0, 'crates/contracts/types'); import njord"

summary "tests"
