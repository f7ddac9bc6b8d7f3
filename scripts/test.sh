#!/usr/bin/env bash
# From a fresh clone to a tested build: installs, builds, runs every test by ctest.
# Works as root or with sudo, from any folder; quick when repeated. Arguments go to ctest (e.g. -R storage).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step="starting"
trap 'echo "tests: FAILED while $step; the lines above say why." >&2' ERR
begin() { step=$1; echo "== tests: $step"; }

begin "installing packages"
scripts/install_packages.sh --test
begin "building"
scripts/build.sh
begin "running ctest"
ctest --preset release -j2 "$@"
echo "tests: all passed."
