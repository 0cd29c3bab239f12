#!/usr/bin/env bash
# The tools of the checks checked: each is shown something that it must object to, in a folder of its own. One that finds
# nothing there would find nothing here either.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# A command that has to fail, and to name what it objects to.
objects() {
  local to=$1 said
  shift
  if said=$("$@" 2>&1); then
    echo "nothing objects to $to: $*" >&2
    return 1
  fi
  case "$said" in *"$to"*) ;; *)
    printf '%s fails, but not over %s:\n%s\n' "$*" "$to" "$said" >&2
    return 1
    ;;
  esac
}

git init --quiet "$room/secrets"
# In two parts, so that this file does not hold one itself.
printf 'aws = "%s%s"\n' AKIA QYLPMN5HHHFPZAM2 >"$room/secrets/notes.txt"
objects "AWS Access Key" scripts/secrets.sh "$room/secrets"
printf 'api_%s = "%s"\n' key hunter2-hunter2-99 >"$room/secrets/notes.txt"
objects "Secret Keyword" scripts/secrets.sh "$room/secrets"

# What this product has: the venue's private key in a call, what opens the secrets in data, a password without a name.
printf 'let it = Secret::of("%s==");\n' "$(head -c 64 /dev/urandom | base64 -w 0 | head -c 86)" >"$room/secrets/notes.rs"
objects "Kraken Secret" scripts/secrets.sh "$room/secrets"
printf '{"key":"AGE-SECRET-%s-1%s"}\n' KEY QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQQZRY9X8GF2TVDW0S3JN54KHCE >"$room/secrets/data.jsonl"
objects "Age Identity" scripts/secrets.sh "$room/secrets"
printf 'url = "redis:%s%s@127.0.0.1"\n' //: hunter2-hunter2-99 >"$room/secrets/njord.toml"
objects "Address with Password" scripts/secrets.sh "$room/secrets"

printf '%s word\n' "t""eh" >"$room/words.md"
objects "t""eh" typos "$room/words.md"

# shellcheck disable=SC2016 # it is the quoted text that is to be found wrong
printf '#!/bin/sh\nrm -rf $1/*\n' >"$room/script.sh"
objects SC2086 shellcheck "$room/script.sh"

mkdir -p "$room/house/crates/risk/src" "$room/house/crates/kernel/src"
cp -r sgconfig.yml rules "$room/house"
mkdir -p "$room/house/tests/rules"
printf 'fn fee(cost: f64) {}\n' >"$room/house/crates/risk/src/lib.rs"
printf 'fn now() { SystemTime::now(); }\n' >"$room/house/crates/kernel/src/lib.rs"
objects no-float-money env -C "$room/house" ast-grep scan
objects no-ambient-time env -C "$room/house" ast-grep scan

mkdir -p "$room/unused/src"
printf '[package]\nname = "unused"\nedition = "2024"\n[dependencies]\nserde = "1"\n[workspace]\n' >"$room/unused/Cargo.toml"
printf '//! Nothing.\n' >"$room/unused/src/lib.rs"
objects serde cargo machete "$room/unused"
