"""Rewrites a safetensors file as torch.save, or for a name that ends in .npy numpy.save, would have written the official checkpoint.

Usage: write_checkpoint.py IN OUT NESTING TOP [CONFIG]
NESTING: keys around the state dict, separated by dots ("" for none). TOP: names whose tensors make a dict of their own ("a,b": {'a': {...},
'b': {...}}). CONFIG: a YAML file; with one, OUT is a .nemo file of it and the weights. Exit status 3 where this Python has no torch.
"""
import io
import json
import sys
import tarfile

try:
    import numpy
    import torch
except ImportError:
    sys.exit(3)

source, target, nesting, top = sys.argv[1:5]
config = sys.argv[5] if len(sys.argv) > 5 else None
data = numpy.memmap(source, dtype=numpy.uint8, mode="r")
header_size = int(data[:8].view(numpy.uint64)[0])
header = json.loads(bytes(data[8:8 + header_size]))
state = {}
for name, row in header.items():
    if name == "__metadata__":
        continue
    begin, end = (8 + header_size + offset for offset in row["data_offsets"])
    assert row["dtype"] == "F32"
    tensor = torch.from_numpy(numpy.array(data[begin:end]).view(numpy.float32).reshape(row["shape"]))
    key = next((part for part in top.split(",") if part and name.startswith(part + ".")), None)
    if key is None:
        state[name] = tensor
    else:
        state.setdefault(key, {})[name[len(key) + 1:]] = tensor
for key in reversed([part for part in nesting.split(".") if part]):
    state = {key: state, "steps": 500000}
if target.endswith(".npy"):
    (array,) = state.values()
    numpy.save(target, array.numpy())
elif config is None:
    torch.save(state, target)
else:
    weights = io.BytesIO()
    torch.save(state, weights)
    with tarfile.open(target, "w:") as archive:
        archive.add(config, "./model_config.yaml")
        member = tarfile.TarInfo("./model_weights.ckpt")
        member.size = weights.tell()
        weights.seek(0)
        archive.addfile(member, weights)
