#!/usr/bin/env bash
# Makes again whatever is generated from the Rust types: schemas and types of messages, the settings with their page
# and schema, the page of the command line, the tables of the metrics. Tests hold each of them fresh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
echo "generate: builds what it all is made from, which takes some minutes the first time" >&2
cargo run --quiet -p contracts --features schema --example generate_types
cargo run --quiet -p settings --example generate_config
cargo run --quiet -p njord --example generate_cli_page
cargo run --quiet -p telemetry --example monitoring_tables
git --no-pager diff --stat
