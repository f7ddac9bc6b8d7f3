#!/usr/bin/env python3
"""Writes the good files that the fuzzers start from, corpus/READER/*, and the pickles of the hostile archives.

Needs nothing but Python's standard library; the bytes do not change from run to run.
"""
import gzip
import io
import json
import pathlib
import shutil
import struct
import sys
import zipfile
import zlib

CORPUS = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(CORPUS.parent.parent / "broken" / "checkpoints"))
from make import *  # noqa: F403, E402  the writers of hostile files write good ones too
from make import CASES  # noqa: E402

FILES = {}


def good(reader, file_name, data):
    FILES[f"{reader}/{file_name}"] = data
    if reader not in ("pickle", "audio_extent"):
        FILES[f"checkpoint/{file_name}"] = data


def rich(protocol=2):
    """One of everything that a pickle of torch.save holds."""
    parameter = name("torch._utils", "_rebuild_parameter") + b"(" + tensor(offset=2, shape=(2,), strides=(2,))
    parameter += b"\x88" + name("collections", "OrderedDict") + b")RtR"
    body = b"}q\x01(" + text("w") + tensor(shape=(2, 3), strides=(3, 1)) + text("mask") + tensor("BoolStorage", "1", 2, 0, (2,))
    body += text("p") + parameter + text("half") + tensor("HalfStorage", "2", 2, 0, (2,))
    body += text("list") + b"](K\x01" + integer(5) + b"NG\x3f\x50\x62\x4d\xd2\xf1\xa9\xfcC\x02hie"
    body += text("object") + name("a.b", "C") + b")\x81}b" + text("set") + name("builtins", "set") + b"(]K\x01atR"
    body += text("size") + name("torch", "Size") + b"(" + integers([2, 3]) + b"tR" + text("memo") + b"h\x01"
    return stream(body[:-2] + b"K\x01" + b"u", protocol)


def rich_storages():
    return [("0", struct.pack("<6f", *range(6))), ("1", b"\1\0"), ("2", b"\0\x3c\0\xc0")]


def deflated():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive_file:
        for entry, content in [("m/data.pkl", state(tensor())), ("m/data/0", bytes(24)), ("m/version", b"3\n")]:
            archive_file.writestr(zipfile.ZipInfo(entry), content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def zip64(entries):
    """Sizes in zip64 fields and a zip64 end record, as for files beyond 4 GiB."""
    data = directory = b""
    for entry, content in entries:
        wide = struct.pack("<HHQQQ", 1, 24, len(content), len(content), len(data))
        common = struct.pack("<HHIIII", 0, 0, 0, zlib.crc32(content), *(2 * [0xffffffff]))
        directory += b"PK\1\2-\0-\0" + common + struct.pack("<HHHHHII", len(entry), len(wide), 0, 0, 0, 0, 0xffffffff)
        directory += entry.encode() + wide
        data += b"PK\3\4-\0" + common + struct.pack("<HH", len(entry), 0) + entry.encode() + content
    end64 = b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, len(entries), len(entries), len(directory), len(data))
    locator = b"PK\6\7" + struct.pack("<IQI", 0, len(data) + len(directory), 1)
    return data + directory + end64 + locator + b"PK\5\6" + b"\xff" * 16 + b"\0\0"


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


good("safetensors", "two.safetensors", safetensors({"__metadata__": {"format": "pt"}, "a": row(), "b": row("BF16", (2, 2), (8, 16))},
                                                   bytes(16)))
good("safetensors", "empty_tensor.safetensors", safetensors({"a": row(shape=(0, 3), offsets=(0, 0)), "s": row(shape=(), offsets=(0, 4))},
                                                            bytes(4)))
good("torch_zip", "rich.pt", archive(rich(), rich_storages()))
good("torch_zip", "deflated.pt", deflated())
good("torch_zip", "zip64.pt", zip64([("m/data.pkl", state(tensor())), ("m/data/0", bytes(24)), ("m/byteorder", b"little")]))
good("torch_legacy", "rich.pt.legacy", legacy(rich(), keys(["0", "1", "2"]),
                                              struct.pack("<q", 6) + bytes(24) + struct.pack("<q", 2) + b"\1\0"
                                              + struct.pack("<q", 2) + bytes(4)))
good("torch_legacy", "view.pt.legacy", legacy(view_of(1, 3).replace(integers([6]), integers([2]))))
good("pickle", "rich.pkl", rich())
good("pickle", "protocol4.pkl", stream(b"\x95" + struct.pack("<Q", 40) + short("a.b") + b"\x94" + short("C") + b"\x94\x93)\x92"[:-1]
                                       + b"\x81}" + short("k") + b"K\x01sb", 4))
good("pickle", "deep.pkl", stream(b"]" * 100 + b"a" * 99))
good("pickle", "fairseq.pkl", stream(b"}(" + text("args") + name("argparse", "Namespace") + b")\x81}" + text("lr") + b"K\x01sb"
                                     + text("model") + name("collections", "OrderedDict") + b")R" + text("w") + tensor() + b"su"))
good("npy", "float.npy", npy())
good("npy", "scalar.npy", npy_shape("", bytes(4)))
good("npy", "wide_header.npy", npy(version=3))
good("nemo", "plain.nemo", tar(("model_config.yaml", b"a: 1"), (WEIGHTS, archive(rich(), rich_storages()))))
good("nemo", "gzip.nemo", gzip.compress(tar((WEIGHTS, legacy())), 9, mtime=0))
good("onnx", "raw.onnx", onnx(initializer(RAW), initializer(message(9, bytes(4)), "h", (2,), 10)))
good("onnx", "typed.onnx", onnx(initializer(message(4, bytes(8))), initializer(message(7, b"\1\x80\1"), "i", (2,), 7),
                                initializer(message(5, b"\1\0"), "b", (2,), 9), initializer(message(10, bytes(8)), "d", (1,), 11)))
good("onnx", "external.onnx", onnx(initializer(external("weights.bin", offset=8, length=8)),
                                   initializer(external("weights.bin", offset=17, length=8), name="v")))
good("shard_index", "safetensors.json", index({"weight": "a.safetensors", "bias": "a.safetensors"}))
good("shard_index", "legacy.json", index({"weight": "b.bin"}))
good("audio_extent", "pcm.wav", b"RIFF" + struct.pack("<I", 52) + b"WAVE"
     + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16)) + chunk(b"LIST", b"abc") + chunk(b"data", bytes(8)))
good("audio_extent", "streamed.wav", b"RIFF\xff\xff\xff\xffWAVE" + b"data\xff\xff\xff\xff" + bytes(6))

for case_name, data, _ in CASES:
    if case_name.startswith("pt_") and data.startswith(b"PK") and len(data) < 2000:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as broken:
                FILES[f"hostile_pickle/{case_name[3:-3]}.pkl"] = broken.read("archive/data.pkl")
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError):
            pass  # the archive is what is hostile there


def write():
    for folder in {path.split("/")[0] for path in FILES}:
        shutil.rmtree(CORPUS / folder, ignore_errors=True)
        (CORPUS / folder).mkdir()
    for path, data in FILES.items():
        (CORPUS / path).write_bytes(data)


if __name__ == "__main__":
    write()
