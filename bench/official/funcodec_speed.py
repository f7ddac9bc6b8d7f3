"""FunCodec, time domain (modelscope/FunCodec, egs/LibriTTS/codec/conf/encodec_16k_n32_600k_step.yaml), without what only training needs."""
from record import *

stub("einops", rearrange=rearrange, repeat=None)
stub("torchaudio", "librosa")
stub("librosa.filters", mel=None)
stub("typeguard", check_argument_types=lambda: True)
package("funcodec", "FunCodec/funcodec")
stub("funcodec.losses.label_smoothing_loss", LabelSmoothingLoss=None)
stub("funcodec.layers.mask_along_axis", MaskAlongAxisVariableMaxWidth=None)
from funcodec.models.codec_basic import Encodec
from funcodec.models.decoder.seanet_decoder import SEANetDecoder
from funcodec.models.encoder.seanet_encoder import SEANetEncoder
from funcodec.models.quantizer.costume_quantizer import CostumeQuantizer

model = Encodec(
    input_size=1, odim=128, target_sample_hz=16000, audio_normalize=True, segment_dur=None, overlap_ratio=None,
    multi_spectral_window_powers_of_two=[],
    encoder=SEANetEncoder(input_size=1, norm="time_group_norm", causal=False),
    quantizer=CostumeQuantizer(input_size=128, codebook_size=1024, num_quantizers=32, ema_decay=0.99, kmeans_init=True, sampling_rate=16000,
                               quantize_dropout=True, rand_num_quant=[1, 2, 4, 8, 16, 32], use_ddp=True, encoder_hop_length=320),
    decoder=SEANetDecoder(input_size=128, norm="time_group_norm", causal=False)).eval()
training = ("discriminator.", "mel_spec_transforms.")
model.load_state_dict({name: value for name, value in weights().items() if not name.startswith(training)})

report(lambda wave: model.inference(wave, need_recon=True, bit_width=None, use_scale=True)["recon_speech"])
