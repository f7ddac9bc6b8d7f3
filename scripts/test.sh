#!/usr/bin/env bash
# From a fresh clone to a tested build: installs, builds, runs every test by ctest.
# Works as root or with sudo, from any folder; quick when repeated. Arguments go to ctest (e.g. -R storage).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step="starting"
trap 'echo "tests: FAILED while $step; the lines above say why." >&2' ERR
begin() { step=$1; echo "== tests: $step"; }

# Tests that could not run here, whole or in part, are told beside those that passed.
summarise() {
  local results=$1 log=build/release/Testing/Temporary/LastTest.log
  count() { sed -n "s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" "$results" | head -1; }
  local tests failed skipped
  tests=$(count tests) failed=$(count failures) skipped=$(count skipped)
  grep -h '^SKIPPED: ' "$log" | sort -u || true
  echo "tests: $((tests - failed - skipped)) passed, $failed failed, $skipped skipped"
}

begin "installing packages"
scripts/install_packages.sh --test
begin "building"
scripts/build.sh
begin "running ctest"
results=build/release/Testing/results.xml
ctest --preset release -j2 --output-junit "$PWD/$results" "$@" || { summarise "$results"; false; }
summarise "$results"
