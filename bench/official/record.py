"""What the scripts of this folder share: a golden record's weights, and how fast a model is that gives the record's audio."""
import contextlib, functools, json, math, os, re, sys, time, types
import h5py
import numpy as np
import torch

torch.set_num_threads(1)
golden = os.path.join(os.environ["CFO_GOLDEN"], sys.argv[1])
sources = os.environ["CFO_OFFICIAL"]  # folder of the official repositories, as fetch.sh leaves it
manifest = json.load(open(golden + "/manifest.json"))
arrays = h5py.File(golden + "/golden.h5")
sys.path.remove(os.path.dirname(os.path.abspath(__file__)))


def fill(row):
    """The tensor of a row of the manifest's weights: FNV-1a of the name, then splitmix64 (the records' README)."""
    state = 0xCBF29CE484222325
    for byte in row["name"].encode():
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    state ^= manifest["seed"]
    count, u64 = int(np.prod(row["shape"])), np.uint64
    with np.errstate(over="ignore"):
        bits = u64(state) + (np.arange(count, dtype=u64) + u64(1)) * u64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> u64(30))) * u64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> u64(27))) * u64(0x94D049BB133111EB)
        bits ^= bits >> u64(31)
    unit = (bits >> u64(40)).astype(np.float64) / 2**24
    values = row["lo"] + (row["hi"] - row["lo"]) * unit
    return torch.from_numpy(values.astype(np.float32).reshape(row["shape"]))


def weights(prefix="", file=""):
    """State dict of the rows whose name begins with `prefix` (cut off) and whose file's name holds `file`."""
    return {row["name"][len(prefix):]: fill(row) for row in manifest["weights"]
            if row["name"].startswith(prefix) and file in row.get("file", "") and "lo" in row}


def buffers():
    """The rows without a range: the windows and flags that a checkpoint holds beside its weights."""
    return {row["name"]: torch.ones(1) if row["name"].endswith(".inited") else torch.hann_window(row["shape"][0])
            for row in manifest["weights"] if "lo" not in row}


def stub(*names, **members):
    """Stands in for modules that are not installed here and that inference does not need."""
    for name in names:
        sys.modules[name] = types.ModuleType(name)
        for key, value in members.items():
            setattr(sys.modules[name], key, value)
        parent, _, child = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], child, sys.modules[name])


def package(name, path):
    """A package without what its __init__ file imports."""
    stub(name, __path__=[os.path.join(sources, path)])


def stub_vocos_imports():
    """What the families around Vocos import beyond inference."""
    stub("einops", rearrange=rearrange, repeat=None)
    stub("scipy", "torchaudio", "torchaudio.functional")
    stub("tqdm", tqdm=None)
    stub("torchaudio.functional.functional", _hz_to_mel=None, _mel_to_hz=None)
    stub("huggingface_hub", hf_hub_download=None)


def quietly():
    """Keeps what the official code prints out of this program's output."""
    return contextlib.redirect_stdout(sys.stderr)


def use(*paths):
    """Lets modules be imported from folders of the official repositories."""
    sys.path[:0] = [os.path.join(sources, path) for path in paths]


def attention(q, k, v, mask=None, dropout_p=0.0):
    """torch.nn.functional.scaled_dot_product_attention, which torch 1.13 lacks."""
    scores = q @ k.transpose(-1, -2) * q.size(-1) ** -0.5
    return (scores if mask is None else scores.masked_fill_(~mask, float("-inf"))).softmax(-1) @ v


@functools.lru_cache(maxsize=None)
def dimensions(side):
    """One side of an einops pattern as the axes that each dimension is made of."""
    entries = re.findall(r"\(([^)]*)\)|(\S+)", side)
    return [() if name == "1" else (name,) if name else tuple(inner.split()) for inner, name in entries]


def rearrange(x, pattern, **sizes):
    """einops.rearrange, where it is not installed, and einops.repeat: axes that only the right side names are new."""
    rest = " ".join(f"rest{i}" for i in range(x.dim() - len(dimensions(pattern.split("->")[0])) + 1))
    left, right = map(dimensions, pattern.replace("...", rest).split("->"))
    for axes, size in zip(left, x.shape):
        known = math.prod(sizes[axis] for axis in axes if axis in sizes)
        sizes |= {axis: size // known for axis in axes if axis not in sizes}
    order, wanted = sum(left, ()), sum(right, ())
    x = x.reshape([sizes[axis] for axis in order])
    for axis in wanted:
        if axis not in order:
            x, order = x.unsqueeze(-1).expand(*x.shape, sizes[axis]), order + (axis,)
    x = x.permute([order.index(axis) for axis in wanted])
    return x.reshape([math.prod(sizes[axis] for axis in axes) for axes in right])


def slaney(sr, n_fft, n_mels, fmin, fmax, norm="slaney"):
    """librosa.filters.mel, where librosa is not installed."""
    step = np.log(6.4) / 27
    mel = lambda f: f / (200 / 3) if f < 1000 else 15 + np.log(f / 1000) / step
    points = np.linspace(mel(fmin), mel(fmax), n_mels + 2)
    edges = np.where(points < 15, points * 200 / 3, 1000 * np.exp((points - 15) * step))
    ramps = edges[:, None] - np.arange(n_fft // 2 + 1)[None] * sr / n_fft
    width = np.diff(edges)[:, None]
    rows = np.maximum(0, np.minimum(-ramps[:-2] / width[:-1], ramps[2:] / width[1:]))
    return (rows * (2 / (edges[2:] - edges[:-2]))[:, None] if norm else rows).astype(np.float32)


class Rearrange(torch.nn.Module):
    """einops.layers.torch.Rearrange."""

    def __init__(self, pattern):
        super().__init__()
        self.pattern = pattern

    def forward(self, x):
        return rearrange(x, self.pattern)


def report(code, channel=True):
    """Checks that `code` (wave -> wave; [1, 1, T] or, without a channel, [1, T]) gives the record's audio; prints its speed in audio
    seconds per CPU second: $CFO_SECONDS of noise, the middle one of $CFO_REPEAT passes after one that is not counted, as cfo-bench does."""
    shape = (1, 1, -1) if channel else (1, -1)
    with torch.inference_mode():
        got = code(torch.from_numpy(arrays["input"][...]).view(shape)).flatten().double()
        want = torch.from_numpy(arrays["audio"][...]).flatten().double()
        error = float((got - want).norm() / want.norm())
        assert error <= 1e-4, f"{manifest['codec']}: relative L2 error of the audio {error}"
        seconds, repeat = int(os.environ.get("CFO_SECONDS", 8)), int(os.environ.get("CFO_REPEAT", 3))
        torch.manual_seed(0)
        wave = (0.1 * torch.randn(seconds * manifest["sample_rate"])).view(shape)
        code(wave)
        times = []
        for _ in range(repeat):
            start = time.process_time()
            code(wave)
            times.append(time.process_time() - start)
    print(json.dumps({"codec": manifest["codec"], "audio_seconds_per_cpu_second": round(seconds / sorted(times)[repeat // 2], 3), "audio_error": error}))
