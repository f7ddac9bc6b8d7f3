"""AudioDec as the official demo runs it (facebookresearch/AudioDec): streaming encoder, receiver and vocoder, primed, one chunk."""
from record import *

stub("torchaudio", "librosa")
stub("torchaudio.functional", spectrogram=None)
use("AudioDec")
from models.autoencoder.AudioDec import StreamGenerator as Autoencoder
from models.vocoder.HiFiGAN import StreamGenerator as Vocoder


def load(model, prefix):
    model.load_state_dict(model.state_dict() | weights(prefix))
    return model.eval()


config = manifest["config"]
with torch.inference_mode():
    encoder, receiver = (load(Autoencoder(**config["autoencoder"]), "autoencoder.") for _ in range(2))
    statistics = os.path.join(sources, "AudioDec/stats/symAD_libritts_24000_hop300_clean.npy")
    decoder = load(Vocoder(**dict(config["vocoder"], stats=statistics)), "vocoder.")
    encoder.initial_encoder(8192, "cpu")
    decoder.initial_decoder(receiver.initial_encoder(8192, "cpu"))

report(lambda wave: decoder.decode(receiver.lookup(encoder.quantize(encoder.encode(wave))))[:, :, :wave.size(-1)])
