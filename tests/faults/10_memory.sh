# Long files are coded in bounded memory; too little memory is said in a sentence, and tried again.
. "$(dirname "$0")/common.sh"
python -c "from waves import *; wav('corpus/s1/s1_long.wav', tone(15.0) * 60); wav('fit/s1/s1_0.wav', [x + 0.02 * ((t * 7919) % 97 / 97 - 0.5) for t, x in enumerate(tone(15.0))])"
cat >graph.yaml <<Y
name: fault
corpus: {layout: folder, root: corpus, validation: [], eval: []}
first:
  tables: {kind: fit_codec, codec: mdct_fsq, root: fit, split: all, seconds: 20}
nodes:
  speech: {kind: load_corpus, split: all}
  input:  {kind: resample, from: speech, rate: codec, codec: mdct_fsq}
  latent: {kind: encode, from: input, codec: mdct_fsq, needs: tables}
  codes:  {kind: quantize, from: latent, codec: mdct_fsq, needs: tables}
  wave:   {kind: decode, from: codes, codec: mdct_fsq, needs: tables}
  set:    {kind: write_shards, from: wave, codec: mdct_fsq, split: all, needs: tables, folder: set}
Y
run bash -c 'command time -f "peak %M kB" cfo-run graph.yaml --output run --threads 1'
expect 0
utterances run >made; has made "s1_long s1 spoof 900.00"
if peak=$(sed -n 's/^peak \([0-9]*\) kB/\1/p' out) && [[ -n $peak ]]; then
  ((peak < 1500000)) || fail "15 minutes took $peak kB"
fi
