#!/usr/bin/env bash
# Checks every shell script of this project; a warning that stays has its reason beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Scripts are named *.sh, or begin with a line that names sh or bash.
mapfile -t scripts < <(
    find .ci bin lab scripts src -type f -name '*.sh'
    find .ci bin lab scripts -type f ! -name '*.sh' -exec awk 'FNR == 1 { if (/^#!.*(\/| )(ba|da)?sh( |$)/) print FILENAME; nextfile }' {} +
)
# As with the import rules: a check that looked at nothing is no check.
[ ${#scripts[@]} -ge 6 ] || { echo "shellcheck: only ${#scripts[@]} scripts were found" >&2; exit 1; }
shellcheck --external-sources "${scripts[@]}"
echo "shellcheck: ${#scripts[@]} scripts, no warnings"
