# Where a file system has no locks the run goes on under a lease, says so, and still keeps a second run out.
. "$(dirname "$0")/common.sh"
command -v g++ >/dev/null || skip "g++ makes the file system without locks and is not there"
python -c "from waves import *; speakers(('s1',))"
graph
for number in 37 38 95; do
  printf '#include <errno.h>\nextern "C" int flock(int, int) { errno = %d; return -1; }\n' $number >none.cpp
  g++ -shared -fPIC -o none.so none.cpp || fail "the library was not built"
  rm -rf run
  run env LD_PRELOAD="$WORK/none.so" cfo-run graph.yaml --output run; expect 0 "this file system has no locks"
done
