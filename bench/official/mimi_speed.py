"""Mimi (kyutai-labs/moshi): models/loaders.py's _mimi_config and get_mimi, which import packages that are not here."""
from record import *

os.environ["NO_TORCH_COMPILE"] = "1"
stub("einops", rearrange=rearrange, repeat=None)
for name in ("moshi", "moshi.models", "moshi.modules"):
    package(name, "moshi/moshi/" + name.replace(".", "/"))
torch.nn.functional.scaled_dot_product_attention = attention
from moshi.modules import seanet, transformer
from moshi.models.compression import MimiModel
from moshi.quantization.vq import SplitResidualVectorQuantizer

seanet_config = dict(channels=1, dimension=512, causal=True, n_filters=64, n_residual_layers=1, activation="ELU", compress=2,
                     dilation_base=2, disable_norm_outer_blocks=0, kernel_size=7, residual_kernel_size=3, last_kernel_size=3, norm="none",
                     pad_mode="constant", ratios=[8, 6, 5, 4], true_skip=True)
transformer_config = dict(d_model=512, num_heads=8, num_layers=8, causal=True, layer_scale=0.01, context=250, conv_layout=True,
                          max_period=10000, gating="none", norm="layer_norm", positional_embedding="rope", dim_feedforward=2048,
                          input_dimension=512, output_dimensions=[512])
encoder, decoder = seanet.SEANetEncoder(**seanet_config), seanet.SEANetDecoder(**seanet_config)
quantizer = SplitResidualVectorQuantizer(dimension=256, n_q=32, bins=2048, input_dimension=512, output_dimension=512)
model = MimiModel(encoder, decoder, quantizer, channels=1, sample_rate=24000, frame_rate=12.5,
                  encoder_frame_rate=24000 / encoder.hop_length, causal=True, resample_method="conv",
                  encoder_transformer=transformer.ProjectedTransformer(**transformer_config),
                  decoder_transformer=transformer.ProjectedTransformer(**transformer_config)).eval()
model.load_state_dict(weights())
model.set_num_codebooks(8)

report(lambda wave: model.decode(model.encode(wave)))
