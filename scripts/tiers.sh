# shellcheck shell=bash
# For scripts that run one tier after the other: each is timed, the first that fails ends it all and is named, and what
# could not be looked at on this machine is said at the end and not only on its way.

tiers=()
skipped=()
began=$SECONDS

# Runs a tier: its name, then its command. Bash does not stop at a failing command in a condition, so a tier that is a
# function says so itself, by `|| return 1` or by `&&`.
tier() {
  local name=$1 start
  shift
  start=$SECONDS
  printf '\n── %s\n' "$name"
  if ! "$@"; then
    printf '\nFAILED in tier "%s": %s\n' "$name" "$*" >&2
    exit 1
  fi
  tiers+=("$name ($((SECONDS - start)) s)")
}

# Says that something was not looked at, and why.
skip() {
  printf 'SKIPPED %s\n' "$*"
  skipped+=("$*")
}

# One line for a whole run.
summary() {
  local what=$1 line
  printf '\n%s passed:\n' "$what"
  printf '  %s\n' "${tiers[@]}"
  for line in "${skipped[@]}"; do printf '  skipped: %s\n' "$line"; done
  printf '%s: %s tiers passed, %s skipped, %s s\n' "$what" "${#tiers[@]}" "${#skipped[@]}" "$((SECONDS - began))"
}
