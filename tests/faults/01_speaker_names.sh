# A name in the settings that fits nothing must not put evaluation speakers into the training set.
. "$(dirname "$0")/common.sh"
python -c "from waves import *; speakers(('p225', 'p226', 'p227'))"
SPLIT=train graph '  validation: [226]
  eval: [p227]'
run cfo-run graph.yaml --output run; expect 2 "graph.yaml:" "validation speaker '226' is not in the corpus" "did you mean 'p226'?"
[[ ! -e run/shards ]] || fail "something was made"
SPLIT=eval graph '  validation: [p226]
  eval: [nobody]'
run cfo-run graph.yaml --output run; expect 2 "eval speaker 'nobody' is not in the corpus" "known: p225, p226, p227"
SPLIT=eval graph '  validation: [p226]
  eval: []'
cat >>graph.yaml <<'Y'
then:
  report: {kind: score, from: {model: cm, data: set}, codec: x, test: y}
first:
  cm: {kind: load_model, weights: nowhere.pth}
Y
run cfo-run graph.yaml --output run; expect 2
# The same letters in the other form of Unicode, as macOS writes them.
python -c "from waves import *; speakers(('jose\u0301', 'ana'))"
SPLIT=eval graph "  validation: [ana]
  eval: ['jos$(printf '\xc3\xa9')']"
run cfo-run graph.yaml --output run; expect 2 "another form of Unicode"
# ~ is the home folder.
mkdir home && mv corpus home/corpus
ROOT='~/corpus' SPLIT=train graph '  validation: [p226]
  eval: [p227]'
HOME=$WORK/home run cfo-run graph.yaml --output run; expect 0
utterances run >made; hasnt made p226; hasnt made p227; has made p225_0
