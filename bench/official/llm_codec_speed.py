"""LLM-Codec as its infer_codec.py runs it (yangdongchao/LLM-Codec): codes, then audio from them; weight norm stays.
Smaller codebooks, as in the record, and one of its own for each quantizer."""
from record import *

import yaml

stub("einops", rearrange=rearrange)
stub("transformers", **dict.fromkeys(["AutoTokenizer", "BertModel", "BertTokenizer", "T5EncoderModel", "T5Tokenizer"]))
use("LLM-Codec")
from codec.MSCodec import MSCodecLM

state = weights()
codebooks = [state[f"quantizer.quantizers.{i}.codebook.weight"] for i in range(3)]
torch.load = lambda path, map_location: codebooks[0] if path == "layer1.pth" else {"weight": codebooks[1]}
model = MSCodecLM(**yaml.safe_load(open(os.path.join(sources, "LLM-Codec/config.yaml")))["generator"]["config"]).eval()
model.quantizer.quantizers[2].codebook.weight.data = codebooks[2]  # the official constructor gives both the same memory
positions = {name: value for name, value in model.state_dict().items() if name.endswith("rel_pos.inv_freq")}
model.load_state_dict(state | positions)

torch.manual_seed(7)  # for the record's noise, in the first call
report(lambda wave: model.decode(model.encode(wave)))
