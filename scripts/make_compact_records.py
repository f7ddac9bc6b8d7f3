#!/usr/bin/env python3
"""Makes tests/golden from the full golden records (../shared/golden): small enough to travel with the repository.

Usage: scripts/make_compact_records.py [RECORDS] [OUTPUT]      (needs python3-h5py and python3-numpy)

tests/golden/README.md says what a compact record holds and why it is as strict as a full one.
"""
import json
import pathlib
import sys

import h5py
import numpy

LIMIT_BYTES = 150_000

# Causal codecs: the first FRAMES frames depend on the first FRAMES * hop samples only, and the other way round.
CAUSAL = {
    "Encodec_6b24k": {"frames": 36, "audio_stride": 3},
    "Encodec_24b24k": {"frames": 32, "audio_stride": 3},
    "hilcodec_speech": {"frames": 30, "audio_stride": 3},
}
# Left out: what only the full record needs.
CODEC_KEYS = ["codec", "family", "source", "license", "sample_rate", "hop", "frame_rate", "n_codebooks", "codebook_size",
              "bitrate_kbps", "taxonomy", "seed", "input"]
METRIC_SETS_LEFT_OUT = {"gauss_10000", "softmax_saturated"}  # many scores; the other sets cover the same cases


def compact_rows(rows):
    """[name, shape, lo, hi] for every filled tensor; a row without a range is determined by the configuration."""
    return [[row["name"], row["shape"], row["lo"], row["hi"]] for row in rows if "lo" in row]


def write_record(folder, manifest, arrays):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":")).replace('],["', '],\n["')
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    with h5py.File(folder / "golden.h5", "w", libver="latest") as file:
        for name in sorted(arrays):
            file.create_dataset(name, data=arrays[name], track_times=False,
                                **({"compression": 9, "shuffle": True} if arrays[name].size > 256 else {}))
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder.name}: {size} bytes")
    if size > LIMIT_BYTES:
        sys.exit(f"{folder}: {size} bytes are above the limit of {LIMIT_BYTES}; keep fewer frames")


def narrowed(codes):
    """int16 where the codes fit: golden-check widens any integer."""
    return codes.astype(numpy.int16) if codes.max() < 2**15 else codes.astype(numpy.int32)


def compact_causal(record, output, frames, audio_stride):
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    samples = frames * manifest["hop"]
    with h5py.File(record / "golden.h5") as file:
        full = {name: file[name][()] for name in file}
    margins = "code_margin" if "code_margin" in full else "margins"
    arrays = {
        "input": full["input"][:samples],
        "latent": full["latent"][:, :frames],
        "codes": narrowed(full["codes"][:, :frames]),
        "quantized": full["quantized"][:, :frames],
        "audio": full["audio"][:samples:audio_stride],
        margins: full[margins][:, :frames],
    }
    arrays.update({name: full[name] for name in full if name.startswith("spec_weight_sample_")})
    kept = {key: manifest[key] for key in CODEC_KEYS if key in manifest}
    kept["compact"] = {"frames": frames, "samples": {"audio": {"stride": audio_stride, "kept": len(arrays["audio"])}}}
    kept["weights"] = compact_rows(manifest["weights"])
    write_record(output / record.name, kept, arrays)


def compact_metrics(record, output):
    manifest = json.loads((record / "manifest.json").read_text(encoding="utf-8"))
    manifest["sets"] = [row for row in manifest["sets"] if row["set"] not in METRIC_SETS_LEFT_OUT]
    manifest["compact"] = {"sets_left_out": sorted(METRIC_SETS_LEFT_OUT), "samples": {}}
    arrays = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset) and name.split("/")[0] not in METRIC_SETS_LEFT_OUT:
            arrays[name] = item[()]

    with h5py.File(record / "golden.h5") as file:
        file.visititems(keep)
    write_record(output / record.name, manifest, arrays)


def main():
    repository = pathlib.Path(__file__).resolve().parent.parent
    records = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else repository.parent / "shared" / "golden"
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else repository / "tests" / "golden"
    if not records.is_dir():
        sys.exit(f"{records}: there are no golden records; give their folder as the first argument")
    for name, plan in CAUSAL.items():
        compact_causal(records / name, output, **plan)
    compact_metrics(records / "metrics", output)


if __name__ == "__main__":
    main()
