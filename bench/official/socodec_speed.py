"""SoCodec as its example.py runs it (hhguo/SoCodec): half a second of silence in front, weight norm stays. HuBERT is
fairseq's, in float32 (half precision on the CPU has no convolutions), with as many layers as in the record."""
from record import *

import importlib

import yaml


class Module(torch.nn.Module):
    """fairseq's base classes, of which inference needs nothing."""

    def __init__(self, *args):
        super().__init__()


def without_gradient(*function, off=torch.no_grad):
    """torch.no_grad, also as a decorator without brackets, which torch 1.13 lacks."""
    return off()(*function) if function else off()


def pad(x, sizes, *args, pad=torch.nn.functional.pad, **kwargs):
    """torch.nn.functional.pad, also by nothing for whole numbers, which torch 1.13 refuses."""
    return pad(x, sizes, *args, **kwargs) if any(sizes) else x


def give(package, **names):
    """Puts what the package's __init__ file imports from its modules there."""
    for module, members in names.items():
        for name in members.split():
            setattr(sys.modules[package], name, getattr(importlib.import_module(package + "." + module), name))


torch.no_grad, torch.nn.functional.pad = without_gradient, pad
torch.Tensor.half = torch.nn.Module.half = lambda self: self
stub("einops", rearrange=rearrange, repeat=None)
stub("librosa")
stub("librosa.filters", mel=slaney)
stub("safetensors", safe_open=None)
files = types.SimpleNamespace(load=lambda path: yaml.safe_load(open(path)), to_container=lambda config, resolve: config)
stub("omegaconf", II=str, OmegaConf=files)
for name in ("", ".distributed", ".models", ".models.hubert", ".models.wav2vec", ".modules", ".data", ".tasks"):
    package("fairseq" + name, "fairseq/fairseq" + name.replace(".", "/"))
stub("fairseq.data.data_utils", compute_mask_indices=None)
stub("fairseq.data.dictionary", Dictionary=None)
stub("fairseq.dataclass", ChoiceEnum=lambda choices: str, FairseqDataclass=object)
stub("fairseq.tasks.hubert_pretraining", HubertPretrainingConfig=None, HubertPretrainingTask=None)
sys.modules["fairseq.distributed"].fsdp_wrap = lambda layer: layer
stub("fairseq.distributed.fully_sharded_data_parallel", FullyShardedDataParallel=type("Sharded", (), {}))
sys.modules["fairseq.models"].BaseFairseqModel = sys.modules["fairseq.models"].FairseqDecoder = Module
sys.modules["fairseq.models"].register_model = lambda name, dataclass: lambda model: model
stub("fairseq.modules.gumbel_vector_quantizer", GumbelVectorQuantizer=None)
stub("fairseq.modules.positional_encoding", RelPositionalEncoding=None)
stub("fairseq.modules.checkpoint_activations", checkpoint_wrapper=None)
stub("fairseq.modules.conformer_layer", ConformerWav2Vec2EncoderLayer=None)
stub("fairseq.modules.transformer_sentence_encoder", init_bert_params=lambda module: None)
give("fairseq.modules", fp32_group_norm="Fp32GroupNorm", gelu="gelu gelu_accurate", grad_multiply="GradMultiply",
     gumbel_vector_quantizer="GumbelVectorQuantizer", layer_norm="Fp32LayerNorm LayerNorm",
     multihead_attention="MultiheadAttention", positional_encoding="RelPositionalEncoding", same_pad="SamePad",
     transpose_last="TransposeLast")
from fairseq.models.hubert.hubert import HubertConfig, HubertModel

layers = manifest["config"]["hubert"]["encoder_layers"]
config = HubertConfig(label_rate=50, extractor_mode="layer_norm", encoder_layers=layers, encoder_embed_dim=1024,
                      encoder_ffn_embed_dim=4096, encoder_attention_heads=16, layer_norm_first=True, final_dim=768)
hubert = HubertModel(config, types.SimpleNamespace(sample_rate=16000), [None])
saved = types.SimpleNamespace(task=types.SimpleNamespace(normalize=True))
stub("fairseq.checkpoint_utils", load_model_ensemble_and_task=lambda paths, suffix: ([hubert], saved, None))
use("SoCodec")
from example import Config, SoCodec

folder = os.path.join(sources, "SoCodec/configs/")
with quietly():
    codec = SoCodec(Config({"task": {"_name": "NeuralCodec", "network": {
        "analyzer": {"_conf": folder + "socodec_16384x4_120ms_16khz_chinese.yaml"},
        "vocoder": {"_conf": folder + "mel_vocoder_80dim_10ms_16khz.yaml"}}}}))
unused = {name: value for name, value in codec.model.state_dict().items() if ".final_proj." in name}
filters = {name: value for name, value in codec.model.state_dict().items() if name.endswith(".filter")}
codec.model.load_state_dict(unused | filters | weights())

report(lambda wave: codec.analysis_synthesis(torch.cat((torch.zeros(1, 8000), wave), dim=-1))[1], channel=False)
