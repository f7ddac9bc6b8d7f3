# Hidden folders, snapshots and links add nothing; repeated file names lose nothing.
. "$(dirname "$0")/common.sh"
python - <<'P'
from waves import *
speakers(("s1",))
wav("corpus/.snapshot/s1/s1_5.wav", tone(0.5))
wav("corpus/s1/.ipynb_checkpoints/s1_6.wav", tone(0.5))
wav("corpus/__MACOSX/s1/._s1_7.wav", tone(0.5))
for video in ("a1", "b2"):
    for n in (1, 2):
        wav(f"corpus/id1/{video}/0000{n}.wav", tone(0.5))
P
ln -s . corpus/s1/loop; ln -s s1 corpus/s1_again
graph
run cfo-run graph.yaml --output run; expect 0
utterances run | sort >made
[[ $(awk '{print $1}' made | tr '\n' ' ') == "id1_a1_00001 id1_a1_00002 id1_b2_00001 id1_b2_00002 s1_0 s1_1 " ]] || { cat made >out; fail "other utterances"; }
