"""X-Codec as its inference.py runs it (zhenye234/xcodec), with all eight codebooks; weight norm stays. HuBERT is that
of transformers 4.27.1 (the copy that the record names), with as many layers as in the record."""
from record import *

from dataclasses import make_dataclass

import yaml


class PreTrainedModel(torch.nn.Module):
    """transformers' base class, of which inference needs nothing."""

    def __init__(self, config):
        super().__init__()

    def post_init(self):
        pass


def undocumented(*args, **kwargs):
    """transformers' decorators that write docstrings."""
    return lambda function: function


stub("torch_mlu")
stub("audiotools", AudioSignal=None)
stub("audiotools.ml", BaseModel=torch.nn.Module)
stub("einops", rearrange=rearrange, repeat=None)
for name in ("transformers", "transformers.models", "transformers.models.hubert"):
    package(name, "transformers-mlu_4.27.1/src/" + name.replace(".", "/"))
stub("transformers.activations", ACT2FN={"gelu": torch.nn.GELU()})
stub("transformers.deepspeed", is_deepspeed_zero3_enabled=lambda: False)
output = make_dataclass("BaseModelOutput", ["last_hidden_state", "hidden_states", "attentions"])
output.__getitem__ = lambda self, index: (self.last_hidden_state, self.hidden_states)[index]
stub("transformers.modeling_outputs", BaseModelOutput=output, CausalLMOutput=None, SequenceClassifierOutput=None)
stub("transformers.modeling_utils", PreTrainedModel=PreTrainedModel)
stub("transformers.configuration_utils", PretrainedConfig=types.SimpleNamespace)
stub("transformers.pytorch_utils", torch_int_div=None)
decorators = ["add_code_sample_docstrings", "add_start_docstrings", "add_start_docstrings_to_model_forward",
              "replace_return_docstrings"]
stub("transformers.utils", logging=types.SimpleNamespace(get_logger=lambda name: None),
     **dict.fromkeys(decorators, undocumented))
from transformers.models.hubert.configuration_hubert import HubertConfig
from transformers.models.hubert.modeling_hubert import HubertModel

layers = manifest["config"]["semantic_model"]["num_hidden_layers"]
hubert = HubertModel(HubertConfig(num_hidden_layers=layers, output_attentions=False, use_return_dict=True))
sys.modules["transformers"].AutoModel = types.SimpleNamespace(from_pretrained=lambda name: hubert)
for name in ("modules", "utils", "descriptaudiocodec", "descriptaudiocodec.dac", "descriptaudiocodec.dac.model"):
    package(name, "xcodec/" + name.replace(".", "/"))
for name in ("dac", "dac.nn"):
    package(name, "xcodec/descriptaudiocodec/" + name.replace(".", "/"))
stub("utils.utils", is_primary=None)
stub("utils.ddp_utils", SyncFunction=None)
use("xcodec")
from models.soundstream_semantic import SoundStream

config = yaml.safe_load(open(os.path.join(sources, "xcodec/config/codec_16k_6kbps_v3_vqdp.yaml")))
model = SoundStream(**config["generator"]["config"]).eval()
model.load_state_dict(weights())

report(lambda wave: model.decode(model.encode(wave * config["audio_norm_scale"], target_bw=4)))
