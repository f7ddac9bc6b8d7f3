#!/usr/bin/env bash
# From a fresh clone to a small CodecFake study: installs, builds, makes the demo corpus, runs graphs/quickstart.yaml.
# Works as root or with sudo, from any folder; quick when repeated.
#
# How much is trained is measured and chosen so that the run takes about 4 minutes on any machine;
# CFO_QUICKSTART_MINUTES gives it another time. CFO_DEMO names a demo corpus that is there already.
set -euo pipefail

case "${1:-}" in
  "") ;;
  -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "quickstart.sh: takes no arguments, but got '$1'; see --help" >&2; exit 2 ;;
esac
minutes=${CFO_QUICKSTART_MINUTES:-4}
[[ -z ${CFO_DEMO:-} ]] || CFO_DEMO=$(realpath -m "$CFO_DEMO")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
run=runs/quickstart

step="starting"
trap 'echo "quickstart: FAILED while $step; the lines above say why. Run it again to go on where it stopped." >&2' ERR
begin() { step=$1; echo "== quickstart: $step"; }

# Says how each detector does on its own codec; an equal error rate of 50 % is guessing.
tell_learnt() {
  awk -F, -v minutes="$minutes" '
    NR > 1 && $1 == $2 {
      printf "  trained on %s: equal error rate %.1f %% (95 %% interval %.1f to %.1f)\n", $1, $3, $4, $5
      if ($5 < 50) learnt++
      detectors++
    }
    END {
      if (learnt < detectors)
        printf "%d of %d detectors did no better than guessing (50 %%): this machine was too slow, or too busy, for a study of %s minutes.\n" \
               "Give it more time: mv runs/quickstart runs/too_short; CFO_QUICKSTART_MINUTES=%d scripts/quickstart.sh\n",
               detectors - learnt, detectors, minutes, 4 * minutes
    }' "$run/report/eer.csv"
}

begin "installing packages"
scripts/install_packages.sh --demo
begin "building the programs"
scripts/build.sh programs
if [[ -z ${CFO_DEMO:-} ]]; then
  begin "making the demo corpus"
  scripts/make_demo_corpus.sh
fi
begin "choosing how much to train in $minutes minutes"
mapfile -t settings < <(build/release/bin/cfo-bench fit graphs/quickstart.yaml --minutes "$minutes")
[[ ${#settings[@]} -gt 0 ]]
begin "running graphs/quickstart.yaml ${settings[*]}"
# shellcheck disable=SC2048,SC2086 # every line is two words
build/release/bin/cfo-run graphs/quickstart.yaml ${settings[*]}

report=$PWD/$run/report/index.html
step="looking for the report $report"
[[ -s $report ]]
echo "quickstart: done. How each detector does on the codec it was trained on, in speech of a speaker it never heard:"
tell_learnt
echo "Open $report in a browser."
