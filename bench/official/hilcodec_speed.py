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
state = {name: {"initted": True} if name.endswith("_extra_state") else value for name, value in model.state_dict().items()}
model.load_state_dict(state | weights())  # the codebooks are not to start from k-means

hop = manifest["hop"]
report(lambda wave: model(wave.clamp(-1, 1)[:, :, :wave.size(-1) // hop * hop], n=8)[0])
