#!/usr/bin/env bash
# Configures (once) and builds into build/release, optimised.
#
#   scripts/build.sh              everything, the tests too
#   scripts/build.sh programs     the programs alone
#   scripts/build.sh TARGET...    what is named
set -euo pipefail

case "${1:-}" in
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  -*) echo "build.sh: unknown option '$1'; known: --help" >&2; exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ ! -f build/release/build.ninja ]]; then
  cmake --preset release
fi
cmake --build --preset release --target "${@:-all}"
