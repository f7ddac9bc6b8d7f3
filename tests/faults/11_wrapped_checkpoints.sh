# The prefixes and dicts that training programs wrap weights in are found; an ambiguous file names the setting that
# decides.
. "$(dirname "$0")/common.sh"
python - <<'P'
from waves import *
for speaker, count in (("s1", 4), ("s2", 2)):
    for k in range(count):
        wav(f"corpus/{speaker}/{speaker}_{k}.wav", [x + 0.03 * math.sin(t * t * 1e-5) for t, x in enumerate(tone(3.0, pitch=120 + 9 * k))])
P
cat >train.yaml <<'Y'
name: fault
corpus: {layout: folder, root: corpus, validation: [s2], eval: []}
foreach: {split: [train, validation]}
first:
  tables: {kind: fit_codec, codec: mdct_fsq, seconds: 20}
nodes:
  speech:   {kind: load_corpus, split: $split}
  plain:    {kind: resample, from: speech, rate: 16000}
  bonafide: {kind: write_shards, from: plain, codec: bonafide, split: $split, folder: bonafide/$split}
  input:    {kind: resample, from: speech, rate: codec, codec: mdct_fsq}
  latent:   {kind: encode, from: input, codec: mdct_fsq, needs: tables}
  codes:    {kind: quantize, from: latent, codec: mdct_fsq, needs: tables}
  wave:     {kind: decode, from: codes, codec: mdct_fsq, needs: tables}
  wave_16k: {kind: resample, from: wave, rate: 16000}
  spoof:    {kind: write_shards, from: wave_16k, codec: mdct_fsq, split: $split, needs: tables, folder: spoof/$split}
then:
  cm: {kind: train, from: {spoof: spoof, bona_fide: bonafide}, detector: aasist_l, codec: mdct_fsq, epochs: 1, batch: 2, samples: 4000, limit: 2, validation_limit: 1}
Y
run cfo-run train.yaml --output made --threads 1; expect 0
cat >wrap.py <<'P'
import json
import struct
import sys


def parts(path):
    data = open(path, "rb").read()
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + size]), data[8 + size:]


def wrapped(source, target, prefixes):
    header, data = parts(source)
    header.pop("__metadata__", None)
    names, bytes_ = {}, b""
    for prefix in prefixes:
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            names[prefix + name] = dict(entry, data_offsets=[first + len(bytes_), last + len(bytes_)])
        bytes_ += data
    text = json.dumps(names).encode()
    open(target, "wb").write(struct.pack("<Q", len(text)) + text + bytes_)


def same(a, b):
    (one, first), (two, second) = parts(a), parts(b)
    pick = lambda header, data: {n: data[slice(*e["data_offsets"])] for n, e in header.items() if n != "__metadata__"}
    return pick(one, first) == pick(two, second)


if sys.argv[1] == "same":
    sys.exit(0 if same(sys.argv[2], sys.argv[3]) else 1)
wrapped(sys.argv[1], sys.argv[2], sys.argv[3:])
P
model=$(ls made/models/*/model.safetensors)
load() {  # FILE [SETTING]
  cat >load.yaml <<Y
name: load
first:
  cm: {kind: load_model, detector: aasist_l, weights: $WORK/$1, folder: cm${2:+, $2}}
Y
  rm -rf loaded; run cfo-run load.yaml --output loaded
}
for prefix in module. _orig_mod. model. module._orig_mod.model. ema.module. state_dict.model.; do
  python wrap.py "$model" wrapped.safetensors $prefix
  load wrapped.safetensors; expect 0
  python wrap.py same "$model" loaded/models/cm/model.safetensors || fail "$prefix: other tensors"
done
python wrap.py "$model" both.safetensors model. ema.
load both.safetensors; expect 1 "within"
load both.safetensors 'within: ema'; expect 0
