#!/usr/bin/env bash
# What takes hours: every gate seen to fail, coverage with its floors, ten thousand worlds, a thousand real kills of one
# process and of four, every benchmark, mutants of gate and gateway. `scripts/nightly.sh NAME...` runs those alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# shellcheck source=scripts/tiers.sh
. scripts/tiers.sh

all=(broken coverage worlds kills services benches mutants)

# Also the gates that build every program and every page, and that each of them passes again.
broken() { scripts/broken.sh --all; }
coverage() { scripts/coverage.sh; }
worlds() { cargo run --release --quiet -p sim --example seeds -- --count 10000; }
kills() { cargo run --release --quiet -p njord -- demo --kills 1000 --seed 1; }
services() { cargo run --release --quiet -p njord -- demo --kills 1092 --services --cut 60 --stop 60 --seed 1; }
benches() { cargo bench --workspace; }

mutants() {
  cargo mutants -p risk -p execution --timeout 60 --test-tool nextest -- -E 'not binary(sealed)'
}

[ $# -gt 0 ] || set -- "${all[@]}"
# A word that is none of these would be looked up among the programs of this machine.
for name in "$@"; do
  case " ${all[*]} " in *" $name "*) ;; *)
    echo "$name is no part of the night; there are: ${all[*]}" >&2
    exit 2
    ;;
  esac
done
scripts/setup.sh --nightly
for name in "$@"; do tier "$name" "$name"; done
summary "nightly"
