#!/usr/bin/env bash
# Checks every shell script of this project; a warning that stays has its reason beside it.
set -euo pipefail
cd "$(dirname "$0")/.."

# clean GROUP OPTION... -- FILE...: checks them, unless this shellcheck found nothing in these very texts last time.
clean() {
    local group=$1 options=() last key; shift
    while [ "$1" != -- ]; do options+=("$1"); shift; done
    shift
    last=node_modules/.cache/shellcheck/$group
    key=$({ shellcheck --version; printf '%s\n' "${options[@]}" "$@"; cat -- "$@"; } | sha256sum)
    if [ -f "$last" ] && [ "$(cat "$last")" = "$key" ]; then return; fi
    shellcheck "${options[@]}" "$@"
    mkdir -p "${last%/*}" && printf '%s\n' "$key" >"$last"
}

# Scripts are named *.sh, or begin with a line that names sh or bash.
mapfile -t scripts < <(
    find .ci bin lab scripts -type f -name '*.sh'
    find .ci bin lab scripts -type f ! -name '*.sh' -exec awk 'FNR == 1 { if (/^#!.*(\/| )(ba|da)?sh( |$)/) print FILENAME; nextfile }' {} +
)
# As with the import rules: a check that looked at nothing is no check.
[ ${#scripts[@]} -ge 6 ] || { echo "shellcheck: only ${#scripts[@]} scripts were found" >&2; exit 1; }
clean scripts --external-sources -- "${scripts[@]}"

# Programs that are given values before they run. __NAME__ is one (SC2170, SC2043, SC3042); some are functions for others, which set
# their variables (SC2154); nothing calls a function there (SC2317),
# and names of the folders that are listed are ours (SC2012).
mapfile -t programs < <(find src -type f -path '*/shell/*.sh')
[ ${#programs[@]} -ge 10 ] || { echo "shellcheck: only ${#programs[@]} programs were found" >&2; exit 1; }
clean programs --shell=sh --exclude=SC2170,SC2043,SC3042,SC2154,SC2317,SC2012 -- "${programs[@]}"

# What nodes are given and told, as the golden files of the tests have it. Nothing calls a command there (SC2317); parents of
# the folders that are made with their rights exist (SC2174); names of the folders that are listed are ours (SC2012).
mapfile -t generated < <(find test/golden -type f -exec awk 'FNR == 1 { if (/^#!.*sh$/) print FILENAME; nextfile }' {} +)
[ ${#generated[@]} -ge 40 ] || { echo "shellcheck: only ${#generated[@]} generated scripts were found" >&2; exit 1; }
clean generated --shell=sh --exclude=SC2317,SC2174,SC2012 -- "${generated[@]}"
echo "shellcheck: ${#scripts[@]} scripts, ${#programs[@]} programs for nodes and ${#generated[@]} generated ones, no warnings"
