# shellcheck shell=bash
# For scripts that run tests: what these need beside Rust, installed where it is missing. Beside scripts/tiers.sh.

# The runner of the tests, in the version that scripts/setup.sh names.
need_nextest() { scripts/setup.sh --tests; }

# The tests of the bus start a Redis of their own each, on free ports of loopback, and stop it.
need_redis() {
  if [ "${REDIS_SKIP:-}" = 1 ]; then
    # Where changes land, what was left out has not been shown.
    [ -z "${CI:-}" ] || { echo "REDIS_SKIP=1 beside CI=$CI: a run that leaves out Redis lands nothing" >&2; return 1; }
    skip "everything that needs Redis, because of REDIS_SKIP=1: this is no full run"
    return 0
  fi
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null && return 0
  from_apt redis-server "redis-server and redis-cli (7 or newer) are needed; try: brew install redis, dnf install redis," \
    "or REDIS_SKIP=1 to leave out what needs them"
}

# The tests of the page start a browser of their own each, without a window.
need_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && return 0
  done
  from_apt chromium "Chromium is needed for the tests of the page; try: brew install chromium, dnf install chromium"
}

# Programs in Python stand on pages and are run; the types for Python are read.
need_python() {
  command -v python3 >/dev/null && return 0
  from_apt python3 "Python 3 is needed; try: brew install python, dnf install python3"
}

# Reads figures out of JSON.
need_jq() {
  command -v jq >/dev/null && return 0
  from_apt jq "jq is needed to read the figures; try: brew install jq, dnf install jq"
}

# Installs a package where there is apt, and says so; says what to try elsewhere.
from_apt() {
  local package=$1 as_root=()
  if ! command -v apt-get >/dev/null; then
    echo "${*:2}" >&2
    return 1
  fi
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  echo "installs $package, which takes some minutes" >&2
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" apt-get install -qq -y --no-install-recommends "$package" >/dev/null
}
