#!/bin/sh
# Records the README's terminal session and pictures in the lab. Needs root, Linux, tmux and chromium.
set -eu
cd "$(dirname "$0")/.."
npm run --silent build
K8S_HA_SCREENSHOTS=1 npx vitest run --project by-hand test/e2e/record.test.ts
