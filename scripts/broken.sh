#!/usr/bin/env bash
# Breaks a copy of the repository on purpose, one thing at a time, and sees `scripts/check.sh` fail there in the gate that
# guards it: `scripts/broken.sh [--all]`. With `--all` also in the gates that build the whole copy, which takes as long as
# building everything does; scripts/nightly.sh calls that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/broken"
target=$(realpath "$target")
# Built before, so that the copy is not made by a program that the copy has built.
scripts/workbench.sh targets --check >/dev/null || true
workbench=$target/debug/workbench
NJORD_TOOLS=$(realpath "${NJORD_TOOLS:-.tools}")
export NJORD_TOOLS CARGO_TARGET_DIR="$target/broken/target"
if [ "${1-}" != --all ]; then
  # What others have written is not built again. Our own packages are, beside those of the repository: `cargo` tells two
  # copies of one apart by the times of their files alone, unless a wrapper, which here does nothing, tells them apart.
  # Clippy is a wrapper itself; it looks at the copy at night, when nothing is shared.
  export CARGO_BUILD_BUILD_DIR="$target" RUSTC_WORKSPACE_WRAPPER=/usr/bin/env
fi
exec "$workbench" broken --scratch "$target/broken/njord" "$@"
