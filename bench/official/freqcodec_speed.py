"""FreqCodec of FunCodec (modelscope/FunCodec, egs/LibriTTS/codec/conf/freqcodec_mag_phase_16k_n32_600k_step.yaml with
the record's numbers), without what only training needs."""
from record import *

import torchaudio

stub("einops", rearrange=rearrange, repeat=None)
stub("librosa")
stub("librosa.filters", mel=None)
stub("typeguard", check_argument_types=lambda: True)
package("funcodec", "FunCodec/funcodec")
stub("funcodec.losses.label_smoothing_loss", LabelSmoothingLoss=None)
stub("funcodec.layers.mask_along_axis", MaskAlongAxisVariableMaxWidth=None)
from funcodec.models.codec_freq import FreqCodec
from funcodec.models.decoder.seanet_decoder import SEANetDecoder2d
from funcodec.models.encoder.seanet_encoder import SEANetEncoder2d
from funcodec.models.quantizer.costume_quantizer import CostumeQuantizer

shared = dict(ratios=manifest["config"]["encoder"]["ratios_as_given"], norm="time_group_norm", seq_model="none",
              norm_params={"num_groups": 1}, causal=False, n_residual_layers=3, kernel_size=3, last_kernel_size=3,
              residual_kernel_size=3, dilation_base=1, conv_group_ratio=1)
model = FreqCodec(
    input_size=3, odim=128, target_sample_hz=16000, audio_normalize=True, segment_dur=None, overlap_ratio=None,
    multi_spectral_window_powers_of_two=[], codec_domain=["mag_phase", "mag_phase"],
    encoder=SEANetEncoder2d(input_size=3, **shared),
    quantizer=CostumeQuantizer(input_size=128, codebook_size=1024, num_quantizers=32, ema_decay=0.99, kmeans_init=True,
                               sampling_rate=16000, quantize_dropout=True, rand_num_quant=[1, 2, 4, 8, 16, 32],
                               use_ddp=True, encoder_hop_length=320),
    decoder=SEANetDecoder2d(input_size=128, channels=3, tr_conv_group_ratio=1, **shared)).eval()
training = ("discriminator.", "mel_spec_transforms.")
state = {name: value for name, value in model.state_dict().items() if name.endswith("_trans_func.window")}
model.load_state_dict(state | {name: value for name, value in weights().items() if not name.startswith(training)})

report(lambda wave: model.inference(wave, need_recon=True, bit_width=None, use_scale=True)["recon_speech"])
