#!/usr/bin/env bash
# Looks for secrets in every file that is kept: `scripts/secrets.sh [FOLDER]`. What looks like one and is none is listed
# in scripts/secrets.baseline, by hash; `scripts/secrets.sh --learn` makes that list again, to be looked through by eye.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${here}/.."
# Words of high entropy are hashes here, and they are everywhere; names, forms and keys are looked for.
filters=(--disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString --no-verify)
# Data and lists of hashes.
apart='\.(age|lock|jsonl|hash|stderr|baseline)$'

if [ "${1-}" = --learn ]; then
  detect-secrets scan "${filters[@]}" --exclude-files "$apart" >scripts/secrets.baseline
  exit
fi
[ -z "${1-}" ] || cd "$1"
git ls-files -z --cached --others --exclude-standard | grep -zvE "$apart" |
  xargs -0 -P 2 -n 250 detect-secrets-hook --baseline "$here/secrets.baseline" "${filters[@]}"
