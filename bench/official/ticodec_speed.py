"""TiCodec as its vqvae_copy_syn.py runs it (y-ren16/TiCodec): weight norm is removed."""
from record import *

stub("matplotlib", use=lambda backend: None)
stub("matplotlib.pylab")
use("TiCodec")
from academicodec.models.ticodec.vqvae import VQVAE

checkpoint = {part: weights(part + ".") for part in ("generator", "encoder", "quantizer")}
checkpoint["encoder"]["GlobalTokenEncoder.fn.2.num_batches_tracked"] = torch.tensor(0)
torch.load = lambda path: checkpoint
model = VQVAE(os.path.join(sources, "TiCodec", manifest["source"]["config"]), None, with_encoder=True).eval()
with quietly():
    model.generator.remove_weight_norm()
    model.encoder.remove_weight_norm()

report(lambda wave: model(*model.encode(wave)), channel=False)
