#!/usr/bin/env bash
# A release: the packages of scripts/package.sh, from committed sources, made twice and compared byte by byte.
#   scripts/release.sh OUT
# Then, by hand: tag the commit vVERSION, publish OUT/k8s-ha-VERSION.tgz (npm publish FILE), attach the rest to the release.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: scripts/release.sh OUT" >&2; exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
refuse() { printf 'release: %s\n' "$1" >&2; exit 1; }

version=$(node -p 'require("./package.json").version')
[ -z "$(git status --porcelain)" ] || refuse "there are changes that are not committed"
grep -q "^## $version " CHANGELOG.md || refuse "CHANGELOG.md has no section for $version"

again=$(mktemp -d)
trap 'rm -rf "$again"' EXIT
scripts/package.sh "$out"
scripts/package.sh "$again" >/dev/null
diff -r "$out" "$again" || refuse "two runs gave different files"
echo "release: both runs gave the same bytes"
