#!/usr/bin/env bash
# Lays the official repositories, each at the commit that the golden records name, into FOLDER: bench/official/fetch.sh FOLDER
set -euo pipefail
folder=${1:?usage: fetch.sh FOLDER}
mkdir -p "$folder"
while read -r repository commit; do
  target=$folder/${repository##*/}
  [ -d "$target" ] && continue
  git clone -q --no-checkout --filter=blob:none "https://github.com/$repository" "$target"
  git -C "$target" checkout -q "$commit"
done <<'LIST'
facebookresearch/AudioDec e451e62
Aria-K-Alethia/BigCodec 09845ab
descriptinc/descript-audio-codec c7cfc5d
facebookresearch/encodec 0e2d0ae
open-mmlab/Amphion d3de90f
modelscope/FunCodec 3435d87
yangdongchao/AcademiCodec b6ac134
aask1357/hilcodec 616e8c3
jishengpeng/Languagecodec f10ffa6
kyutai-labs/moshi e6a55d2
hubertsiuzdak/snac f49016a
ZhangXInFD/SpeechTokenizer 30c96fb
yangdongchao/SimpleSpeech 6b95cf0
y-ren16/TiCodec 13af0eb
gemelo-ai/vocos c859e3b
jishengpeng/WavTokenizer 5cf440d
yangdongchao/LLM-Codec b162928
NVIDIA/NeMo a860e6bf45
haoheliu/SemantiCodec-inference 7c05d42
lucidrains/vector-quantize-pytorch 6c3f9a7
huggingface/pytorch-image-models v0.9.16
hhguo/SoCodec 3d35a24
facebookresearch/fairseq 3d262bb2
zhenye234/xcodec a2e52d3
xiaojunjun65/transformers-mlu_4.27.1 206a0dd
LIST
