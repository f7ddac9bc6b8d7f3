# A full or closed stderr ends nothing; a result that did not reach stdout is a failure.
. "$(dirname "$0")/common.sh"
[[ -w /dev/full ]] || skip "there is no /dev/full"
python -c "from waves import *; speakers(('s1',))"
graph
cfo-run graph.yaml --output run1 2>/dev/full; [[ $? == 0 ]] || fail "a full stderr ended the run"
cfo-run graph.yaml --output run2 <&- >&- 2>&-; [[ $? == 0 ]] || fail "closed descriptors ended the run"
cmp run1/shards/set/00000.h5 run2/shards/set/00000.h5 || fail "other bytes"
run sh -c 'cfo-inspect codecs >/dev/full'; expect 1 "standard output"
