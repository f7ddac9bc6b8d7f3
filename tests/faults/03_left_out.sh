# Speech that is not taken is told: links to nothing, folders that cannot be read, other formats.
. "$(dirname "$0")/common.sh"
python -c "from waves import *; speakers(('s1', 's2'))"
ln -s ../../.git/annex/objects/gone.wav corpus/s1/s1_9.wav
for n in 1 2 3; do echo OggS >corpus/s2/extra_$n.opus; done
echo x >corpus/s2/other.m4a
graph
run cfo-run graph.yaml --output run; expect 1
has run/failures.tsv "s1_9.wav" "which is not there" "4 files of other formats" "opus" "m4a"
run cfo-codec mini corpus coded; grep -q "which is not there" out || fail "cfo-codec does not list as cfo-run does"
[[ $(id -u) != 0 ]] || skip "root may read every folder; the rest held"
chmod 000 corpus/s2
run cfo-run graph.yaml --output run2; expect 1; has run2/failures.tsv "Permission denied"
