"""SQ-Codec (yangdongchao/SimpleSpeech, ldm/models/scalar16k.py)."""
from record import *

stub("torchaudio")
stub("pytorch_lightning", LightningModule=torch.nn.Module)
stub("omegaconf", OmegaConf=object)
use("SimpleSpeech/ldm/models")
from scalar16k import ScalarModel

names = ["num_bands", "sample_rate", "causal", "num_samples", "downsample_factors", "downsample_kernel_sizes", "upsample_factors",
         "upsample_kernel_sizes", "latent_hidden_dim", "default_kernel_size", "delay_kernel_size", "init_channel", "res_kernel_size"]
model = ScalarModel(**{name: manifest["config"][name] for name in names}).eval()
model.load_state_dict(weights("codec_model."))

report(lambda wave: model.decode(model.encode(wave)))
