#!/usr/bin/env bash
# Starts the workbench: what the tasks are made of. Builds it first, which takes a moment the first time only.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec cargo run --quiet -p workbench -- "$@"
