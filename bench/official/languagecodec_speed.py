"""Language-Codec as its README's first example runs it (jishengpeng/Languagecodec)."""
from record import *

stub_vocos_imports()
use("encodec", "Languagecodec")  # of encodec only the container class EncodecModel
from languagecodec_decoder.pretrained import Vocos

state = weights() | buffers()
torch.load = lambda path, map_location: {"state_dict": state}
model = Vocos.from_pretrained0802(os.path.join(sources, "Languagecodec/configs/languagecodec_mm.yaml"), None)
bandwidth = torch.tensor([0])

report(lambda wave: model.decode(model.encode_infer(wave, bandwidth_id=bandwidth)[0], bandwidth_id=bandwidth), channel=False)
