"""Rewrites a safetensors file as torch.save, or for a name that ends in .npy numpy.save, would have written the official checkpoint.

Usage: write_checkpoint.py IN OUT NESTING TOP [CONFIG|fairseq|fairseq_legacy]
       write_checkpoint.py -    the same, for lines of these arguments with tabs between them, on stdin; IN is removed
NESTING: keys around the state dict, separated by dots ("" for none). TOP: names whose tensors make a dict of their own ("a,b": {'a': {...},
'b': {...}}). CONFIG: a YAML file; with one, OUT is a .nemo file of it and the weights. fairseq: OUT is what its trainer
saves around the state dict, configuration objects and the optimiser's moments included; fairseq_legacy: by a torch before 1.6. Exit status 3 where this Python has no torch.
"""
import argparse
import collections
import io
import json
import os
import sys
import tarfile
import types

try:
    import numpy
    import torch
except ImportError:
    sys.exit(3)

def fairseq_checkpoint(state):
    """Objects of classes that the reader does not have, as older files hold them."""
    module = types.ModuleType("omegaconf.dictconfig")
    sys.modules["omegaconf"], sys.modules[module.__name__] = types.ModuleType("omegaconf"), module
    module.DictConfig = type("DictConfig", (), {"__module__": module.__name__})
    config = module.DictConfig()
    config.__dict__.update(_content={"encoder_layers": 24, "dropout": 0.0}, _metadata=argparse.Namespace(ref_type=None))
    moments = {i: {"step": 7, "exp_avg": torch.zeros_like(tensor), "exp_avg_sq": tensor * tensor} for i, tensor in enumerate(state.values())}
    return {"args": None, "cfg": config, "model": state, "criterion": argparse.Namespace(infonce=True),
            "optimizer_history": [{"num_updates": 7, "lr_scheduler_state": {"best": None}, "optimizer_name": "FP16Optimizer"}],
            "task_state": {}, "extra_state": {"train_iterator": {"epoch": 2}, "metrics": collections.OrderedDict(), "val_loss": numpy.float64(1.5)},
            "last_optimizer_state": {"state": moments, "param_groups": [{"lr": 1e-3, "params": list(moments)}]}}


def write(source, target, nesting, top, config=None):
    data = numpy.memmap(source, dtype=numpy.uint8, mode="r")
    header_size = int(data[:8].view(numpy.uint64)[0])
    header = json.loads(bytes(data[8:8 + header_size]))
    state = {}
    for name, row in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + header_size + offset for offset in row["data_offsets"])
        kind = {"F32": numpy.float32, "I64": numpy.int64}[row["dtype"]]
        tensor = torch.from_numpy(numpy.array(data[begin:end]).view(kind).reshape(row["shape"]))
        key = next((part for part in top.split(",") if part and name.startswith(part + ".")), None)
        if key is None:
            state[name] = tensor
        else:
            state.setdefault(key, {})[name[len(key) + 1:]] = tensor
    for key in reversed([part for part in nesting.split(".") if part]):
        state = {key: state, "steps": 500000}
    if config in ("fairseq", "fairseq_legacy"):
        torch.save(fairseq_checkpoint(state), target, _use_new_zipfile_serialization=config == "fairseq")
    elif target.endswith(".npy"):
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


if sys.argv[1:] == ["-"]:
    for line in sys.stdin:
        arguments = line.rstrip("\n").split("\t")
        write(*arguments)
        os.remove(arguments[0])
else:
    write(*sys.argv[1:])
