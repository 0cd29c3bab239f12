#!/usr/bin/env bash
# Writes everything that is made from the rest of the repository: targets.json and its tasks, the parts of pages
# that follow from it, and ROADMAP.md.
exec "$(dirname "${BASH_SOURCE[0]}")/workbench.sh" reindex
