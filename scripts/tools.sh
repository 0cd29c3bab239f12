# shellcheck shell=bash
# For scripts that call tools which scripts/setup.sh installs: those come first on the path. Sourced at the root of the
# repository.
export PATH="${NJORD_TOOLS:-$PWD/.tools}/bin:$PATH"
