"""EnCodec (facebookresearch/encodec): the model's forward, which encodes, decodes the codes and trims; weight norm stays."""
from record import *

stub("einops", rearrange=rearrange, repeat=None)
stub("torchaudio")
package("encodec", "encodec/encodec")
from encodec.model import EncodecModel

model = EncodecModel.encodec_model_24khz(pretrained=False)
model.load_state_dict(weights())
model.set_target_bandwidth(manifest["bitrate_kbps"])

report(model)
