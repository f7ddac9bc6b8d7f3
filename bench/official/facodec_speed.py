"""FACodec v2 (open-mmlab/Amphion, models/codec/ns3_codec)."""
from record import *

stub("pyworld", "soundfile", "torchaudio", "librosa")
stub("torchaudio.functional", pitch_shift=None)
stub("librosa.filters", mel=slaney)
stub("einops", rearrange=rearrange)
stub("einops.layers")
stub("einops.layers.torch", Rearrange=Rearrange)
use("Amphion/models/codec")
from ns3_codec.facodec import FACodecDecoderV2, FACodecEncoderV2


def load(model, file):
    model.load_state_dict(model.state_dict() | weights(file=file))
    return model.eval()


encoder = load(FACodecEncoderV2(ngf=32, up_ratios=[2, 4, 5, 5], out_channels=256), "encoder")
decoder = load(FACodecDecoderV2(in_channels=256, upsample_initial_channel=1024, ngf=32, up_ratios=[5, 5, 4, 2], vq_num_q_c=2, vq_num_q_p=1,
                                vq_num_q_r=3, vq_dim=256, codebook_dim=8, codebook_size_prosody=10, codebook_size_content=10,
                                codebook_size_residual=10, use_gr_x_timbre=True, use_gr_residual_f0=True, use_gr_residual_phone=True), "decoder")


def code(wave):
    latent, prosody = encoder(wave), encoder.get_prosody_feature(wave)
    embedding, _, _, _, speaker = decoder(latent, prosody, eval_vq=False, vq=True)
    return decoder.inference(embedding, speaker)


report(code)
