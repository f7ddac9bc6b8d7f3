# Lengths that were left open are read to the end of the file; a file that provably ends too early is told.
. "$(dirname "$0")/common.sh"
python - <<'P'
from waves import *
data = pcm(tone(0.5))
for name, size in (("zero", 0), ("two_gb", 0x7FFFFFFF), ("pipe", 0x7FFFF000), ("half", 0x80000000), ("all", 0xFFFFFFFF)):
    write(f"corpus/s1/s1_{name}.wav", header(size, riff=0xFFFFFFFF if size else 0) + data)
wav("corpus/s1/s1_whole.wav", tone(0.5))
write("corpus/s1/s1_cut.wav", header(len(data)) + data[:4000])
big = struct.pack(">8000h", *[round(9000 * x) for x in tone(0.5)])
write("corpus/s1/s1_cutau.wav", b".snd" + struct.pack(">IIIII", 24, len(big), 3, 16000, 1) + big[:6000])
write("corpus/s1/s1_openau.wav", b".snd" + struct.pack(">IIIII", 24, 0xFFFFFFFF, 3, 16000, 1) + big)
P
graph
run cfo-run graph.yaml --output run; expect 1 "2 items"
utterances run >made
for name in zero two_gb pipe half all whole openau; do has made "s1_$name s1 bonafide 0.50"; done
has run/failures.tsv s1_cut s1_cutau
hasnt made s1_cut
# Before the night: the same is told by the survey and by a dry run.
run cfo-inspect corpus corpus; expect 1 "layout folder" "7 utterances" "1 speaker" "16000 Hz: 7 files" "left out: 2" "s1_cutau"
run cfo-run graph.yaml --dry-run; expect 0 "corpus corpus: layout folder" "16000 Hz: 7 files" "s1_cutau"
