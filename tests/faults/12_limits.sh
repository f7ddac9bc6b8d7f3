# Limits of address space and threads are said in a sentence; without it libraries abort, or wait without end.
. "$(dirname "$0")/common.sh"
for kilobytes in 600000 900000 1200000; do
  (ulimit -v $kilobytes && cfo-inspect codecs) >out 2>&1; code=$?
  grep -q "Sanitizer" out && skip "a sanitizer takes all address space"
  expect 2 "the address space is limited to" "ulimit -v"
done
[[ $(id -u) == 0 ]] && command -v setpriv >/dev/null || skip "only root can become an account of its own, whose processes are counted alone; the rest held"
python -c "from waves import *; speakers(('s1',))"
graph
chmod -R a+rwX "$WORK"
for threads in 2 4; do
  run bash -c "ulimit -u $threads && exec setpriv --reuid=54321 --clear-groups '$CFO_BIN/cfo-run' graph.yaml --output run$threads"
  expect 2 "threads can be started here" "ulimit -u"
done
