# Sourced by bin/demo and bin/test: everything that they need, from a clean clone. Ends with 2 and a sentence when it cannot.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cannot() { printf '%s: %s\n' "$(basename "$0")" "$1" >&2; [ $# -lt 2 ] || printf '  %s\n' "$2" >&2; exit 2; }
say() { printf '· %s\n' "$*" >&2; }

command -v node >/dev/null || cannot "Node.js is not installed" "Install Node.js 20.19 or newer."
node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)' ||
    cannot "Node.js $(node --version) is too old" "Install Node.js 20.19 or newer."

# For whatever boots machines, or installs packages.
linux_and_root() {
    [ "$(uname -s)" = Linux ] || cannot "this needs Linux: it boots real machines in namespaces" "Run it in a Linux virtual machine."
    [ "$(id -u)" = 0 ] || cannot "this needs root: it boots real machines in namespaces" "$1"
}

# Installs the Debian packages that are missing. Says so first; touches nothing when there are none.
packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || cannot "missing: ${missing[*]}, and there is no apt" "Install them with your package manager."
    say "installing Debian packages: ${missing[*]}"
    local log; log=$(mktemp)
    local get=(env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=120)
    # Services of the packages must not start on this machine: the lab's own machines run them.
    if ! { quietly "$log" "${get[@]}" update && quietly "$log" with_no_services "${get[@]}" install --no-install-recommends "${missing[@]}"; }; then
        if grep -qiE 'could not get lock|unable to acquire' "$log"; then
            rm -f "$log"; cannot "another apt is running" "Wait for it, then run this again."
        elif grep -qiE 'failed to fetch|temporary failure|could not resolve|unable to connect|network is unreachable' "$log"; then
            rm -f "$log"; cannot "packages cannot be fetched: no network, or no mirror" "Fix the network, or install by hand: ${missing[*]}"
        fi
        tail -n 5 "$log" >&2; rm -f "$log"
        cannot "apt could not install ${missing[*]}" "See the lines above."
    fi
    rm -f "$log"
}
quietly() { local log=$1; shift; "$@" >>"$log" 2>&1; }
with_no_services() {
    local policy=/usr/sbin/policy-rc.d rc=0
    if [ -e "$policy" ]; then "$@"; return; fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"
    "$@" || rc=$?
    rm -f "$policy"
    return $rc
}

# Node packages and the build, each only when something changed.
node_packages() {
    if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        say "npm ci"
        npm ci --no-audit --no-fund --loglevel=error >&2 || cannot "npm could not install the dependencies" "Is the npm registry reachable?"
        touch node_modules/.package-lock.json
    fi
}
build() {
    local last=dist/cluster-file.js
    if [ ! -f $last ] || [ -n "$(find src scripts/build.mjs tsconfig.json tsconfig.build.json package-lock.json -newer $last -print -quit)" ]; then
        say "build"
        # Types are checked by a step of their own.
        node scripts/build.mjs --programs >&2 || cannot "the build failed" "See the lines above."
    fi
}
