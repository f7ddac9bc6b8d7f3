"""DAC from Python (descriptinc/descript-audio-codec): encode and decode without the loudness and chunks of its command."""
from record import *

stub("einops", rearrange=rearrange)
stub("tqdm")
stub("audiotools", AudioSignal=object)
stub("audiotools.ml", BaseModel=torch.nn.Module)
for name in ("dac", "dac.nn", "dac.model"):
    package(name, "descript-audio-codec/" + name.replace(".", "/"))
from dac.model.dac import DAC

model = DAC(**manifest["checkpoint"]["metadata_kwargs"]).eval()
model.load_state_dict(weights())


def code(wave):
    codes = model.encode(model.preprocess(wave, manifest["sample_rate"]))[1]
    return model.decode(model.quantizer.from_codes(codes)[0])


report(code)
