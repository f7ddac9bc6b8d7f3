#!/usr/bin/env bash
# From a fresh clone to a small CodecFake study: installs, builds, makes the demo corpus, runs graphs/quickstart.yaml.
# Works as root or with sudo, from any folder; quick when repeated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

step="starting"
trap 'echo "quickstart: FAILED while $step; the lines above say why. Run it again to go on where it stopped." >&2' ERR
begin() { step=$1; echo "== quickstart: $step"; }

begin "installing packages"
scripts/install_packages.sh --demo
begin "building"
scripts/build.sh
begin "making the demo corpus"
scripts/make_demo_corpus.sh
begin "running graphs/quickstart.yaml"
build/release/bin/cfo-run graphs/quickstart.yaml

report=$PWD/runs/quickstart/report/index.html
step="looking for the report $report"
[[ -s $report ]]
echo "quickstart: done. Open $report in a browser."
