"""Vocos on EnCodec tokens (gemelo-ai/vocos): Vocos.forward as from_pretrained leaves the model; no weight norm is removed."""
from record import *

import yaml

stub_vocos_imports()
use("vocos", "encodec")
from encodec import EncodecModel
from vocos.pretrained import Vocos, instantiate_class

encodec_state = weights(file="encodec_24khz")
EncodecModel._get_pretrained = staticmethod(lambda name, repository=None: encodec_state)
config = yaml.safe_load(open(os.path.join(sources, "vocos/configs/vocos-encodec.yaml")))["model"]["init_args"]
model = Vocos(*(instantiate_class((), config[part]) for part in ("feature_extractor", "backbone", "head"))).eval()
state = {"feature_extractor.encodec." + key: value for key, value in model.feature_extractor.encodec.state_dict().items()}
model.load_state_dict(state | weights(file="pytorch_model") | {"head.istft.window": torch.hann_window(1280)})
bandwidth = torch.tensor([manifest["config"]["feature_extractor"]["bandwidth_id"]])

report(lambda wave: model(wave, bandwidth_id=bandwidth), channel=False)
