# Names that are no UTF-8 are told at listing; a name too long for a file fails alone, and the protocol is written.
. "$(dirname "$0")/common.sh"
python - <<'P'
import os
from waves import *
speakers(("s1",))
os.makedirs("corpus/s2")
wav("corpus/s2/s2_" + "x" * 246 + ".wav", tone(0.5))
wav("plain.wav", tone(0.5))
os.link("plain.wav", b"corpus/s1/s1_\xff\xfe.wav")
P
graph
run cfo-run graph.yaml --output run; expect 1; has run/failures.tsv '\xFF\xFE'
utterances run >made; [[ $(wc -l <made) == 3 ]] || fail "not three utterances"
run cfo-export run --output ex; expect 1 "is too long for the name of a file"
[[ $(wc -l <ex/all.txt) == 2 ]] || fail "the protocol has not two lines"
