"""NeMo's spectral codecs (NVIDIA/NeMo, AudioCodecModel with examples/tts/conf/audio_codec/mel_codec_22050.yaml):
encode, then decode, without NeMo's checks of argument types; weight norm stays."""
from record import *


def unchecked(*args, **kwargs):
    """nemo.core.classes.common.typecheck, switched off."""
    return lambda function: function


stub("einops", rearrange=rearrange)
stub("librosa")
stub("librosa.filters", mel=slaney)
stub("hydra", "pytorch_lightning", Trainer=None)
stub("hydra.utils", instantiate=None)
stub("omegaconf", DictConfig=None, OmegaConf=None, open_dict=None)
stub("packaging", version=None)
sys.modules["torchaudio"] = None  # NeMo does without
folders = ["", "/core", "/collections"] + ["/collections/" + name for name in (
    "asr", "asr/modules", "asr/parts", "asr/parts/preprocessing", "common", "common/parts",
    "tts", "tts/models", "tts/modules")]
for folder in folders:
    package("nemo" + folder.replace("/", "."), "NeMo/nemo" + folder)
silent = types.SimpleNamespace(debug=lambda *args: None, info=lambda *args: None)
stub("nemo.utils", logging=silent, logging_mode=None, model_utils=None)
stub("nemo.utils.decorators", experimental=lambda kind: kind)
stub("nemo.core.utils", numba_utils=None)
stub("nemo.core.utils.numba_utils", __NUMBA_MINIMUM_VERSION__=None)
stub("nemo.core.optim")
stub("nemo.core.optim.lr_scheduler", compute_max_steps=None, prepare_lr_scheduler=None)
stub("nemo.core.classes", Exportable=type("Exportable", (), {}), NeuralModule=torch.nn.Module, typecheck=unchecked)
stub("nemo.core.classes.common", PretrainedModelInfo=None, typecheck=unchecked)
stub("nemo.core.classes.module", NeuralModule=torch.nn.Module)
sys.modules["nemo.core"].ModelPT = torch.nn.Module
stub("nemo.collections.asr.parts.preprocessing.perturb", AudioAugmentor=None)
stub("nemo.collections.asr.parts.preprocessing.segment", AudioSegment=None)
stub("nemo.collections.asr.parts.numba", "nemo.collections.asr.parts.submodules")
stub("nemo.collections.asr.parts.numba.spec_augment", SpecAugmentNumba=None, spec_augment_launch_heuristics=None)
stub("nemo.collections.asr.parts.submodules.spectr_augment", SpecAugment=None, SpecCutout=None)
from nemo.collections.asr.modules.audio_preprocessing import AudioToMelSpectrogramPreprocessor

sys.modules["nemo.collections.asr.modules"].AudioToMelSpectrogramPreprocessor = AudioToMelSpectrogramPreprocessor
losses = ["FeatureMatchingLoss", "MultiResolutionMelLoss", "MultiResolutionSTFTLoss", "RelativeFeatureMatchingLoss",
          "SISDRLoss", "TimeDomainLoss"]
stub("nemo.collections.tts.losses", "nemo.collections.tts.parts", "nemo.collections.tts.parts.utils")
stub("nemo.collections.tts.losses.audio_codec_loss", **dict.fromkeys(losses))
stub("nemo.collections.tts.modules.common", GaussianDropout=None)
stub("nemo.collections.tts.parts.utils.callbacks", LoggingCallback=None)
stub("nemo.collections.tts.parts.utils.helpers", get_batch_size=None, get_num_workers=None)
from nemo.collections.tts.models.audio_codec import AudioCodecModel
from nemo.collections.tts.modules.audio_codec_modules import (
    FullBandMelEncoder, GroupFiniteScalarQuantizer, HiFiGANDecoder, MelSpectrogramProcessor, MultiBandMelEncoder,
    ResNetEncoder)

mel = MelSpectrogramProcessor(mel_dim=80, sample_rate=22050, win_length=1024, hop_length=256)
bands = manifest["config"]["audio_encoder"].get("mel_bands")
model = AudioCodecModel.__new__(AudioCodecModel)  # the constructor also makes what only training needs
torch.nn.Module.__init__(model)
model.samples_per_frame = manifest["hop"]
model.audio_encoder = (MultiBandMelEncoder(bands, mel, out_channels=4, hidden_channels=128, filters=256) if bands else
                       FullBandMelEncoder(mel, ResNetEncoder(in_channels=80, out_channels=32)))
model.vector_quantizer = GroupFiniteScalarQuantizer(num_groups=8, num_levels_per_group=[8, 5, 5, 5])
model.audio_decoder = HiFiGANDecoder(up_sample_rates=[8, 8, 2, 2], input_dim=32, base_channels=1024)
model.load_state_dict(model.state_dict() | weights())
model.eval()


def code(wave):
    tokens, length = model.encode(audio=wave, audio_len=torch.tensor([wave.size(-1)]))
    return model.decode(tokens=tokens, tokens_len=length)[0]


report(code, channel=False)
