"""HiFi-Codec as vqvae_copy_syn.py runs it (yangdongchao/AcademiCodec): weight norm is removed."""
from record import *

stub("matplotlib", use=lambda backend: None)
stub("matplotlib.pylab")
use("AcademiCodec")
from academicodec.models.hificodec.vqvae import VQVAE

checkpoint = {part: weights(part + ".") for part in ("generator", "encoder", "quantizer")}
torch.load = lambda path: checkpoint
model = VQVAE(os.path.join(sources, "AcademiCodec/egs/HiFi-Codec-16k-320d/config_16k_320d.json"), None, with_encoder=True).eval()
with quietly():
    model.generator.remove_weight_norm()
    model.encoder.remove_weight_norm()

report(lambda wave: model(model.encode(wave)), channel=False)
