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

# A crate as `njord init NAME` makes it, in a folder of its own: its own test must pass. What was built for the
# repository is not built again.
a_crate_of_ones_own() {
  local folder target
  folder=$(mktemp -d) || return 1
  target=${CARGO_TARGET_DIR:-$PWD/target}
  cargo run --quiet -p njord -- init "$folder/mybot" --path . >/dev/null &&
    (cd "$folder/mybot" && export CARGO_TARGET_DIR="$target" &&
      cargo test --quiet --offline && cargo run --quiet --offline -- strategy explain mybot >/dev/null)
  local passed=$?
  rm -rf "$folder"
  return "$passed"
}

# The first command of the README twice, and a world whose hash the tests know from the debug build.
same_in_release() {
  local first second hash
  # A tier runs as a condition, where bash does not stop at a failing command: each says so itself.
  cargo build --release --quiet || return 1
  cargo build --release --quiet -p sim --example seeds || return 1
  first=$(cargo run --release --quiet -- sim) || return 1
  second=$(cargo run --release --quiet -- sim) || return 1
  [ "$first" = "$second" ] || { echo "the same seed told two stories" >&2; return 1; }
  hash=$(cargo run --release --quiet -p sim --example seeds -- --seed 7 | sed -n 's/^hash //p')
  [ "$hash" = "$(cat crates/sim/tests/golden/seed_7.hash)" ] ||
    { echo "debug and release decide differently: $hash" >&2; return 1; }
}

# Licences, sources and banned crates. Advisories need a database from the network and run elsewhere.
need_deny() {
  cargo deny --version >/dev/null 2>&1 || cargo install --locked --debug cargo-deny
}

supply_chain() {
  need_deny
  cargo deny --log-level error check bans licenses sources
}

docs() {
  RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet
}

need_nextest
tier "format" cargo fmt --all --check
tier "lints" cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings
tier "tests" cargo nextest run --workspace --all-features --no-fail-fast
tier "doc tests" cargo test --workspace --all-features --doc --quiet
tier "docs" docs
tier "same in release" same_in_release
tier "a crate of one's own" a_crate_of_ones_own
tier "supply chain" supply_chain
tier "python types" python3 -B -c "import sys; sys.path.insert(0, 'crates/contracts/types'); import njord"

printf '\nall tiers passed:\n'
printf '  %s\n' "${tiers[@]}"
