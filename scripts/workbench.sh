#!/usr/bin/env bash
# Starts the workbench: what the tasks are made of. Builds it first, with the features of the whole workspace, so that
# nothing is built twice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
workbench=${CARGO_TARGET_DIR:-target}/debug/workbench
[ -x "$workbench" ] || echo "builds the workbench first, which takes some minutes" >&2
cargo build --quiet --workspace --all-features --bin workbench
exec "$workbench" "$@"
