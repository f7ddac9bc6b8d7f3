#!/usr/bin/env bash
# Each codec here and in its official Python, one after the other on this machine: bench/official/compare.sh [MODEL...]
# Prints a table: audio seconds per CPU second of both, and their ratio. Wants CFO_GOLDEN (the golden records), CFO_OFFICIAL (see fetch.sh)
# and build/release. CFO_SECONDS (8) of audio a pass, the middle one of CFO_REPEAT (3) passes; here and there in turn, CFO_ROUNDS (2) times,
# the better round of each: what else the machine does slows single rounds down.
#
# One thread each, and the same heap for both: glibc gives big blocks back to the kernel and fetches them again for every tensor, which
# costs either program most of its time where page faults are slow (virtual machines). cfo-run and cfo-bench keep their heap; the official
# code is run with settings that keep it too. PLAIN_HEAP=1 runs the official code as it comes.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
bench=$here/../../build/release/bin/cfo-bench
export CFO_GOLDEN=${CFO_GOLDEN:?the folder of the golden records} CFO_OFFICIAL=${CFO_OFFICIAL:?the folder that fetch.sh filled}
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 CFO_SECONDS=${CFO_SECONDS:-8} CFO_REPEAT=${CFO_REPEAT:-3} CFO_ROUNDS=${CFO_ROUNDS:-2}
heap=(MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 MALLOC_TOP_PAD_=1000000000)
[ -n "${PLAIN_HEAP:-}" ] && heap=()

all="audiodec:audiodec_24k_320d bigcodec:bigcodec dac:DAC24 encodec:Encodec_6b24k encodec:Encodec_24b24k facodec:FACodec_encodec-decoder-v2_16k
freqcodec:FunCodec_en-libritts-16k-gr1nq32ds320 funcodec:FunCodec_zh_en-general-16k-nq32ds320 hificodec:HiFi_Codec_16k_320d_large_universal
hilcodec:hilcodec_speech languagecodec:languagecodec llm_codec:llm_codec mimi:mini semanticodec:SemantiCodec_0.35kbps_16k
semanticodec:SemantiCodec_0.70kbps_16k semanticodec:SemantiCodec_1.40kbps_16k snac:snac_24khz snac:snac_44khz
socodec:socodec_16384x4_120ms_16khz_chinese spectralcodec:spectralcodecs spectralcodec:spectralcodecs_fullband
speechtokenizer:SpeechTokenizer_hubert_avg sqcodec:sqcodec50dim9 ticodec:ticodec_1g1r ticodec:ticodec_1g2r ticodec:ticodec_1g4r
vocos:vocos_encodec_6 vocos:vocos_encodec_12 wavtokenizer:wavtokenizer_small_320_24k_4096 wavtokenizer:wavtokenizer_medium_320_24k_4096
xcodec:xcodec_hubert_libirispeech xcodec:xocdec_hubert_general_audio"

failed=""
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "| codec | CFO | official | ratio | encode / quantize / decode | slowest layers |"
echo "|---|---|---|---|---|---|"
for entry in $all; do
  model=${entry#*:}
  [ $# -gt 0 ] && [[ " $* " != *" $model "* ]] && continue
  shrunk=$here/../../tests/shrunk/$model.yaml # what the record of a very large model was made smaller to, here and there
  numbers=()
  [ -f "$shrunk" ] && numbers=(--config "$shrunk")
  for ((round = 1; round <= CFO_ROUNDS; ++round)); do
    "$bench" codec "$model" --weights-like "$CFO_GOLDEN/$model" "${numbers[@]}" \
      --seconds "$CFO_SECONDS" --repeat "$CFO_REPEAT" --threads 1 --json > "$work/ours.$round" &&
      env "${heap[@]}" /usr/bin/python3 "$here/${entry%%:*}_speed.py" "$model" 2> "$work/said" > "$work/theirs.$round" ||
      { tail -1 "$work/said" >&2; failed="$failed $model"; continue 2; }
  done
  python3 - "$model" "$work" "$CFO_ROUNDS" <<'PY'
import json, sys
model, work, rounds = sys.argv[1], sys.argv[2], range(1, int(sys.argv[3]) + 1)
speed = "audio_seconds_per_cpu_second"
ours = max((json.load(open(f"{work}/ours.{i}")) for i in rounds), key=lambda run: run["stages"][-1][speed])
theirs = max((json.loads(open(f"{work}/theirs.{i}").read().splitlines()[-1]) for i in rounds), key=lambda run: run[speed])
here, there, total = ours["stages"][-1][speed], theirs[speed], ours["stages"][-1]["cpu_seconds"]
stages = " / ".join(f"{100 * stage['cpu_seconds'] / total:.0f} %" for stage in ours["stages"][:-1])
layers = ", ".join(f"{layer['layer']} {100 * layer['share']:.0f} %" for layer in ours["slowest_layers"][:3])
print(f"| {model} | {here:.2f} | {there:.2f} | {here / there:.2f} | {stages} | {layers} |", flush=True)
PY
done
[ -z "$failed" ] || { echo "not measured, the lines above say why:$failed" >&2; exit 1; }
