"""BigCodec as its inference.py runs it (Aria-K-Alethia/BigCodec): weight norm stays."""
from record import *

stub("einops", rearrange=rearrange)
use("BigCodec")
from vq.codec_decoder import CodecDecoder
from vq.codec_encoder import CodecEncoder


def load(model, prefix):
    filters = {name: value for name, value in model.state_dict().items() if name.endswith(".filter")}
    model.load_state_dict(filters | weights(prefix))
    return model.eval()


encoder, decoder = load(CodecEncoder(), "CodecEnc."), load(CodecDecoder(), "generator.")


def code(wave):
    padded = torch.nn.functional.pad(wave, (0, 200 - wave.size(-1) % 200))
    return decoder(decoder(encoder(padded), vq=True)[0], vq=False)


report(code)
