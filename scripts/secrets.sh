#!/usr/bin/env bash
# Looks for secrets in every file that is kept: `scripts/secrets.sh [FOLDER]`. What looks like one and is none is listed
# in scripts/secrets.baseline, by hash; `scripts/secrets.sh --learn` makes that list again, to be looked through by eye.
# It looks at the files as they are now; at every commit and at known holes look gitleaks and Trivy, in the workflow.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "${here}/.."
# shellcheck source=scripts/tools.sh
. scripts/tools.sh
# Words of high entropy are hashes here, and they are everywhere; names, forms and keys are looked for. What stands in a
# call is looked at like the rest.
filters=(--disable-plugin Base64HighEntropyString --disable-plugin HexHighEntropyString --no-verify
  --disable-filter detect_secrets.filters.heuristic.is_indirect_reference -p "$here/secrets.py")
# Lists of hashes, which programs write.
apart='\.(lock|baseline)$'

if [ "${1-}" = --learn ]; then
  # Where this copy of the repository lies does not belong into the list.
  detect-secrets scan "${filters[@]}" --exclude-files "$apart" | python3 -c 'import json, sys
kept = json.load(sys.stdin)
kept["plugins_used"] = [plugin for plugin in kept["plugins_used"] if "path" not in plugin]
print(json.dumps(kept, indent=2))' >scripts/secrets.found
  mv scripts/secrets.found scripts/secrets.baseline
  exit
fi
[ -z "${1-}" ] || cd "$1"
git ls-files -z --cached --others --exclude-standard | grep -zvE "$apart" |
  xargs -0 -P 2 -n 250 detect-secrets-hook --baseline "$here/secrets.baseline" "${filters[@]}"
