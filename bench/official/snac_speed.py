"""SNAC (hubertsiuzdak/snac)."""
from record import *

import torch.nn.utils.parametrizations

stub("einops", rearrange=rearrange)
torch.nn.functional.scaled_dot_product_attention = attention
torch.nn.utils.parametrizations.weight_norm = torch.nn.utils.weight_norm  # torch 1.13 has only this one; both make the weight in each forward
use("snac")
from snac import SNAC

names = ["sampling_rate", "encoder_dim", "encoder_rates", "decoder_dim", "decoder_rates", "attn_window_size", "codebook_size",
         "codebook_dim", "vq_strides", "noise", "depthwise"]
model = SNAC(**{name: manifest["config"][name] for name in names}).eval()
state = {name: value for name, value in model.state_dict().items() if name.endswith("rel_pos.inv_freq")}
for name, value in weights().items():
    state[name.replace("parametrizations.weight.original0", "weight_g").replace("parametrizations.weight.original1", "weight_v")] = value
model.load_state_dict(state)

torch.manual_seed(manifest["seed"])  # for the record's noise, in the first call
report(lambda wave: model.decode(model.encode(wave)))
