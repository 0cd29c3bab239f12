#!/usr/bin/env bash
# Everything that has to pass before a change lands: the gates below, then every test.
#
#   scripts/check.sh              all of it
#   scripts/check.sh rules docs   those gates
#   scripts/check.sh --gates      the gates without the tests
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# shellcheck source=scripts/tiers.sh
. scripts/tiers.sh

gates=(format lints rules architecture planted targets tasks pages roadmap schemas docs types commits changelog servers secrets
  spelling scripts unused supply-chain code-docs broken)

format() { cargo fmt --all --check; }
lints() { cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings; }
rules() { ast-grep test --skip-snapshot-tests | tail -n 1 && ast-grep scan; }
# Of the tests, those which hold the shape of the repository and what other languages read: by themselves in seconds.
architecture() { cargo nextest run --workspace --all-features --test architecture; }
schemas() { cargo nextest run --workspace --all-features --test schemas; }
planted() { scripts/planted.sh; }
# Each of the others, seen to fail in a copy that is broken on purpose; at night to the last, by scripts/nightly.sh.
broken() { scripts/broken.sh; }
targets() { scripts/workbench.sh targets --check; }
tasks() { scripts/workbench.sh tasks --check; }
pages() { scripts/workbench.sh pages --check; }
roadmap() { scripts/workbench.sh roadmap --check; }
docs() { scripts/workbench.sh docs --check; }
types() {
  tsc --noEmit --strict --target es2022 --module esnext --moduleResolution bundler \
    crates/contracts/types/njord.ts crates/contracts/tests/types/uses.ts
}
commits() { scripts/workbench.sh commits --check; }
changelog() { scripts/workbench.sh changelog --check; }
# Every server for agents that is installed here says what it can do; one that is not is no failure, and is named.
servers() {
  local said line
  cargo build --quiet --workspace --all-features --bin njord || return 1
  said=$(scripts/workbench.sh servers --programs "${CARGO_TARGET_DIR:-target}/debug") || { printf '%s\n' "$said"; return 1; }
  while read -r line; do
    case $line in "missing "*) skip "server ${line#missing }" ;; *) printf '%s\n' "$line" ;; esac
  done <<<"$said"
}
secrets() { scripts/secrets.sh; }
spelling() { typos; }
scripts() { shellcheck scripts/*.sh .ci/run .githooks/*; }
unused() { cargo machete --skip-target-dir .; }
code-docs() { RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet; }

supply-chain() {
  cargo deny --log-level error check bans licenses sources || return 1
  if cargo deny --log-level off fetch db >/dev/null 2>&1; then
    cargo deny --log-level error check advisories
  else
    skip "advisories: their database cannot be reached from here"
  fi
}

# What the pages mark as to be run is run, with the program as the tests have built it.
commands() {
  cargo build --quiet --workspace --all-features --bin njord || return 1
  local room passed=0
  room=$(mktemp -d) || return 1
  scripts/workbench.sh docs --run "$(realpath "${CARGO_TARGET_DIR:-target}")/debug" --scratch "$room" || passed=1
  rm -rf "$room"
  return "$passed"
}

# A word that is no gate would be looked up among the programs of this machine.
[ "${1-}" = --gates ] || for gate in "$@"; do
  case " ${gates[*]} commands " in *" $gate "*) ;; *)
    echo "$gate is no gate; there are: ${gates[*]} commands" >&2
    exit 2
    ;;
  esac
done
scripts/setup.sh --checks
if [ $# -gt 0 ] && [ "$1" != --gates ]; then
  for gate in "$@"; do tier "$gate" "$gate"; done
else
  for gate in "${gates[@]}"; do tier "$gate" "$gate"; done
  if [ $# -eq 0 ]; then
    tier "tests" scripts/test.sh
    tier "commands" commands
  fi
fi
summary "check"
