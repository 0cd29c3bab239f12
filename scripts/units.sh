#!/usr/bin/env bash
# Has systemd read every unit of a folder, beside stand-ins for the programs and targets that they name:
# `scripts/units.sh [FOLDER]`. systemd only warns about keys that it does not know, so anything it says is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-deploy/systemd}
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
mkdir -p "$room/etc/systemd/system" "$room/usr/local/bin"
cp "$folder"/*.service "$room/etc/systemd/system"
grep -ho '/usr/local/bin/[a-z-]*' "$folder"/*.service | sort -u | while read -r program; do
  install -m 755 /dev/null "$room$program"
done
for name in basic multi-user network network-online paths shutdown slices sockets sysinit timers; do
  printf '[Unit]\nDescription=a stand-in\n' >"$room/etc/systemd/system/$name.target"
done
said=$(cd "$folder" && systemd-analyze verify --root="$room" -- *.service 2>&1) || said="${said:-failed}"
[ -z "$said" ] || { printf '%s\n' "$said" >&2; exit 1; }
