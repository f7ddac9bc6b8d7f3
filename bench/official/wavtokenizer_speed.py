"""WavTokenizer as its README's first example runs it (jishengpeng/WavTokenizer)."""
from record import *

stub_vocos_imports()
use("WavTokenizer")
from decoder.pretrained import WavTokenizer

state = weights() | buffers()
torch.load = lambda path, map_location: {"state_dict": state}
model = WavTokenizer.from_pretrained0802(os.path.join(sources, "WavTokenizer/configs/wavtokenizer_smalldata_frame75_3s_nq1_code4096_dim512_kmeans200_attn.yaml"), None)
bandwidth = torch.tensor([0])

report(lambda wave: model.decode(model.encode_infer(wave, bandwidth_id=bandwidth)[0], bandwidth_id=bandwidth), channel=False)
