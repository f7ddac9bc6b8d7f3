"""HILCodec as scripts/inference.ipynb runs it (aask1357/hilcodec): the model's forward with eight codebooks, weight norm kept."""
from record import *

import yaml

stub("utils", verbose=lambda: False)
stub("librosa", "librosa.filters", mel=None)
stub("einops", rearrange=rearrange, repeat=None)
for name in ("models", "models.hilcodec"):
    package(name, "hilcodec/" + name.replace(".", "/"))
use("hilcodec")
from models.hilcodec.models import HILCodec

config = yaml.safe_load(open(os.path.join(sources, "hilcodec/configs/hilcodec_speech.yaml")))["model_kwargs"]
model = HILCodec(manifest["sample_rate"], **config).eval()
filled = {name: {"initted": True} for name in model.state_dict() if name.endswith("_extra_state")}  # no k-means
model.load_state_dict(model.state_dict() | filled | weights())

hop = manifest["hop"]
report(lambda wave: model(wave.clamp(-1, 1)[:, :, :wave.size(-1) // hop * hop], n=8)[0])
