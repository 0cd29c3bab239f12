#!/usr/bin/env bash
# Starts the workbench: what the tasks are made of. Builds it first, with the features of the whole workspace, so that
# nothing is built twice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
cargo build --quiet --workspace --all-features --bin workbench
exec "${CARGO_TARGET_DIR:-target}/debug/workbench" "$@"
