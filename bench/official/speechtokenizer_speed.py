"""SpeechTokenizer (ZhangXInFD/SpeechTokenizer); weight norm stays, as in the official usage."""
from record import *

stub("einops", rearrange=rearrange, repeat=None)
package("speechtokenizer", "SpeechTokenizer/speechtokenizer")
from speechtokenizer.model import SpeechTokenizer

model = SpeechTokenizer(json.load(open(os.path.join(sources, "SpeechTokenizer/config/spt_base_cfg.json")))).eval()
model.load_state_dict(weights())

report(lambda wave: model.decode(model.encode(wave)))
