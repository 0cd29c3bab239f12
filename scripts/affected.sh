#!/usr/bin/env bash
# Which targets a change affects: `scripts/affected.sh list|build|test|lint [--base COMMIT] [--json]`.
# Exits with an error where the command of any target fails; the last line names it.
exec "$(dirname "${BASH_SOURCE[0]}")/workbench.sh" affected "$@"
