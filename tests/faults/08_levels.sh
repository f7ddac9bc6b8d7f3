# Levels that no recording has are told, each file once, and counted.
. "$(dirname "$0")/common.sh"
python - <<'P'
from waves import *
x = tone(0.5)
float_wav("corpus/s1/s1_right.wav", x)
float_wav("corpus/s1/s1_unscaled.wav", [32768 * v for v in x])
float_wav("corpus/s1/s1_twice.wav", [v / 32768 for v in x])
float_wav("corpus/s1/s1_clipped.wav", [5 * v for v in x])
wav("corpus/s1/s1_silent.wav", [0.0] * 8000)
float_wav("corpus/s1/s1_opposite.wav", [v for s in x for v in (s, -s)], channels=2)
float_wav("corpus/s1/s1_stereo.wav", [v for s in x for v in (s, 0.8 * s)], channels=2)
P
graph
run cfo-run graph.yaml --output run; expect 0 "5 remarks"
for name in unscaled twice clipped silent opposite; do
  [[ $(grep -c "s1_$name" run/remarks.tsv) == 1 ]] || { cat run/remarks.tsv >out; fail "s1_$name has not one remark"; }
done
hasnt run/remarks.tsv s1_right; hasnt run/remarks.tsv s1_stereo
run cfo-inspect run run; expect 0 "s1_opposite" "cancel each other out" "divided by 32768"
