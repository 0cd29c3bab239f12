#!/usr/bin/env bash
# Builds, tests, lints or starts one target: `scripts/target.sh build|test|lint|run NAME [WORDS...]`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "${1-}" = run ]; then
  shift
  exec cargo run --quiet -p "$1" -- "${@:2}"
fi
exec scripts/workbench.sh target "$@"
