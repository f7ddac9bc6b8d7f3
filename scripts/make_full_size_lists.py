#!/usr/bin/env python3
"""Makes tests/full_size/lists.h5 (codecs) and detectors.h5: names and shapes of every tensor of the published networks whose golden records are
shrunk.

Usage: scripts/make_full_size_lists.py LISTS [RECORDS] [OUTPUT]      (needs python3-h5py and python3-numpy)

X-Codec, SoCodec and LLM-Codec follow from their records: the layers that were left out have the shapes of layer 0, the codebooks the sizes in
the manifest's `shrunk`. LISTS holds SemantiCodec's, MODEL.json = [[name, shape], ...]: the state dicts of the official encoder and decoder
(haoheliu/SemantiCodec-inference, built from the manifest's `config_full`), with the centroids under centroid_npy. W2V2-AASIST's lies beside its
record. LISTS "-": the detectors alone.
"""
import json
import math
import pathlib
import re
import sys

import h5py
import numpy

# Prefix of the transformer layers, layers in the record, layers as published, parameters as published in millions (the manifest's `shrunk`).
DEEPER = {
    "xcodec_hubert_libirispeech": ("semantic_model.encoder.layers.", 3, 12, 177.5),
    "xocdec_hubert_general_audio": ("semantic_model.encoder.layers.", 3, 12, 177.5),
    "socodec_16384x4_120ms_16khz_chinese": ("analyzer.ssl_extractor.model.encoder.layers.", 2, 24, 370.5),
}
SEMANTICODEC = ["SemantiCodec_0.35kbps_16k", "SemantiCodec_0.70kbps_16k", "SemantiCodec_1.40kbps_16k"]


def recorded(records, model):
    manifest = json.loads((records / model / "manifest.json").read_text(encoding="utf-8"))
    return [[row["name"], row["shape"]] for row in manifest["weights"] if "shape" in row]


def deeper(rows, prefix, layers, published):
    first = [row for row in rows if row[0].startswith(prefix + "0.")]
    added = [[prefix + str(layer) + name[len(prefix) + 1:], shape] for layer in range(layers, published) for name, shape in first]
    return rows + added


def llm_codec(rows):
    """Codebooks of 3248, 32000 and 32000 rows of 4096 numbers."""
    sizes, width, small = {"0": 3248, "1": 32000, "2": 32000}, 4096, 512
    grown = []
    for name, shape in rows:
        if match := re.match(r"quantizer\.quantizers\.(\d)\.codebook\.weight$", name):
            shape = [sizes[match.group(1)], width]
        elif re.match(r"quantizer\.quantizers\.\d\.cb_proj\.weight$", name):
            assert shape[-1] == small, (name, shape)
            shape = shape[:-1] + [width]
        grown.append([name, shape])
    return grown


def millions(rows):
    return sum(math.prod(shape) for _, shape in rows) / 1e6


def w2v2_aasist(records):
    full = json.loads((records / "cm_w2v2_aasist" / "full_state_dict.json").read_text(encoding="utf-8"))
    return [[name, shape] for name, shape, _ in full["entries"]]


def write_lists(output, tables):
    output.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(output, "w", libver="latest") as file:
        for model in sorted(tables):
            text = json.dumps(tables[model], separators=(",", ":")).encode()
            file.create_dataset(model, data=numpy.frombuffer(text, dtype=numpy.uint8), compression=9, shuffle=False, track_times=False)
            print(f"{model}: {len(tables[model])} tensors, {millions(tables[model]):.1f} million numbers")


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    records = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else repository.parent / "shared" / "golden"
    output = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else repository / "tests" / "full_size" / "lists.h5"
    write_lists(output.parent / "detectors.h5", {"w2v2_aasist": w2v2_aasist(records)})
    if sys.argv[1] == "-":
        return
    lists = pathlib.Path(sys.argv[1])
    tables = {model: json.loads((lists / f"{model}.json").read_text(encoding="utf-8")) for model in SEMANTICODEC}
    for model, (prefix, layers, published, parameters) in DEEPER.items():
        tables[model] = deeper(recorded(records, model), prefix, layers, published)
        assert abs(millions(tables[model]) - parameters) < 0.06, (model, millions(tables[model]))
    tables["llm_codec"] = llm_codec(recorded(records, "llm_codec"))
    assert abs(millions(tables["llm_codec"]) - 321.5) < 0.06, millions(tables["llm_codec"])
    write_lists(output, tables)


if __name__ == "__main__":
    main()
