# What failed for the machine's reasons is tried again; a moved corpus is the same one; changed contents are found.
. "$(dirname "$0")/common.sh"
python -c "from waves import *; speakers()"
graph
run cfo-run graph.yaml --output run; expect 0 "1 now, 0 kept"
shard=$(sha256sum <run/shards/set/00000.h5)
mv corpus elsewhere; ROOT=elsewhere graph
run cfo-run graph.yaml --output run; expect 0 "0 now, 1 kept"
cp -r elsewhere copy; ROOT=$WORK/copy graph
run cfo-run graph.yaml --output run; expect 0 "0 now, 1 kept"
# Made of the copy from the beginning: the same bytes.
run cfo-run graph.yaml --output again; expect 0
[[ $(sha256sum <again/shards/set/00000.h5) == "$shard" ]] || fail "the path or the time of the corpus is in the shard"
# Other contents, the same size, the time set back.
time=$(stat -c %y copy/s2/s2_1.wav)
python -c "from waves import *; wav('copy/s2/s2_1.wav', tone(0.5, pitch=400))"; touch -d "$time" copy/s2/s2_1.wav
run cfo-run graph.yaml --verify-inputs --output run; expect 0 "1 now, 0 kept" "s2_1"
# A disk that is gone for a while.
shard=$(sha256sum <run/shards/set/00000.h5)
mv copy/s3 away; run cfo-run graph.yaml --output run; mv away copy/s3
run cfo-run graph.yaml --output run; expect 0
[[ $(sha256sum <run/shards/set/00000.h5) == "$shard" ]] || fail "the data set differs from an undisturbed run's"
# A file's own fault stays until it changes, or it is asked for.
echo broken >copy/s1/s1_7.wav
run cfo-run graph.yaml --output run; expect 1 "--retry-failed"
run cfo-run graph.yaml --output run; expect 1 "0 now, 1 kept"
run cfo-run graph.yaml --output run --retry-failed; expect 1 "1 now, 0 kept"
python -c "from waves import *; wav('copy/s1/s1_7.wav', tone(0.5))"
run cfo-run graph.yaml --output run; expect 0 "1 now, 0 kept"
