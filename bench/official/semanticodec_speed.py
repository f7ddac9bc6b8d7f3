"""SemantiCodec (haoheliu/SemantiCodec-inference): encode, then decode, with its packages vector_quantize_pytorch and
timm. The record's smaller numbers take the place of the published ones, also of those that the code has no parameter
for; as many steps of diffusion as there."""
from record import *

from functools import partial

import torchaudio

config = manifest["config"]
audiomae, width = config["audiomae"], config["feature_dimension"]


def unpack(tensor, shapes, pattern):
    """einops.unpack of one tensor."""
    at = pattern.split().index("*")
    return [tensor.reshape(*tensor.shape[:at], *shapes[0], *tensor.shape[at + 1:])]


stub("einops", rearrange=rearrange, repeat=rearrange, reduce=lambda x, pattern, how: x.sum(-1), unpack=unpack,
     pack=lambda tensors, pattern: (rearrange(tensors[0], "h ... d -> h (...) d"), [tensors[0].shape[1:-1]]))
stub("requests", "soundfile", "PIL", Image=None, ImageDraw=None, ImageFont=None)
stub("huggingface_hub", hf_hub_download=lambda repo_id, filename, cache_dir: filename)
for path in ("pytorch-image-models/timm", "pytorch-image-models/timm/layers", "pytorch-image-models/timm/models",
             "vector-quantize-pytorch/vector_quantize_pytorch", "SemantiCodec-inference/semanticodec"):
    package(path.partition("/")[2].replace("/", "."), path)
statistics = ("IMAGENET_DEFAULT", "IMAGENET_INCEPTION", "OPENAI_CLIP")
stub("timm.data", **dict.fromkeys(name + kind for name in statistics for kind in ("_MEAN", "_STD")))
stub("timm.models._builder", build_model_with_cfg=None)
stub("timm.models._manipulate", named_apply=None, checkpoint_seq=None, adapt_input_conv=None)
stub("timm.models._registry", generate_default_cfgs=dict, register_model=lambda model: model,
     register_model_deprecations=lambda *models: None)
from timm.layers.helpers import to_2tuple
from timm.layers.mlp import Mlp

stub("timm.models.layers", to_2tuple=to_2tuple)
layers = ["AttentionPoolLatent", "DropPath", "LayerType", "PatchDropout", "PatchEmbed", "RmsNorm", "SwiGLUPacked",
          "get_act_layer", "get_norm_layer", "lecun_normal_", "resample_abs_pos_embed",
          "resample_patch_embed", "trunc_normal_"]
vars(sys.modules["timm.layers"]).update(dict.fromkeys(layers), Mlp=Mlp, use_fused_attn=lambda: False)
from vector_quantize_pytorch.vector_quantize_pytorch import VectorQuantize

vars(sys.modules["vector_quantize_pytorch"]).update(VectorQuantize=VectorQuantize, ResidualVQ=None)
import semanticodec.modules.encoder

encoder = types.ModuleType("semanticodec.modules.encoder.encoder")
source = open(os.path.join(sources, "SemantiCodec-inference/semanticodec/modules/encoder/encoder.py")).read()
exec(source.replace("768", str(audiomae["embed_dim"])), encoder.__dict__)  # AudioMAE's width stands there as a number
sys.modules[encoder.__name__] = encoder
from semanticodec import main
from semanticodec.modules.audiomae import models_mae
from semanticodec.modules.decoder import hifigan


def recorded(rate, vocabulary, path, get_config=main.get_config):
    full, path, _, _, codebook = get_config(rate, vocabulary, path)
    parameters = full["model"]["params"]
    parameters["unet_config"]["params"] |= {name: config["unet"][name] for name in ("model_channels", "num_res_blocks")}
    parameters["unet_config"]["params"]["context_dim"] = [config["context_dim"]]
    autoencoder = parameters["first_stage_config"]["params"]["ddconfig"]
    autoencoder |= {name: config["vae"][name] for name in ("ch", "num_res_blocks")}
    return full, path, width, config["lstm_layer"], codebook


main.get_config = recorded
main.AudioMAEConditionQuantResEncoder = partial(encoder.AudioMAEConditionQuantResEncoder,
                                                codebook_size=config["acoustic_codebook"])
sizes = {name: audiomae[name] for name in ("embed_dim", "depth", "num_heads", "mlp_ratio", "contextual_depth")}
models_mae.mae_vit_base_patch16 = partial(
    models_mae.MaskedAutoencoderViT, patch_size=16, decoder_embed_dim=32, decoder_depth=1, decoder_num_heads=4,
    norm_layer=partial(torch.nn.LayerNorm, eps=1e-6), **sizes)
hifigan.Generator_old = lambda values, kind=hifigan.Generator_old: kind(
    hifigan.AttrDict(values | {"upsample_initial_channel": config["vocoder"]["upsample_initial_channel"]}))
torch.load = lambda path, map_location: weights(file=os.path.basename(path))
np.load = lambda path: weights(file=path)["centroid_npy"].numpy()
load = torch.nn.Module.load_state_dict
torch.nn.Module.load_state_dict = lambda self, state: load(self, self.state_dict() | state)
with quietly():
    model = main.SemantiCodec(token_rate=int(2 * manifest["frame_rate"]), semantic_vocab_size=32768, cache_path=sources,
                              ddim_sample_step=config["ddim_steps"], cfg_scale=config["cfg_scale"])

noise = [torch.from_numpy(draw).unsqueeze(0) for draw in arrays["noise"][...]]
torch.randn = lambda *shape, randn=torch.randn, **settings: noise.pop(0) if noise else randn(*shape, **settings)


def code(wave):
    torchaudio.load = lambda path: (wave, manifest["sample_rate"])
    with quietly():
        return torch.from_numpy(model(__file__))


report(code, channel=False)
