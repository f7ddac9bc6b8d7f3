# What the fault scripts share. Each script makes its own small inputs in an empty folder, runs the programs on them and
# says with `expect` what must come; it ends with 0, with 1 at the first surprise, or with 77 and a reason where this
# machine cannot show the fault. CFO_BIN: the folder of the programs; CFO_GRAPHS: the graphs.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
: "${CFO_BIN:?set CFO_BIN to the folder of the programs}"
export PATH="$CFO_BIN:$PATH" OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONPATH="$HERE"
WORK=$(mktemp -d "${TMPDIR:-/tmp}/cfo-fault-XXXXXX")
trap 'chmod -R u+rwx "$WORK" 2>/dev/null; rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1

skip() { echo "SKIPPED: $*"; exit 77; }
python() { python3 "$@"; }
command -v python3 >/dev/null || skip "python3 makes the inputs and is not there"

# run COMMAND...: its output goes to `out`, its exit code to $code.
run() { timeout 120 "$@" >out 2>&1; code=$?; }
fail() { echo "FAULT: $*"; echo "--- output:"; cat out 2>/dev/null; exit 1; }
# expect CODE [WORDS...]: the last run ended so, and its output holds each of the words.
expect() {
  [[ $code == "$1" ]] || fail "exit code $code instead of $1"
  shift
  local words
  for words in "$@"; do grep -qF -- "$words" out || fail "the output does not say: $words"; done
}
# has FILE WORDS...
has() {
  local file=$1 words
  shift
  for words in "$@"; do grep -qF -- "$words" "$file" || { cat "$file" >out; fail "$file does not say: $words"; }; done
}
hasnt() { ! grep -qF -- "$2" "$1" || { cat "$1" >out; fail "$1 says: $2"; }; }

# graph [LINES OF corpus:]: graph.yaml stores bona fide speech of the folder `corpus`.
graph() {
  cat >graph.yaml <<Y
name: fault
corpus:
  layout: folder
  root: ${ROOT:-corpus}
${1:-  validation: []
  eval: []}
nodes:
  speech: {kind: load_corpus, split: ${SPLIT:-all}, limit: ${LIMIT:-0}}
  plain:  {kind: resample, from: speech, rate: 16000}
  set:    {kind: write_shards, from: plain, codec: bonafide, split: ${SPLIT:-all}, folder: set}
Y
}
# utterances RUN: "id speaker label seconds" of what was stored.
utterances() {
  for shard in "$1"/shards/set/*.h5; do
    cfo-inspect shard "$shard" | awk '$3 == "bonafide" || $3 == "spoof" {print $1, $2, $3, $4}'
  done
}
